#include "node/data/peer_connections.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/test_members.h"

namespace vf {
namespace {

constexpr MemberKey kThem = 2;

class FakeConnection final : public PeerConnection {
 public:
  bool Send(OutgoingFrame frame) override {
    if (full) return false;
    frames.push_back(std::move(frame.head));
    return true;
  }
  void Close() override { closed = true; }

  Endpoint endpoint;
  std::vector<std::string> frames;
  bool full = false;
  bool closed = false;
};

class PeerConnectionsTest : public testing::Test,
                            public PeerConnectionsShell,
                            public PeerClientOwner {
 protected:
  std::shared_ptr<PeerConnection> Connect(MemberKey, const Endpoint& endpoint) override {
    made_.push_back(std::make_shared<FakeConnection>());
    made_.back()->endpoint = endpoint;
    return made_.back();
  }
  void OnFailuresToTell() override { ++turns_wanted_; }
  void OnReply(MemberKey, const PeerReply&) override { ++replies_; }
  void OnPeerFailure(MemberKey member, PeerFailure failure) override {
    failures_.emplace_back(member, failure);
  }
  void OnPeerUp(MemberKey) override { ++ups_; }

  void Send(MemberKey to = kThem) {
    peers_.Send(now_, TestMember(to), ReadRequest{.request = 1, .list_hash = 2, .key = "key"});
  }
  // One connection, from the first send to its end.
  void LiveAndEnd(LinkEnd end, bool up) {
    Send();
    if (up) peers_.OnUp(kThem);
    peers_.OnEnd(now_, kThem, end);
  }
  bool ConnectsAt(TimePoint at) {
    now_ = at;
    const std::size_t before = made_.size();
    Send();
    return made_.size() > before;
  }
  static bool Answer(PeerConnections& peers, const PeerMessage& message) {
    const OutgoingFrame frame = EncodeFrame(message);
    return peers.OnFrame(kThem, AsBytes(frame.head).subspan(4));
  }
  using Failures = std::vector<std::pair<MemberKey, PeerFailure>>;

  TimePoint now_{hours(1)};
  std::vector<std::shared_ptr<FakeConnection>> made_;
  int turns_wanted_ = 0;
  int replies_ = 0;
  int ups_ = 0;
  Failures failures_;
  PeerCounters counters_;
  PeerConnections peers_{
      {.min = milliseconds(20), .max = milliseconds(100)}, *this, *this, counters_, Rng(1)};
};

TEST_F(PeerConnectionsTest, OneConnectionAMemberCarriesAllRequests) {
  Send();
  Send();
  Send(3);
  ASSERT_EQ(made_.size(), 2u);
  EXPECT_EQ(made_[0]->frames.size(), 2u);
  peers_.OnUp(kThem);
  EXPECT_EQ(ups_, 1);
  EXPECT_TRUE(Answer(peers_, ReadReply{}));
  EXPECT_EQ(replies_, 1);
}

TEST_F(PeerConnectionsTest, WhatIsNoAnswerIsNotTaken) {
  Send();
  peers_.OnUp(kThem);
  EXPECT_FALSE(Answer(peers_, ReadRequest{}));
  EXPECT_FALSE(peers_.OnFrame(kThem, AsBytes("no frame")));
  EXPECT_EQ(replies_, 0);
}

TEST_F(PeerConnectionsTest, RefusedSendsAreToldOnceATurnAndNotFromWithin) {
  LiveAndEnd(LinkEnd::kRefused, /*up=*/false);
  EXPECT_EQ(std::exchange(failures_, {}), (Failures{{kThem, PeerFailure::kRefused}}));
  Send();
  Send();
  EXPECT_TRUE(failures_.empty());
  EXPECT_EQ(turns_wanted_, 1);
  EXPECT_EQ(counters_.refused_backoff.value(), 2u);
  peers_.TellFailures();
  EXPECT_EQ(std::exchange(failures_, {}), (Failures{{kThem, PeerFailure::kRefused}}));
  peers_.TellFailures();
  EXPECT_TRUE(failures_.empty());
  Send();
  EXPECT_EQ(turns_wanted_, 2);
}

TEST_F(PeerConnectionsTest, TheBackoffDoublesUpToItsLongestLessUpToAHalf) {
  for (const Duration longest : {milliseconds(20), milliseconds(40), milliseconds(80),
                                 milliseconds(100), milliseconds(100)}) {
    LiveAndEnd(LinkEnd::kUnreachable, /*up=*/false);
    const TimePoint ended = now_;
    EXPECT_FALSE(ConnectsAt(ended + longest / 2 - nanoseconds(1)));
    EXPECT_TRUE(ConnectsAt(ended + longest));
  }
}

TEST_F(PeerConnectionsTest, AResetIsNoReasonToWaitAndASecondWithoutAnAnswerIs) {
  LiveAndEnd(LinkEnd::kReset, /*up=*/true);
  EXPECT_EQ(failures_, (Failures{{kThem, PeerFailure::kReset}}));
  EXPECT_TRUE(ConnectsAt(now_));
  peers_.OnUp(kThem);
  peers_.OnEnd(now_, kThem, LinkEnd::kClosed);
  EXPECT_FALSE(ConnectsAt(now_));
}

TEST_F(PeerConnectionsTest, AnAnswerEndsTheBackoffAConnectionDoesNot) {
  for (int i = 0; i < 3; ++i) {
    LiveAndEnd(LinkEnd::kRefused, /*up=*/false);
    now_ += seconds(1);
  }
  Send();
  peers_.OnUp(kThem);
  EXPECT_TRUE(Answer(peers_, StoreReply{}));
  peers_.OnEnd(now_, kThem, LinkEnd::kReset);
  EXPECT_TRUE(ConnectsAt(now_));
}

TEST_F(PeerConnectionsTest, AConnectionThatClosesBeforeItIsUpWasRefused) {
  LiveAndEnd(LinkEnd::kClosed, /*up=*/false);
  EXPECT_EQ(failures_, (Failures{{kThem, PeerFailure::kRefused}}));
}

TEST_F(PeerConnectionsTest, NobodyWaitsForWhatEndsIdle) {
  LiveAndEnd(LinkEnd::kIdle, /*up=*/true);
  EXPECT_TRUE(failures_.empty());
  EXPECT_TRUE(ConnectsAt(now_));
}

TEST_F(PeerConnectionsTest, EveryOtherEndIsARefusal) {
  for (std::size_t i = 0; i < kLinkEnds; ++i) {
    const auto end = static_cast<LinkEnd>(i);
    if (end == LinkEnd::kStopped || end == LinkEnd::kIdle || end == LinkEnd::kClosed ||
        end == LinkEnd::kReset) {
      continue;
    }
    failures_.clear();
    now_ += minutes(1);
    LiveAndEnd(end, /*up=*/true);
    EXPECT_EQ(failures_, (Failures{{kThem, PeerFailure::kRefused}})) << LinkEndName(end);
  }
}

TEST_F(PeerConnectionsTest, AnotherEndpointEndsTheOldConnectionAndForgetsItsFailures) {
  Send();
  MemberRecord moved = TestMember(kThem);
  moved.endpoint = Endpoint::Loopback(9);
  peers_.Send(now_, moved, ListNotice{});
  ASSERT_EQ(made_.size(), 2u);
  EXPECT_TRUE(made_[0]->closed);
  EXPECT_EQ(made_[1]->endpoint, moved.endpoint);
  peers_.TellFailures();
  EXPECT_EQ(failures_, (Failures{{kThem, PeerFailure::kReset}}));
  peers_.OnEnd(now_, kThem, LinkEnd::kRefused);
  EXPECT_TRUE(ConnectsAt(now_)) << "moved back";
}

TEST_F(PeerConnectionsTest, WhatDoesNotFitFailsAndTheConnectionStays) {
  Send();
  made_[0]->full = true;
  Send();
  EXPECT_EQ(counters_.refused_full.value(), 1u);
  peers_.TellFailures();
  EXPECT_EQ(failures_, (Failures{{kThem, PeerFailure::kOverflow}}));
  made_[0]->full = false;
  Send();
  EXPECT_EQ(made_.size(), 1u);
  EXPECT_EQ(made_[0]->frames.size(), 2u);
}

TEST_F(PeerConnectionsTest, FailuresAreForgottenAMinuteAfterTheBackoffWhenSomebodyNewComes) {
  for (int i = 0; i < 4; ++i) {
    LiveAndEnd(LinkEnd::kRefused, /*up=*/false);
    now_ += seconds(1);
  }
  now_ += minutes(2);
  Send(3);
  LiveAndEnd(LinkEnd::kRefused, /*up=*/false);
  EXPECT_TRUE(ConnectsAt(now_ + milliseconds(20))) << "as after the first failure";
}

TEST_F(PeerConnectionsTest, NothingIsToldAfterTheEnd) {
  LiveAndEnd(LinkEnd::kRefused, /*up=*/false);
  Send();
  Send(3);
  failures_.clear();
  peers_.CloseAll();
  peers_.TellFailures();
  EXPECT_TRUE(failures_.empty());
  EXPECT_TRUE(made_.back()->closed);
}

}  // namespace
}  // namespace vf
