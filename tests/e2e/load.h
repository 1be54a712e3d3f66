// Writes new keys and reads acknowledged ones back through several frontends, and judges each
// answer.
//
// A write is acknowledged by a 200; after any other answer its outcome is unknown. From the
// acknowledgement on, each read must give the exact value or a 503, never a 204 and never other
// bytes: keys are written once and never deleted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/e2e/http_client.h"
#include "tests/e2e/process.h"

namespace vf::e2e {

struct LoadPlan {
  std::vector<std::uint16_t> ports;
  Clock::duration duration{};
  std::size_t operations_per_s = 4000;  // over all ports; half of them writes
  bool writes = true;                   // false: it only reads what was acknowledged before
  bool may_miss = false;  // a read of an acknowledged key that gives 204 is counted, no failure
  std::function<void(Clock::duration elapsed)> turn = {};  // called every few milliseconds
};

struct LoadReport {
  std::size_t acked = 0;
  std::size_t unknown = 0;  // writes with another answer than 200, or none
  std::size_t reads = 0;
  std::size_t refused_reads = 0;        // 503
  std::size_t missed_reads = 0;         // 204
  Clock::duration longest_write_gap{};  // between two acks through the same port, or to the end
};

class Load {
 public:
  using Connect = std::function<HttpConnection(std::uint16_t port)>;

  // `name`: first part of all keys. `connect`: as in BulkCallbacks.
  explicit Load(std::string name, Connect connect = {})
      : name_(std::move(name)), connect_(std::move(connect)) {}

  LoadReport Run(const LoadPlan& plan);

  // Reads every acknowledged key through each port. A refused read is repeated until `patience` is
  // over, and counted. Fails the test for every key that is not there.
  std::size_t ReadBack(const std::vector<std::uint16_t>& ports, Clock::duration patience);

  // Fails the test for every acknowledged key of which none of these nodes holds a copy.
  void ExpectNoneLost(const std::vector<std::uint16_t>& ports);

  // Fails the test unless every acknowledged key has a copy on each of its owners. `ports`: of all
  // live nodes.
  void ExpectCopiesOnAllOwners(const std::vector<std::uint16_t>& ports);

  // Fails the test unless exactly so many of these nodes hold each acknowledged key.
  void ExpectCopies(const std::vector<std::uint16_t>& ports, std::size_t copies);

  std::size_t acked() const { return acked_.size(); }

 private:
  // Which of these nodes hold each acknowledged key, by its place in acked_.
  std::vector<std::set<std::uint16_t>> Holders(const std::vector<std::uint16_t>& ports);
  std::string KeyOf(std::size_t number) const { return name_ + std::to_string(number); }
  std::string ValueOf(std::size_t number) const { return "the value of " + KeyOf(number); }

  std::string name_;
  Connect connect_;
  std::size_t written_ = 0;         // keys used
  std::vector<std::size_t> acked_;  // numbers of keys
  std::mt19937 generator_{7};
};

}  // namespace vf::e2e
