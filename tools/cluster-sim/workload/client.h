// One client of a simulated cluster: what it does next, and what it remembers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/rng.h"
#include "base/time.h"
#include "http/kv_service.h"
#include "tools/cluster-sim/checkers/history.h"
#include "tools/cluster-sim/network/network.h"
#include "tools/cluster-sim/run_spec.h"
#include "tools/cluster-sim/workload/key_book.h"

namespace vf::sim {

// Keys that all clients share.
struct SharedKeys {
  std::vector<KeyNumber> hot;
  std::vector<KeyNumber> unique;  // written at least once, in that order
  std::uint64_t named = 0;        // keys that were made so far
};

struct Intention {
  OperationKind kind = OperationKind::kRead;
  KeyNumber key = 0;
  bool is_unique = false;        // a write to a key of its own
  HostNumber host = 0;           // whom it asks
  GetOptions get_options{};      // reads
  WriteOptions write_options{};  // writes and deletes
};

// Thread: none of its own; one run.
class Client {
 public:
  // `acks`: what the cluster takes for enough. `hosts`: whom it may ask, not empty; the spec
  // outlives it.
  Client(const WorkloadSpec& spec, int replicas, int acks, const std::vector<HostNumber>& hosts,
         const Rng& rng);

  // Until it begins its next operation.
  Duration Pause();
  Intention Next(KeyBook& book, SharedKeys& keys);
  Rng& rng() { return rng_; }

  // An operation of it ended well; it will read what it wrote.
  void OnWritten(KeyNumber key) { own_[own_count_++ % own_.size()] = key; }
  // The host it prefers turned it away: it prefers another one.
  void MoveOn();

  std::size_t in_flight = 0;

 private:
  KeyNumber KeyToRead(KeyBook& book, SharedKeys& keys);
  void AddOptions(Intention& next);
  Duration Ttl();

  const WorkloadSpec& spec_;
  const int replicas_;
  const int acks_;
  const std::vector<HostNumber>& hosts_;
  Rng rng_;
  std::size_t preferred_;
  std::array<KeyNumber, 8> own_{};
  std::size_t own_count_ = 0;
};

}  // namespace vf::sim
