#include "gossip/controller/main_pages.h"

#include <utility>

#include "base/os/clocks.h"
#include "base/os/metrics.h"
#include "base/os/release.h"
#include "gossip/controller/controller.h"
#include "operator/member_rows.h"

namespace vf {

ControllerPages::ControllerPages(const GossipThread& gossip, const CommonOptions& options,
                                 TimePoint started)
    : gossip_(gossip),
      cluster_(options.cluster),
      profile_(ProfileName(options.profile)),
      cluster_key_(!options.cluster_key_file.empty()),
      started_(started) {}

Readiness ControllerPages::GetReadiness() const {
  switch (stage_.load()) {
    case ControllerStage::kJoining:
      return {false, "joining: " + gossip_.waiting_text()};
    case ControllerStage::kServing: {
      const SharedMembership membership = gossip_.Current();
      if (!membership->excluded.empty()) return {false, "excluded: " + membership->excluded};
      if (membership->isolated) return {false, IsolatedText()};
      if (membership->unreached) return {false, UnreachedText(*membership)};
      return {true, ""};
    }
    case ControllerStage::kLeaving:
      return {false, "leaving: this process was told to stop"};
  }
  return {false, "unknown"};
}

std::vector<MemberRow> ControllerPages::GetMembers() const {
  return MemberRows(*gossip_.Current(), MonotonicNow());
}

StatusPage ControllerPages::GetStatus() const {
  StatusPage page = MembershipStatus(*gossip_.Current());
  page.cluster = cluster_;
  page.release = Release();
  page.profile = profile_;
  page.cluster_key = cluster_key_;
  page.uptime_s = ToMilliseconds(MonotonicNow() - started_) / 1000;
  Readiness readiness = GetReadiness();
  page.ready = readiness.ready;
  page.waiting_for = std::move(readiness.reason);
  return page;
}

std::string ControllerPages::GetMetrics() const {
  MetricsWriter writer;
  writer.AddGauge("velourfog_build_info", "The release that runs.",
                  {{"release", std::string(Release())}, {"role", "controller"}}, 1);
  gossip_.WriteMetrics(writer);
  if (member_file_ != nullptr) member_file_->WriteMetrics(writer);
  WriteHttpMetrics({http_}, writer);
  return writer.Text();
}

std::string ControllerPages::NoSuchPageText() const { return AskANodeText(*gossip_.Current()); }

}  // namespace vf
