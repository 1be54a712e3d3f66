// Where objects under test get their cluster view from, when a test decides what it is.
#pragma once

#include <memory>
#include <utility>

#include "node/placement/cluster_view.h"
#include "tests/support/test_members.h"

namespace vf {

class TestViews final : public ClusterViewSource {
 public:
  explicit TestViews(MemberKey self, int replicas = 3, int digits = 2)
      : self_(self), replicas_(replicas), digits_(digits), view_(std::make_shared<ClusterView>()) {}

  // As strict as a source may be: each look gives another object, and the one before is gone.
  // Unless told otherwise, since that takes its time.
  const ClusterView& Current() override {
    if (strict_) view_ = std::make_shared<ClusterView>(*view_);
    return *view_;
  }

  void KeepBetweenLooks() { strict_ = false; }

  void Set(const std::vector<MemberRecord>& records, TimePoint now = TimePoint(hours(1)),
           TimePoint since = TimePoint(hours(1))) {
    Set(now, TestSnapshot(self_, replicas_, digits_, records, since));
  }
  void Set(TimePoint now, const MembershipSnapshot& snapshot) {
    view_ = builder_.Build(now, snapshot);
  }
  // What others compute from these records.
  SharedClusterView Other(const std::vector<MemberRecord>& records,
                          TimePoint now = TimePoint(hours(1))) const {
    ClusterViewBuilder builder;
    return builder.Build(now, TestSnapshot(self_, replicas_, digits_, records, now));
  }
  SharedClusterView view() const { return view_; }
  // When the last snapshot gives another view without any news.
  TimePoint NextDeadline() const { return builder_.NextDeadline(); }

 private:
  const MemberKey self_;
  const int replicas_;
  const int digits_;
  bool strict_ = true;
  ClusterViewBuilder builder_;
  SharedClusterView view_;
};

}  // namespace vf
