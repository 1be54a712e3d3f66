// What vfnode shows on its operator pages.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/os/common_options.h"
#include "base/os/metrics.h"
#include "base/time.h"
#include "gossip/udp/gossip_thread.h"
#include "http/operator_service.h"
#include "node/data/data_driver.h"
#include "node/data/data_plane.h"

namespace vf {

// Threads: any. Reads immutable snapshots and counters; waits for nothing that the data path holds.
class NodePages : public OperatorService {
 public:
  // The references outlive it; what has a setter is set before the first page is asked for.
  NodePages(const CommonOptions& options, const DataPlane& plane);

  void SetGossip(GossipThread* gossip) { gossip_ = gossip; }
  // Adds what the data threads count.
  void SetMetricsSource(std::function<void(MetricsWriter&)> source) {
    add_metrics_ = std::move(source);
  }
  // Asks a data thread.
  void SetStopCheck(std::function<void(StopCallback)> check) { check_stop_ = std::move(check); }
  void SetLeaving() { leaving_.store(true); }

  Readiness GetReadiness() const override;
  std::vector<MemberRow> GetMembers() const override;
  StatusPage GetStatus() const override;
  bool HasData() const override { return true; }
  std::optional<ReplicasPage> GetReplicas(std::string_view key) const override;
  std::vector<ConflictRow> GetConflicts() const override;
  void AskSafeToStop(std::function<void(const CommandResult&)> done) const override;
  std::string GetMetrics() const override;
  void Forget(std::string_view id, std::function<void(const CommandResult&)> done) const override;
  void Leave(std::function<void(const CommandResult&)> done) const override;
  std::string NoSuchPageText() const override { return {}; }

 private:
  const std::string cluster_;
  const std::string profile_;
  const bool cluster_key_;
  const DataPlane& plane_;
  const TimePoint started_;
  GossipThread* gossip_ = nullptr;
  std::function<void(MetricsWriter&)> add_metrics_;
  std::function<void(StopCallback)> check_stop_;
  std::atomic<bool> leaving_{false};
};

}  // namespace vf
