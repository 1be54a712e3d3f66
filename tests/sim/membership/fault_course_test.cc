#include "tools/cluster-sim/membership/fault_course.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace vf::sim {
namespace {

// Writes down what is done to it: "block 3", "continue 3"...
class NotedCluster final : public MeasuredCluster {
 public:
  explicit NotedCluster(std::size_t hosts) : network_(NetworkSpec{}, hosts, Rng(1)) {}

  TimePoint now() const override { return now_; }
  void RunUntil(TimePoint until) override { now_ = until; }
  Network& network() override { return network_; }
  std::size_t hosts() const override { return network_.hosts(); }
  bool IsUp(HostNumber) const override { return true; }
  void Crash(HostNumber host, bool host_up) override { Note(host_up ? "end" : "crash", host); }
  HostNumber Join(HostNumber contact) override {
    Note("join", contact);
    network_.AddHost();
    return static_cast<HostNumber>(network_.hosts() - 1);
  }
  void SetContact(HostNumber host, HostNumber contact) override {
    Note("contact " + std::to_string(contact) + " of", host);
  }
  void Stop(HostNumber host) override { Note("stop", host); }
  void Block(HostNumber host) override { Note("block", host); }
  void Starve(HostNumber host, Duration cost) override {
    Note("starve " + std::to_string(cost.count()) + " ns", host);
  }
  void Continue(HostNumber host) override { Note("continue", host); }
  MemberCounts CountsOf(HostNumber) const override { return {}; }
  std::uint64_t ViewOf(HostNumber) const override { return 0; }
  std::uint64_t trace_hash() const override { return 0; }
  std::uint64_t events() const override { return 0; }

  std::vector<std::string> notes;

 private:
  void Note(const std::string& what, HostNumber host) {
    notes.push_back(what + " " + std::to_string(host));
  }
  TimePoint now_{hours(1)};
  Network network_;
};

MembershipSpec SpecOf(MembershipFault fault, int nodes, int faults) {
  MembershipSpec spec;
  spec.fault = fault;
  spec.nodes = nodes;
  spec.faults = faults;
  return spec;
}

struct Fixture {
  explicit Fixture(const MembershipSpec& given)
      : spec(given), cluster(static_cast<std::size_t>(given.nodes)), course(spec, cluster, Rng(1)) {
    course.Choose();
    course.Begin();
  }
  // The next moment, after the one before.
  Duration Next() {
    const Duration passed = course.next() - cluster.now();
    cluster.RunUntil(course.next());
    course.Act();
    return passed;
  }
  MembershipSpec spec;
  NotedCluster cluster;
  FaultCourse course;
};

TEST(FaultCourseTest, AnomaliesOfAllBeginAndEndTogether) {
  MembershipSpec spec = SpecOf(MembershipFault::kAnomaly, 10, 2);
  spec.off = seconds(2);
  spec.on = milliseconds(4);
  Fixture f(spec);
  ASSERT_EQ(f.course.struck().size(), 2U);
  const std::string a = std::to_string(f.course.struck()[0]);
  const std::string b = std::to_string(f.course.struck()[1]);
  EXPECT_EQ(f.Next(), seconds(2));
  EXPECT_EQ(f.Next(), milliseconds(4));
  EXPECT_EQ(f.Next(), seconds(2));
  EXPECT_EQ(f.cluster.notes, (std::vector<std::string>{"block " + a, "block " + b, "continue " + a,
                                                       "continue " + b, "block " + a, "block " + b,
                                                       "continue " + a, "continue " + b}));
}

TEST(FaultCourseTest, TheStarvedStopEachAtItsOwnTime) {
  Fixture f(SpecOf(MembershipFault::kStarve, 100, 16));
  std::vector<Duration> passed;
  for (int i = 0; i < 1000; ++i) passed.push_back(f.Next());
  EXPECT_GT(
      std::count_if(passed.begin(), passed.end(), [](Duration d) { return d > Duration::zero(); }),
      900);
  const auto stops = std::count_if(f.cluster.notes.begin(), f.cluster.notes.end(),
                                   [](const std::string& n) { return n.substr(0, 4) == "stop"; });
  EXPECT_NEAR(static_cast<double>(stops), 500, 16);
}

TEST(FaultCourseTest, TheStarvedPayForWhatTheyDo) {
  MembershipSpec spec = SpecOf(MembershipFault::kStarve, 100, 2);
  spec.cost = milliseconds(3);
  Fixture f(spec);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(f.cluster.notes.at(i), "starve 3000000 ns " + std::to_string(f.course.struck()[i]));
  }
}

