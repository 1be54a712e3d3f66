// The clients of a run: they send operations to processes and note what becomes of them.
//
// Open loop: an operation begins when its moment has come, whether or not earlier ones have ended.
// There is no HTTP between a client and the data thread that serves it, but time passes on the way,
// and a connection breaks when its process ends.
//
// Thread: none of its own; one run.
// Limits: kMostInFlight operations a client; what would exceed it is left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/rng.h"
#include "http/kv_service.h"
#include "node/data/data_driver.h"
#include "tools/cluster-sim/checkers/history.h"
#include "tools/cluster-sim/process/cluster.h"
#include "tools/cluster-sim/process/loop.h"
#include "tools/cluster-sim/run_spec.h"
#include "tools/cluster-sim/workload/client.h"
#include "tools/cluster-sim/workload/key_book.h"

namespace vf::sim {

class Clients final : EventHandler {
 public:
  static constexpr std::size_t kMostInFlight = 32;
  static constexpr Duration kTimeout = seconds(2);

  // What happened to keys, as it happens.
  class Observer {
   public:
    // Somebody is about to send a write or a deletion.
    virtual void OnWriteBegun(KeyNumber key) = 0;
    // A client has the answer. BookedKey::acked holds it already.
    virtual void OnAcked(KeyNumber key) = 0;

   protected:
    ~Observer() = default;
  };

  // `hosts`: whom clients use. The references outlive this object.
  Clients(const RunSpec& spec, const std::vector<HostNumber>& hosts, Loop& loop, Cluster& cluster,
          KeyBook& book, Observer& observer, const Rng& rng);

  void Begin();
  // No further operations begin.
  void Stop() { stopped_ = true; }
  // Before the process ends: its clients' connections break, or are silent if its host goes too.
  void OnBeforeEnd(ProcessNumber process, bool host_goes);

  const SharedKeys& keys() const { return keys_; }
  const std::vector<Operation>& operations() const { return operations_; }
  std::vector<Operation> TakeOperations() { return std::move(operations_); }
  std::size_t open() const { return open_count_; }

 private:
  using OperationNumber = std::uint32_t;  // an index into operations_
  // Of an operation that has not ended, or whose answer may still come.
  struct Open {
    KeyNumber key = 0;
    GetOptions get_options;
    WriteOptions write_options;
    bool ended = false;     // for its client
    bool answered = false;  // the answer is on its way, or nobody will answer
    bool served = false;    // the process has begun it
    std::string text;       // with `answered`: what was answered
    std::string value;
    std::uint64_t version = 0;
    bool found = false;
    Outcome outcome = Outcome::kUnknown;
  };

  void OnEvent(const Event& event) override;
  void BeginOperation(std::uint32_t client);
  void ArriveAt(ProcessNumber process, OperationNumber number);
  void Serve(OperationNumber number, DataDriver& driver, TimePoint now, WallTime wall);
  void OnResult(OperationNumber number, const KvResult& result);
  void Answer(OperationNumber number, Outcome outcome, std::string text);
  void End(OperationNumber number, bool timed_out);
  void ArmTimeout();
  Duration Way(std::uint32_t client);
  bool IsWrite(OperationNumber number) const;

  const WorkloadSpec& spec_;
  const int replicas_;
  const int acks_;  // that the cluster takes for enough
  const std::vector<HostNumber> hosts_;
  Loop& loop_;
  Cluster& cluster_;
  KeyBook& book_;
  Observer& observer_;
  SharedKeys keys_;
  std::vector<Client> clients_;
  std::vector<Operation> operations_;
  std::vector<Open> opens_;  // by operation
  std::size_t open_count_ = 0;
  std::size_t first_open_ = 0;  // all before it have ended
  bool timeout_armed_ = false;
  bool stopped_ = false;
};

}  // namespace vf::sim
