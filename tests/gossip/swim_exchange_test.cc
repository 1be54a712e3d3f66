// One Swim: whom it tells its members by datagrams.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <variant>
#include <vector>

#include "tests/gossip/swim_fixture.h"

namespace vf {
namespace {

class ExchangeQuestionTest : public SwimTest {
 protected:
  // What a question about the first half brings, within a few milliseconds, to this address.
  struct Brought {
    int datagrams = 0;
    int records = 0;
    std::optional<Ping> ping;
  };
  Brought Ask(const Endpoint& endpoint, const MemberRecord& asker) {
    Take();
    SayFrom(endpoint, asker, Digest{0, {}, false, {}, false});
    return After(endpoint);
  }
  Brought After(const Endpoint& endpoint) {
    Pass(milliseconds(5));
    Brought brought;
    for (const auto& [to, packet] : Take()) {
      if (to != endpoint) continue;
      ++brought.datagrams;
      for (const Message& message : packet.messages) {
        if (const auto* part = std::get_if<Exchange>(&message)) {
          brought.records += static_cast<int>(part->members.size());
        }
        if (const auto* ping = std::get_if<Ping>(&message)) brought.ping = *ping;
      }
    }
    return brought;
  }
  static constexpr int kMembers = 3;  // with the own process
};

TEST_F(ExchangeQuestionTest, OfAMemberIsAnsweredAtItsAddress) {
  EXPECT_EQ(Ask(a_.endpoint, a_).records, kMembers);
}

TEST_F(ExchangeQuestionTest, OfAMemberIsNotAnsweredFasterThanMembersAsk) {
  EXPECT_EQ(Ask(a_.endpoint, a_).records, kMembers);
  EXPECT_EQ(Ask(a_.endpoint, a_).records, 0);
  EXPECT_EQ(Ask(b_.endpoint, b_).records, kMembers) << "each asker for itself";
  Pass(milliseconds(50));
  EXPECT_EQ(Ask(a_.endpoint, a_).records, kMembers);
}

// A few dozen bytes in a member's name would else make us send the whole table to anybody.
TEST_F(ExchangeQuestionTest, InAMembersNameFromElsewhereBringsOnePing) {
  const Endpoint victim = Endpoint::V4({10, 0, 9, 9}, 53);
  const Brought first = Ask(victim, a_);
  EXPECT_EQ(first.datagrams, 1);
  EXPECT_TRUE(first.ping);
  EXPECT_EQ(Ask(victim, a_).datagrams, 0) << "a ping is under way";
  Pass(milliseconds(50));
  EXPECT_EQ(Ask(victim, a_).datagrams, 1);
}

// Else all of a mass start get parts, and nobody soon has everything and can give it to others.
TEST_F(ExchangeQuestionTest, WhoAskForEverythingGetItOneAfterTheOther) {
  std::vector<MemberRecord> askers;
  for (std::uint8_t i = 10; i < 250; ++i) askers.push_back(RecordOf(1'000 + i, i));
  for (const MemberRecord& asker : askers) Admit(asker);
  askers.resize(80);
  Take();
  for (const std::uint8_t first_bucket : {std::uint8_t{0}, std::uint8_t{128}}) {
    for (const MemberRecord& asker : askers) {
      Say(asker, Digest{first_bucket, {}, false, {}, false});
    }
  }
  std::vector<Endpoint> done;  // with the first half
  std::size_t at_once = 0;
  for (int turn = 0; turn < 20; ++turn) {
    Pass(milliseconds(10));
    for (const auto& [to, packet] : Take()) {
      for (const Message& message : packet.messages) {
        const auto* answer = std::get_if<Digest>(&message);
        const bool is_last = answer != nullptr && answer->answer && answer->first_bucket == 0;
        if (is_last) done.push_back(to);
      }
    }
    if (turn == 0) at_once = done.size();
  }
  ASSERT_EQ(done.size(), askers.size()) << "within the time after which they ask again";
  for (std::size_t i = 0; i < done.size(); ++i) EXPECT_EQ(done[i], askers[i].endpoint) << i;
  EXPECT_LT(at_once, askers.size() / 2);
  EXPECT_EQ(Drops(DropReason::kOverload), 0u);
}

// A joiner asks whom others have named, who may not have heard of it.
TEST_F(ExchangeQuestionTest, OfAStrangerIsAnsweredOnceItHasAnsweredAPing) {
  const MemberRecord joiner = RecordOf(999, 77);
  const Brought asked = Ask(joiner.endpoint, joiner);
  ASSERT_TRUE(asked.ping);
  EXPECT_EQ(asked.records, 0);
  SayFrom(Endpoint::V4({10, 0, 9, 9}, 53), joiner, PingAck{asked.ping->seq, 0, 0});
  EXPECT_EQ(After(joiner.endpoint).records, 0) << "an ack from elsewhere";
  Say(joiner, PingAck{asked.ping->seq, 0, 0});
  EXPECT_EQ(After(joiner.endpoint).records, kMembers) << "without asking again";
  Pass(milliseconds(50));
  EXPECT_EQ(Ask(joiner.endpoint, joiner).records, kMembers) << "its address is proved for a while";
  Pass(seconds(10));
  EXPECT_EQ(Ask(joiner.endpoint, joiner).records, 0);
}

}  // namespace
}  // namespace vf