TEST(FaultCourseTest, TheDeafSendAndHearNothingThenHearAgain) {
  Fixture f(SpecOf(MembershipFault::kDeaf, 5, 2));
  const HostNumber a = f.course.struck()[0];
  const HostNumber b = f.course.struck()[1];
  HostNumber other = 0;
  while (f.course.IsStruck(other)) ++other;
  const Network& network = f.cluster.network();
  EXPECT_TRUE(network.IsCut(other, a, Traffic::kDatagrams));
  EXPECT_TRUE(network.IsCut(b, a, Traffic::kStreams));
  EXPECT_FALSE(network.IsCut(a, other, Traffic::kDatagrams));
  EXPECT_EQ(f.Next(), seconds(20));
  EXPECT_FALSE(network.IsCut(other, a, Traffic::kAll));
  EXPECT_EQ(f.Next(), seconds(20));
  EXPECT_TRUE(network.IsCut(other, a, Traffic::kDatagrams));
}

TEST(FaultCourseTest, ACutMakesIslandsAndHeals) {
  MembershipSpec spec = SpecOf(MembershipFault::kCut, 10, 2);
  spec.islands = 3;
  Fixture f(spec);
  ASSERT_EQ(f.course.struck().size(), 4U);
  const Network& network = f.cluster.network();
  int cut_pairs = 0;
  for (HostNumber a = 0; a < 10; ++a) {
    for (HostNumber b = 0; b < 10; ++b) {
      if (a == b) continue;
      EXPECT_EQ(network.IsCut(a, b, Traffic::kDatagrams), f.course.AreApart(a, b));
      if (f.course.AreApart(a, b)) ++cut_pairs;
    }
  }
  EXPECT_EQ(cut_pairs, 100 - 36 - 4 - 4);  // islands of 6, 2 and 2
  EXPECT_EQ(f.Next(), minutes(1));
  EXPECT_TRUE(f.course.IsCutHealed());
  EXPECT_FALSE(network.IsCut(f.course.struck()[0], f.course.struck()[3], Traffic::kAll));
  EXPECT_EQ(f.course.next(), kNever);
}

TEST(FaultCourseTest, IslandsThatNeverMetAreGivenOneContact) {
  MembershipSpec spec = SpecOf(MembershipFault::kCut, 6, 2);
  spec.islands = 3;
  spec.never_met = true;
  Fixture f(spec);
  EXPECT_EQ(f.course.struck(), (std::vector<HostNumber>{0, 1, 2, 3}));
  EXPECT_EQ(f.cluster.notes,
            (std::vector<std::string>{"contact 5 of 0", "contact 5 of 1", "contact 5 of 2",
                                      "contact 5 of 3", "contact 5 of 4"}));
  EXPECT_FALSE(f.course.AreApart(4, 5));
  EXPECT_TRUE(f.course.AreApart(1, 2));
  EXPECT_TRUE(f.course.AreApart(0, 5));
}

TEST(FaultCourseTest, CrashesAndJoinsComeOnce) {
  Fixture crash(SpecOf(MembershipFault::kHostCrash, 10, 3));
  EXPECT_EQ(crash.cluster.notes.size(), 3U);
  EXPECT_EQ(crash.course.next(), kNever);
  Fixture join(SpecOf(MembershipFault::kJoin, 10, 3));
  EXPECT_EQ(join.course.struck(), (std::vector<HostNumber>{10, 11, 12}));
  EXPECT_EQ(join.cluster.hosts(), 13U);
}

}  // namespace
}  // namespace vf::sim
