// The operator pages of vfcontroller.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/os/common_options.h"
#include "base/time.h"
#include "gossip/folder/member_file_writer.h"
#include "gossip/udp/gossip_thread.h"
#include "http/http_metrics.h"
#include "http/operator_service.h"

namespace vf {

// How far a controller is. It only goes forward.
enum class ControllerStage { kJoining, kServing, kLeaving };

// Threads: any, once SetHttpMetrics() was called.
class ControllerPages : public OperatorService {
 public:
  // `gossip` outlives it.
  ControllerPages(const GossipThread& gossip, const CommonOptions& options, TimePoint started);

  void SetStage(ControllerStage stage) { stage_ = stage; }
  ControllerStage stage() const { return stage_; }
  // Before anybody asks for a page. `http` outlives it.
  void SetHttpMetrics(const HttpMetrics* http) { http_ = http; }
  // The same; null: there is none. `writer` outlives it.
  void SetMemberFile(const MemberFileWriter* writer) { member_file_ = writer; }

  Readiness GetReadiness() const override;
  std::vector<MemberRow> GetMembers() const override;
  StatusPage GetStatus() const override;
  bool HasData() const override { return false; }
  std::optional<ReplicasPage> GetReplicas(std::string_view) const override { return std::nullopt; }
  std::vector<ConflictRow> GetConflicts() const override { return {}; }
  void AskSafeToStop(std::function<void(const CommandResult&)> done) const override {
    done({404, NoSuchPageText()});
  }
  std::string GetMetrics() const override;
  void Forget(std::string_view, std::function<void(const CommandResult&)> done) const override {
    done({404, NoSuchPageText()});
  }
  void Leave(std::function<void(const CommandResult&)> done) const override {
    done({404, NoSuchPageText()});
  }
  std::string NoSuchPageText() const override;

 private:
  const GossipThread& gossip_;
  const std::string cluster_;
  const std::string profile_;
  const bool cluster_key_;
  const TimePoint started_;
  const HttpMetrics* http_ = nullptr;
  const MemberFileWriter* member_file_ = nullptr;
  std::atomic<ControllerStage> stage_{ControllerStage::kJoining};
};

}  // namespace vf
