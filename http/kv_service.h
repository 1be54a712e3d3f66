// All that the HTTP frontend knows of the store behind it.
#pragma once

#include <absl/functional/any_invocable.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/hybrid_clock.h"
#include "base/time.h"

namespace vf {

enum class KvStatus : std::uint8_t {
  kOk,           // found (Get), stored (Put, Delete)
  kAbsent,       // Get: there is no value
  kBadRequest,   // an option that only the store can judge is out of range (acks above K): 400
  kUnavailable,  // joining, too few replicas, deadline passed: 503 with Retry-After
  kOverloaded,   // a bound on work in flight is reached: 503 with Retry-After
  kNoSpace,      // memory (or disk) is full: 507
};

// What a replica count option asks for: `all`, or a number of replicas >= 1.
struct ReplicaCount {
  static constexpr int kAll = 0;
  int count = kAll;
};

struct GetOptions {
  bool local = false;                  // this process's own copy only; not together with `r`
  std::optional<ReplicaCount> r = {};  // so many owners are asked, >= 2; none: whoever knows
};

struct WriteOptions {
  std::optional<ReplicaCount> acks;  // none: the node's --min-acks
  // Put: how long the value lives. Whole milliseconds, > 0, at most kMaxTtl; none: for ever.
  std::optional<Duration> ttl = std::nullopt;
};

// Views live only during the call that hands them over.
struct KvResult {
  KvStatus status = KvStatus::kUnavailable;
  Version version;         // with kOk
  std::string_view value;  // Get with kOk: the exact bytes
  std::string_view text;   // one line, for every status but kOk and kAbsent
};

// Called exactly once, on the thread of the call, perhaps before the call returns.
using KvCallback = absl::AnyInvocable<void(const KvResult&)>;

// Keys: 1 to kMaxKeyBytes bytes, any values. Threads: one instance a data thread, used by it alone.
// Never blocks. Every operation has a deadline of its own, so every callback comes.
class KvService {
 public:
  virtual ~KvService() = default;
  virtual void Get(std::string_view key, const GetOptions& options, KvCallback done) = 0;
  virtual void Put(std::string_view key, std::string value, const WriteOptions& options,
                   KvCallback done) = 0;
  virtual void Delete(std::string_view key, const WriteOptions& options, KvCallback done) = 0;
};

inline constexpr std::size_t kMaxKeyBytes = 2048;
inline constexpr Duration kMaxTtl = seconds(320'000'000);

}  // namespace vf
