#include "tools/cluster-sim/process/safe_restarts.h"

#include <string>
#include <utility>

namespace vf::sim {
namespace {

constexpr Duration kLook = milliseconds(100);
constexpr Duration kAskAgain = milliseconds(500);
constexpr Duration kAnswerWithin = seconds(3);
constexpr Duration kDownFor = seconds(1);

}  // namespace

SafeRestarts::SafeRestarts(Loop& loop, Cluster& cluster, Contacts& contacts,
                           std::vector<HostNumber> hosts)
    : loop_(loop), cluster_(cluster), contacts_(contacts), hosts_(std::move(hosts)) {}

void SafeRestarts::Begin() {
  since_ = loop_.now() - kAskAgain;
  Look();
}

void SafeRestarts::Stop() {
  over_ = true;
  if (done_ < hosts_.size() && (step_ == Step::kEnding || step_ == Step::kDown)) {
    // It may need a moment to end.
    if (cluster_.LiveAt(hosts_[done_]) == nullptr) {
      StartAgain();
    } else {
      loop_.Call(loop_.now() + kLook, [this] { Stop(); });
    }
  }
}

void SafeRestarts::Look() {
  if (over_ || done_ == hosts_.size()) return;
  SimProcess* const process = cluster_.LiveAt(hosts_[done_]);
  const Duration passed = loop_.now() - since_;
  const auto enter = [this](Step step) {
    step_ = step;
    since_ = loop_.now();
  };
  switch (step_) {
    case Step::kAsk:
    case Step::kAsked:
      // Somebody else may have ended it, and may start it again.
      if (process != nullptr && passed >= (step_ == Step::kAsk ? kAskAgain : kAnswerWithin)) {
        enter(Step::kAsked);
        Ask(*process);
      }
      break;
    case Step::kEnding:
      if (process == nullptr) enter(Step::kDown);
      break;
    case Step::kDown:
      if (passed < kDownFor) break;
      if (process == nullptr) StartAgain();
      enter(Step::kStarting);
      break;
    case Step::kStarting:
      if (process == nullptr || !process->ready()) break;
      ++done_;
      enter(Step::kAsk);
      since_ -= kAskAgain;
      break;
  }
  loop_.Call(loop_.now() + kLook, [this] { Look(); });
}

void SafeRestarts::Ask(SimProcess& process) {
  const std::uint64_t question = ++questions_;
  process.data()->Serve([this, question](DataDriver& driver, TimePoint now, WallTime wall) {
    driver.AskSafeToStop(now, wall, [this, question](const std::vector<std::string>& reasons) {
      OnAnswer(question, reasons.empty());
    });
  });
}

void SafeRestarts::OnAnswer(std::uint64_t question, bool safe) {
  if (over_ || question != questions_ || step_ != Step::kAsked) return;
  since_ = loop_.now();
  step_ = safe ? Step::kEnding : Step::kAsk;
  if (!safe) return;
  const ProcessNumber process = *cluster_.host(hosts_[done_]).process;
  processes_.push_back(process);
  ++stopped_;
  // Not from within its own turn.
  cluster_.Post(process, kOwnHandOver, [this, process] { cluster_.Leave(process); });
}

void SafeRestarts::StartAgain() {
  const HostNumber host = hosts_[done_];
  if (!cluster_.host(host).up) return;
  processes_.push_back(cluster_.Start(host, contacts_.OfLater(host)));
}

}  // namespace vf::sim
