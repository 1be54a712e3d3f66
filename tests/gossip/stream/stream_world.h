// Processes whose connections and datagrams are queues in memory: real Swims and MemberStreams,
// virtual time. What is sent arrives in order and at once, when the world runs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "gossip/stream/member_streams.h"
#include "gossip/swim.h"

namespace vf {

class StreamWorld {
 public:
  class Process;
  // How somebody who is no process of ours answers what it is sent on a connection.
  using Stranger = std::function<std::string(const std::string& sent)>;

  // `members` ready members of one cluster, who know each other.
  explicit StreamWorld(std::size_t members, const StreamConfig& config = {});
  ~StreamWorld();

  // One more, which begins to join through `contact`.
  void Join(std::size_t contact);

  Process& operator[](std::size_t index) { return *processes_[index]; }
  static MemberRecord RecordOf(std::size_t index);

  // In place of the process there, for connections: nobody, or somebody else.
  void Kill(std::size_t index) { dead_.insert(index); }
  void Replace(std::size_t index, Stranger stranger) { strangers_[index] = std::move(stranger); }
  void LoseAllDatagrams(bool lose = true) { loses_datagrams_ = lose; }
  // Those of a DIGEST or EXCHANGE: for tests that want the exchange to go over TCP or not at all.
  void LoseExchangeDatagrams() { loses_exchanges_ = true; }

  // Carries what is under way until nothing is, then lets time pass; with it what is due.
  void Run(Duration time = Duration::zero());

  TimePoint now() const { return now_; }
  // The most bytes that were given to a shell at once.
  std::size_t longest_send() const { return longest_send_; }

 private:
  class Shell;
  struct End {
    std::size_t process = 0;
    StreamNumber stream = 0;
    auto operator<=>(const End&) const = default;
  };

  void Post(std::function<void()> task) { tasks_.push_back(std::move(task)); }
  // A turn of a process: `body`, then its outputs.
  template <typename Body>
  void Turn(std::size_t index, Body body);
  void Carry(std::size_t from, SwimOutputs& outputs);
  void Connect(End from, std::size_t to);
  void Send(End from, std::string bytes);
  void Close(End from);
  bool LosesDatagram(const OutgoingDatagram& datagram) const;

  const StreamConfig config_;
  TimePoint now_{hours(1)};
  Rng rng_{7};
  KnownCluster cluster_;
  std::vector<std::unique_ptr<Process>> processes_;
  std::map<End, End> links_;          // both ways
  std::map<End, Stranger> answered_;  // connections to strangers
  std::set<std::size_t> dead_;
  std::map<std::size_t, Stranger> strangers_;
  bool loses_datagrams_ = false;
  bool loses_exchanges_ = false;
  std::size_t longest_send_ = 0;
  std::deque<std::function<void()>> tasks_;
};

class StreamWorld::Process {
 public:
  Process(StreamWorld& world, std::size_t index, Swim made);
  ~Process();

  Swim swim;
  std::unique_ptr<Shell> shell;
  MemberStreams streams;
  SwimOutputs outputs;
  std::size_t datagrams_out = 0;

  // As if its Swim had wished for it.
  void Wish(TimePoint now, const ExchangeWish& wish);
  void Wish(TimePoint now, const EchoWish& wish);
  const StreamCounters& counters() const { return streams.counters(); }
  // Null: it does not know this member.
  const Member* Find(const MembershipSnapshot& snapshot, MemberKey key) const;
  bool Knows(MemberKey key) const;
};

}  // namespace vf
