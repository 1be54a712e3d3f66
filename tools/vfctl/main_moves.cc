#include "tools/vfctl/main_moves.h"

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/os/clocks.h"
#include "base/time.h"
#include "tools/vfctl/leaving.h"
#include "tools/vfctl/main_client.h"
#include "tools/vfctl/moves.h"

namespace vf::ctl {
namespace {

constexpr std::size_t kAskedAtOnce = 16;
// One that hangs must not hold up the others.
constexpr AskLimits kLimits{seconds(1), seconds(1), seconds(2)};
constexpr Duration kAskFor = seconds(5);
constexpr std::size_t kMostNamed = 5;

// What the members said, shared by the threads that ask them.
class Answers {
 public:
  explicit Answers(std::vector<HostPort> nodes) : nodes_(std::move(nodes)) {}

  // Until all were asked, or there is no time left. Threads: any.
  void Ask(TimePoint until) {
    while (MonotonicNow() < until) {
      std::unique_lock lock(mutex_);
      if (next_ == nodes_.size()) return;
      const HostPort& node = nodes_[next_++];
      lock.unlock();
      const auto answer = AskNode(node, "GET", "/status", kLimits);
      lock.lock();
      if (!answer.ok() || answer->status != 200) {
        silent_.push_back(node.ToString());
      } else if (const auto move = MoveOf(answer->body)) {
        moves_.push_back({node.ToString(), *move});
      }
    }
  }

  // --- When no thread asks any more ---
  std::vector<NodeMove>& moves() { return moves_; }
  // Those who did not answer, and those who were not asked.
  std::vector<std::string> Silent() const {
    std::vector<std::string> silent = silent_;
    for (std::size_t i = next_; i < nodes_.size(); ++i) silent.push_back(nodes_[i].ToString());
    std::sort(silent.begin(), silent.end());
    return silent;
  }

 private:
  std::mutex mutex_;
  const std::vector<HostPort> nodes_;
  std::size_t next_ = 0;
  std::vector<NodeMove> moves_;
  std::vector<std::string> silent_;
};

std::string SilentText(const std::vector<std::string>& silent) {
  if (silent.empty()) return {};
  std::string text = "no answer, so nothing is known of their moves: ";
  for (std::size_t i = 0; i < std::min(silent.size(), kMostNamed); ++i) {
    text += (i == 0 ? "" : ", ") + silent[i];
  }
  if (silent.size() > kMostNamed) {
    text += " and " + std::to_string(silent.size() - kMostNamed) + " more";
  }
  return text + "\n";
}

}  // namespace

std::string MovesOfCluster(const HostPort& node, std::string_view status) {
  const auto members = AskNode(node, "GET", "/members");
  const bool known = members.ok() && members->status == 200;
  std::vector<HostPort> others;
  if (known) others = OthersAlive(members->body, IdOf(status));
  Answers answers(others);
  const TimePoint until = MonotonicNow() + kAskFor;
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < std::min(kAskedAtOnce, others.size()); ++i) {
      threads.emplace_back([&answers, until] { answers.Ask(until); });
    }
  }
  if (const auto own = MoveOf(status)) answers.moves().push_back({AddressOf(status), *own});
  std::string text = MovesTable(answers.moves()) + SilentText(answers.Silent());
  if (!known) text += "the members are not known, so moves of others are not shown\n";
  return text;
}

}  // namespace vf::ctl
