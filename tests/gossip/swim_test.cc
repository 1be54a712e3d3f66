// One Swim, spoken to by hand: what it says, and what it does not let itself be told.
#include "gossip/swim.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <set>
#include <vector>

#include "base/cluster_limits.h"
#include "gossip/members/member_order.h"
#include "gossip/wire/codec.h"

namespace vf {
namespace {

constexpr std::uint32_t kCluster = 77;
constexpr WallTime kWall{1'800'000'000'000};
const std::uint64_t kBoot = BootAt(kWall);

MemberRecord RecordOf(MemberKey key, std::uint8_t host) {
  MemberRecord r;
  StoreBigEndian(r.id.bytes.data(), key);
  r.id.bytes[15] = std::byte{1};
  r.boot = kBoot;
  r.endpoint = Endpoint::V4({10, 0, 0, host}, 8000);
  r.roles = kRoleStorage | kRoleFrontend | kRoleMemoryOnly;
  r.seat = key;
  r.meta_version = 1;
  r.replicas = kDefaultReplicas;
  r.partition_digits = kDefaultPartitionDigits;
  return r;
}

// A founder with two members, A and B, whose part the test plays.
class SwimTest : public ::testing::Test {
 protected:
  static constexpr MemberKey kSelf = 100;
  static constexpr MemberKey kA = 200;
  static constexpr MemberKey kB = 300;

  SwimTest() : swim_(Config(), RecordOf(kSelf, 1), {}, now_, kWall, Rng(5)) {
    foundation_ = swim_.Snapshot().foundation;
    for (const MemberRecord& r : {a_, b_}) Admit(r);
    Take();
  }

  static SwimConfig Config() {
    SwimConfig config;
    config.cluster_hash = kCluster;
    config.streams = true;
    return config;
  }

  void Admit(const MemberRecord& r) {
    Say(r, Join{r,
                foundation_,
                {kDefaultReplicas, kDefaultPartitionDigits, kDefaultTombstoneAgeS},
                false});
  }
  void Say(const MemberRecord& from, const Message& message) {
    SayFrom(from.endpoint, from, message);
  }
  void SayFrom(const Endpoint& endpoint, const MemberRecord& from, const Message& message) {
    Packet packet;
    packet.header.cluster_hash = kCluster;
    packet.header.key = from.key();
    packet.header.boot32 = Boot32(from.boot);
    packet.header.incarnation = from.incarnation;
    packet.messages = {message};
    swim_.OnDatagram(now_, kWall, endpoint, EncodePacket(packet));
  }
  // Lets time pass, turn by turn.
  void Pass(Duration duration) {
    const TimePoint end = now_ + duration;
    while (swim_.NextDeadline() <= end) {
      now_ = std::max(now_, swim_.NextDeadline());
      swim_.OnTimer(now_, kWall);
    }
    now_ = end;
  }
  // The same, while `member` answers what it is asked, as one who cannot reach others.
  void PassAnswered(const MemberRecord& member, Duration duration) {
    const TimePoint end = now_ + duration;
    Answer(member);
    while (swim_.NextDeadline() <= end) {
      now_ = std::max(now_, swim_.NextDeadline());
      swim_.OnTimer(now_, kWall);
      Answer(member);
    }
    now_ = end;
  }
  void Answer(const MemberRecord& member) {
    for (const auto& [to, packet] : Take()) {
      if (to != member.endpoint) continue;
      for (const Message& message : packet.messages) {
        if (const Ping* ping = std::get_if<Ping>(&message)) {
          Say(member, PingAck{ping->seq, 0, 0});
        } else if (const PingReq* request = std::get_if<PingReq>(&message)) {
          Say(member, PingNack{request->seq, NackReason::kTimeout});
        }
      }
    }
  }
  // What was sent since the last call.
  std::vector<std::pair<Endpoint, Packet>> Take() {
    SwimOutputs out;
    swim_.TakeOutputs(out);
    suspected_self_ |= out.suspected_self;
    refused_ = out.refused;
    for (const EchoWish& wish : out.echoes) echoes_.push_back(wish);
    for (const std::uint32_t seq : out.echoes_over) echoes_over_.push_back(seq);
    for (const std::string& line : out.log) log_.push_back(line);
    std::vector<std::pair<Endpoint, Packet>> sent;
    for (const OutgoingDatagram& d : out.datagrams) {
      sent.push_back({d.to, std::get<Packet>(DecodePacket(d.bytes))});
    }
    return sent;
  }
  // The first message of this kind that was sent (to `to`), news in batches included.
  template <typename T>
  std::optional<T> Sent(const std::optional<Endpoint>& to = std::nullopt) {
    for (const auto& [target, packet] : Take()) {
      if (to && target != *to) continue;
      for (const Message& message : packet.messages) {
        if (const T* m = std::get_if<T>(&message)) return *m;
        if constexpr (std::is_constructible_v<Update, T>) {
          const Batch* batch = std::get_if<Batch>(&message);
          if (batch == nullptr) continue;
          for (const Update& update : batch->updates) {
            if (const T* m = std::get_if<T>(&update)) return *m;
          }
        }
      }
    }
    return std::nullopt;
  }
  std::optional<Member> Find(MemberKey key) {
    for (const Member& member : swim_.Snapshot().members) {
      if (member.record.key() == key) return member;
    }
    return std::nullopt;
  }
  MemberState StateOf(MemberKey key) { return Find(key)->record.state; }
  std::uint64_t Drops(DropReason reason) {
    return swim_.counters().drops[static_cast<std::size_t>(reason)];
  }
  static Suspect SuspectOf(const MemberRecord& r, MemberKey from) {
    return {r.key(), Boot32(r.boot), r.incarnation, from, kEvidenceUdp};
  }

  TimePoint now_{seconds(5'000)};
  const MemberRecord a_ = RecordOf(kA, 2);
  const MemberRecord b_ = RecordOf(kB, 3);
  Swim swim_;
  Foundation foundation_;
  bool suspected_self_ = false;
  std::string refused_;
  std::vector<EchoWish> echoes_;
  std::vector<std::uint32_t> echoes_over_;
  std::vector<std::string> log_;
};

TEST_F(SwimTest, AnswersPingsAndNamesItselfToThoseWhoMeanAnother) {
  Say(a_, Ping{9, kSelf, Boot32(kBoot), MemberState::kAlive, Find(kSelf)->record.incarnation});
  EXPECT_EQ(Sent<PingAck>(a_.endpoint)->seq, 9u);
  Say(a_, Ping{10, 12345, 1, MemberState::kAlive, 0});
  EXPECT_EQ(Sent<NotMe>(a_.endpoint)->key, kSelf);
  Say(a_, Ping{11, kNoMember, 0, MemberState::kAlive, 0});
  EXPECT_EQ(Sent<PingAck>(a_.endpoint)->seq, 11u);
}

// Lifeguard's buddy rule: the ping itself says what its sender believes.
TEST_F(SwimTest, RefutesSuspicionWithHigherIncarnation) {
  const std::uint32_t before = Find(kSelf)->record.incarnation;
  Say(a_, Ping{9, kSelf, Boot32(kBoot), MemberState::kSuspect, before + 3});
  const auto answer = Sent<Alive>(a_.endpoint);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->record.incarnation, before + 4);
  EXPECT_TRUE(suspected_self_);
}

TEST_F(SwimTest, RefutesDeathAndForgedLeave) {
  std::uint32_t incarnation = Find(kSelf)->record.incarnation;
  Say(a_, Dead{kSelf, Boot32(kBoot), incarnation, kB, DeathReason::kTimeout, 0});
  EXPECT_EQ(Find(kSelf)->record.incarnation, incarnation + 1);
  Say(a_, Left{kSelf, Boot32(kBoot), incarnation + 1, LeaveKind::kStopped, 0});
  EXPECT_EQ(Find(kSelf)->record.incarnation, incarnation + 2);
  EXPECT_EQ(StateOf(kSelf), MemberState::kAlive);
  Say(a_, Dead{kSelf, Boot32(kBoot), incarnation, kB, DeathReason::kTimeout, 0});
  EXPECT_EQ(Find(kSelf)->record.incarnation, incarnation + 2) << "that one is out of date";
}

// U8
TEST_F(SwimTest, ForgedIncarnationsNeverWrapAround) {
  Say(a_, Suspect{kSelf, Boot32(kBoot), kFinalIncarnation, kB, 1});
  EXPECT_EQ(Drops(DropReason::kInvalidRecord), 1u);
  Say(a_, Suspect{kSelf, Boot32(kBoot), kFinalIncarnation - 1, kB, 1});
  EXPECT_EQ(Find(kSelf)->record.boot, kBoot + 1) << "at the end of the numbers: a new boot";
  EXPECT_EQ(Find(kSelf)->record.incarnation, 0u);
}

// U8
TEST_F(SwimTest, BootNumbersFromTheFutureAreNotAdmitted) {
  for (const auto days : std::initializer_list<std::uint64_t>{2, 365, 36'500}) {
    MemberRecord r = b_;
    r.boot += kMaxBootLead * days;
    Say(a_, Alive{r});
    EXPECT_EQ(Find(kB)->record.boot, kBoot);
  }
  EXPECT_EQ(Drops(DropReason::kInvalidRecord), 3u);
}

// U7
TEST_F(SwimTest, OwnKeyFromElsewhereIsNotMergedAsSelf) {
  MemberRecord forged = RecordOf(kSelf, 9);
  Say(forged, Batch{{Dead{kA, Boot32(kBoot), 0, kSelf, DeathReason::kTimeout, 0}}});
  EXPECT_EQ(StateOf(kA), MemberState::kAlive);
  EXPECT_EQ(Drops(DropReason::kOwnKey), 1u);
  EXPECT_EQ(Find(kSelf)->record.endpoint, RecordOf(kSelf, 1).endpoint);
}

// U10
TEST_F(SwimTest, UnusableAddressesAreNotAdmitted) {
  for (const char* address : {"0.0.0.0:80", "[::]:80", "224.0.0.1:80", "255.255.255.255:80",
                              "10.0.0.9:0", "10.0.0.1:8000"}) {
    MemberRecord r = RecordOf(400, 9);
    r.endpoint = *Endpoint::Parse(address);
    Say(a_, Alive{r});
    EXPECT_FALSE(Find(400)) << address;
  }
  EXPECT_EQ(Drops(DropReason::kInvalidRecord), 6u);
}

TEST_F(SwimTest, StatementsOfStrangersAreNotTaken) {
  const MemberRecord stranger = RecordOf(999, 9);
  Say(stranger, SuspectOf(a_, 999));
  Say(stranger, Alive{RecordOf(1000, 10)});
  Say(stranger, Left{kA, Boot32(kBoot), 0, LeaveKind::kStopped, 0});
  EXPECT_EQ(StateOf(kA), MemberState::kAlive);
  EXPECT_FALSE(Find(1000));
  EXPECT_EQ(Drops(DropReason::kUnknownSender), 3u);
}

TEST_F(SwimTest, RecordsOfAnotherClustersSettingsAreNotAdmitted) {
  MemberRecord r = RecordOf(400, 9);
  r.replicas = 5;
  Say(a_, Alive{r});
  EXPECT_FALSE(Find(400));
}

TEST_F(SwimTest, OlderLifeOfAMemberIsToldOfItsNewerOne) {
  MemberRecord restarted = a_;
  restarted.boot = kBoot + 5;
  Admit(restarted);
  EXPECT_EQ(Find(kA)->record.boot, kBoot + 5);
  Take();
  Say(a_, SuspectOf(b_, kA));
  EXPECT_EQ(StateOf(kB), MemberState::kAlive);
  EXPECT_EQ(Drops(DropReason::kOldBoot), 1u);
  EXPECT_EQ(Sent<Alive>(a_.endpoint)->record.boot, kBoot + 5);
}

// Failure catalogue 5 and 6; SWIM, section 4.2.
TEST_F(SwimTest, StaleAliveOfAThirdPartyCannotRaiseTheDead) {
  Say(a_, Dead{kB, Boot32(kBoot), 0, kA, DeathReason::kTimeout, 0});
  ASSERT_EQ(StateOf(kB), MemberState::kDead);
  Take();
  Say(a_, Alive{b_});
  EXPECT_EQ(StateOf(kB), MemberState::kDead);
  EXPECT_EQ(Sent<Suspect>(a_.endpoint)->key, kB) << "and whoever says so is told to ask";
  MemberRecord refuted = b_;
  refuted.incarnation = 1;
  Say(a_, Alive{refuted});
  EXPECT_EQ(StateOf(kB), MemberState::kAlive);
}

// Failure catalogue 20
TEST_F(SwimTest, ForgottenMemberComesBackOnlyWithANewBoot) {
  Say(a_, Dead{kB, Boot32(kBoot), kFinalIncarnation, kA, DeathReason::kOperator, 0});
  MemberRecord refuted = b_;
  refuted.incarnation = 50;
  Say(a_, Alive{refuted});
  EXPECT_EQ(StateOf(kB), MemberState::kDead);
  MemberRecord restarted = b_;
  restarted.boot += 1;
  Admit(restarted);
  EXPECT_EQ(StateOf(kB), MemberState::kAlive);
}

// U9
TEST_F(SwimTest, LiveMemberMovesOnlyWhenItAnswersAtItsNewAddress) {
  MemberRecord moved = b_;
  moved.incarnation = 1;
  moved.meta_version = 2;
  moved.endpoint = Endpoint::V4({10, 0, 0, 33}, 9000);
  Say(a_, Alive{moved});
  EXPECT_EQ(Find(kB)->record.endpoint, b_.endpoint);
  const auto ping = Sent<Ping>(moved.endpoint);
  ASSERT_TRUE(ping);
  EXPECT_EQ(ping->target, kB);
  SayFrom(b_.endpoint, b_, PingAck{ping->seq, 0, 0});
  EXPECT_EQ(Find(kB)->record.endpoint, b_.endpoint) << "the answer came from the old place";
  SayFrom(moved.endpoint, moved, PingAck{ping->seq, 0, 0});
  EXPECT_EQ(Find(kB)->record.endpoint, moved.endpoint);
}

// Failure catalogue 17
TEST_F(SwimTest, SameLeaveTwiceMakesNoSecondWave) {
  const Left left{kB, Boot32(kBoot), 0, LeaveKind::kEmptied, 0};
  Say(a_, left);
  EXPECT_EQ(StateOf(kB), MemberState::kLeft);
  Pass(seconds(3));
  Take();
  Say(a_, left);
  EXPECT_FALSE(Sent<Left>());
}

TEST_F(SwimTest, AccusationsOfTheUnknownAreForwardedOnce) {
  const Suspect suspect{888, 5, 0, kB, 1};
  Say(a_, suspect);
  EXPECT_TRUE(Sent<Suspect>());
  Say(a_, suspect);
  EXPECT_FALSE(Sent<Suspect>());
  EXPECT_FALSE(Find(888));
}

// SWIM, section 3.1: direct ping, then relays, then the verdict.
TEST_F(SwimTest, AsksRelaysBeforeItSuspects) {
  swim_.Report(now_, kB, kBoot);
  auto first = Take();
  ASSERT_TRUE(std::any_of(first.begin(), first.end(),
                          [&](const auto& sent) { return sent.first == b_.endpoint; }));
  Pass(milliseconds(100));  // RTO, before any round trip was measured
  const auto request = Sent<PingReq>(a_.endpoint);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->target, kB);
  EXPECT_EQ(request->endpoint, b_.endpoint);
  Pass(milliseconds(100));
  EXPECT_EQ(StateOf(kB), MemberState::kAlive);
  Pass(milliseconds(60));
  EXPECT_EQ(StateOf(kB), MemberState::kSuspect);
}

TEST_F(SwimTest, AckOfARelaySavesTheTarget) {
  swim_.Report(now_, kB, kBoot);
  Pass(milliseconds(100));
  const auto request = Sent<PingReq>(a_.endpoint);
  ASSERT_TRUE(request);
  Say(a_, PingAck{request->seq, 0, 0});
  Pass(milliseconds(150));
  EXPECT_EQ(StateOf(kB), MemberState::kAlive);
}

TEST_F(SwimTest, WhoHearsNobodyTakesItselfForCutOffAndAccusesNobody) {
  for (std::uint8_t i = 0; i < 60; ++i) {
    Admit(RecordOf(1'000 + MemberKey{i}, static_cast<std::uint8_t>(20 + i)));
  }
  Pass(seconds(8));
  EXPECT_TRUE(swim_.Snapshot().isolated);
  EXPECT_EQ(swim_.counters().local_health, 8);
  EXPECT_EQ(swim_.counters().isolations, 1u);
  const std::uint64_t raised = swim_.counters().suspicions_raised;
  EXPECT_LT(raised, 20u);
  Pass(seconds(20));
  EXPECT_EQ(swim_.counters().suspicions_raised, raised) << "no new accusations";
  swim_.OnRefused(now_, RecordOf(1'059, 79).endpoint);
  EXPECT_EQ(swim_.counters().suspicions_raised, raised) << "nor by a filter of its own";
}

// As behind a translator of addresses, or with a wrong --advertise.
TEST_F(SwimTest, WhoIsAnsweredButNeverAskedSaysThatNobodyReachesItAndStopsRefuting) {
  PassAnswered(a_, seconds(20));
  EXPECT_FALSE(swim_.Snapshot().unreached) << "nobody complains";
  const auto incarnation = [this] { return Find(kSelf)->record.incarnation; };
  const auto suspect = [&] { Say(a_, Suspect{kSelf, Boot32(kBoot), incarnation(), kA, 1}); };
  suspect();
  suspect();
  EXPECT_FALSE(swim_.Snapshot().unreached);
  const std::uint32_t last = incarnation();
  suspect();
  EXPECT_TRUE(swim_.Snapshot().unreached);
  EXPECT_EQ(swim_.counters().unreached, 1u);
  suspect();
  EXPECT_EQ(incarnation(), last) << "they are right";
  Say(a_, Ping{7, kNoMember, 0, MemberState::kAlive, 0});
  EXPECT_TRUE(swim_.Snapshot().unreached) << "that one asks whoever is there";
  Say(a_, Ping{8, kSelf, Boot32(kBoot), MemberState::kDead, last});
  EXPECT_FALSE(swim_.Snapshot().unreached);
  EXPECT_EQ(incarnation(), last + 1) << "and refutes at once";
}

TEST_F(SwimTest, TheLastTwoFindEachOtherDead) {
  Pass(seconds(60));
  EXPECT_EQ(StateOf(kA), MemberState::kDead);
  EXPECT_EQ(StateOf(kB), MemberState::kDead);
  EXPECT_FALSE(swim_.Snapshot().isolated);
}

// Else six members probe it for each suspicion, and on a lossy link each makes a new one.
TEST_F(SwimTest, ARefutationEndsProbesThatWereToConfirm) {
  Say(a_, SuspectOf(b_, kA));
  ASSERT_EQ(StateOf(kB), MemberState::kSuspect);
  ASSERT_EQ(swim_.counters().probes, 1u) << "with three members, each confirms";
  MemberRecord refuted = b_;
  refuted.incarnation = 1;
  Say(a_, Alive{refuted});
  ASSERT_EQ(StateOf(kB), MemberState::kAlive);
  const std::uint64_t failed = swim_.counters().probes_failed;
  swim_.Report(now_, kB, kBoot);
  EXPECT_EQ(swim_.counters().probes, 2u) << "nobody probes it any more";
  EXPECT_EQ(swim_.counters().probes_failed, failed);
}

TEST_F(SwimTest, WhoFlapsIsDegradedForAWhile) {
  MemberRecord b = b_;
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(Find(kB)->degraded);
    Say(a_, SuspectOf(b, kA));
    b.incarnation += 1;
    Say(a_, Alive{b});
  }
  EXPECT_TRUE(Find(kB)->degraded);
  EXPECT_EQ(StateOf(kB), MemberState::kAlive);
  EXPECT_EQ(swim_.counters().degradations, 1u);
  Take();
  const TimePoint until = now_ + seconds(61);
  while (now_ < until) {
    Pass(milliseconds(10));
    for (const auto& [to, packet] : Take()) {
      for (const Message& message : packet.messages) {
        const Ping* ping = std::get_if<Ping>(&message);
        if (ping == nullptr) continue;
        Say(to == a_.endpoint ? a_ : b, PingAck{ping->seq, 0, 0});
      }
    }
  }
  EXPECT_FALSE(Find(kB)->degraded);
}

// It was passed over all the time, so it must not trust what it compared with others meanwhile.
TEST_F(SwimTest, WhoIsUsedAgainAfterItFlappedIsToldThatItWasAvoided) {
  MemberRecord b = b_;
  for (int i = 0; i < 2; ++i) {
    Say(a_, SuspectOf(b, kA));
    b.incarnation += 1;
    Say(a_, Alive{b});
  }
  ASSERT_TRUE(Find(kB)->degraded);
  Take();
  bool told_early = false;
  bool told = false;
  for (int i = 0; i < 10'000 && !told; ++i) {
    Pass(milliseconds(10));
    const bool degraded = Find(kB)->degraded;
    for (const auto& [to, packet] : Take()) {
      for (const Message& message : packet.messages) {
        if (const Ping* ping = std::get_if<Ping>(&message)) {
          Say(to == a_.endpoint ? a_ : b, PingAck{ping->seq, 0, 0});
        }
        const Batch* batch = std::get_if<Batch>(&message);
        if (to != b.endpoint || batch == nullptr) continue;
        for (const Update& update : batch->updates) {
          if (!std::holds_alternative<Dead>(update) || SubjectOf(update) != kB) continue;
          (degraded ? told_early : told) = true;
        }
      }
    }
  }
  EXPECT_FALSE(told_early);
  EXPECT_TRUE(told);
}

// Everybody avoids it already: what it does next is worth no packet of its own.
TEST_F(SwimTest, NewsOfAMemberThatFlapsRidesOnOtherPackets) {
  MemberRecord b = b_;
  for (int i = 0; i < 2; ++i) {
    Say(a_, SuspectOf(b, kA));
    b.incarnation += 1;
    Say(a_, Alive{b});
  }
  ASSERT_TRUE(Find(kB)->degraded);
  const MemberRecord c = RecordOf(400, 4);
  Admit(c);
  int batches = 0;  // alone in a packet
  int rode = 0;     // to C, on something else
  const auto all_answer = [&](Duration duration) {
    batches = rode = 0;
    for (const TimePoint end = now_ + duration; now_ < end;) {
      Pass(milliseconds(10));
      for (const auto& [to, packet] : Take()) {
        const bool batch = std::holds_alternative<Batch>(packet.messages.back());
        if (batch && packet.messages.size() == 1) ++batches;
        if (batch && packet.messages.size() > 1 && to == c.endpoint) ++rode;
        const MemberRecord& from = to == a_.endpoint ? a_ : to == c.endpoint ? c : b;
        for (const Message& message : packet.messages) {
          if (const Ping* ping = std::get_if<Ping>(&message)) Say(from, PingAck{ping->seq, 0, 0});
        }
      }
    }
  };
  all_answer(seconds(3));
  EXPECT_GT(batches, 0) << "the newcomer C is news that presses";
  b.incarnation += 1;
  Say(a_, Alive{b});
  all_answer(seconds(3));
  EXPECT_EQ(batches, 0);
  EXPECT_GT(rode, 0);
}

// Who hears nobody accuses everybody, and is accused itself before long.
TEST_F(SwimTest, TheWordOfTheAccusedConfirmsNothing) {
  MemberRecord c = RecordOf(400, 4);
  Admit(c);
  Say(c, SuspectOf(a_, 400));
  ASSERT_EQ(StateOf(kA), MemberState::kSuspect);
  Say(a_, SuspectOf(b_, kA));
  EXPECT_EQ(StateOf(kB), MemberState::kSuspect) << "it is told, and can refute";
  EXPECT_EQ(swim_.counters().accusations_discounted, 1u);
}

TEST_F(SwimTest, WhoAccusesTheHealthyConfirmsNothing) {
  MemberRecord b = b_;
  for (int i = 0; i < 3; ++i) {
    Say(a_, SuspectOf(b, kA));
    b.incarnation += 1;
    Say(a_, Alive{b});
  }
  EXPECT_EQ(swim_.counters().accusations_discounted, 1u) << "the third, after two refuted";
  Say(a_, SuspectOf(b, kA));
  EXPECT_EQ(StateOf(kB), MemberState::kSuspect) << "it is suspected, and told so";
  EXPECT_EQ(swim_.counters().accusations_discounted, 2u);
}

// Lifeguard's nacks: who is told *no* by its relay can be reached itself.
TEST_F(SwimTest, SilentRelaysAreASignOfBadHealthAndNacksAreNot) {
  swim_.Report(now_, kB, kBoot);
  Pass(milliseconds(100));
  const auto request = Sent<PingReq>(a_.endpoint);
  ASSERT_TRUE(request);
  EXPECT_GT(request->budget_ms, 100u);
  Say(a_, PingNack{request->seq, NackReason::kTimeout});
  Pass(milliseconds(160));
  ASSERT_EQ(StateOf(kB), MemberState::kSuspect);
  EXPECT_EQ(swim_.counters().local_health, 0);
  MemberRecord refuted = b_;
  refuted.incarnation = 1;
  Say(a_, Alive{refuted});
  Take();
  swim_.Report(now_, kB, kBoot);
  Pass(milliseconds(260));
  ASSERT_EQ(StateOf(kB), MemberState::kSuspect);
  EXPECT_GT(swim_.counters().local_health, 0) << "A kept silent";
  EXPECT_EQ(Take().back().second.header.local_health, swim_.counters().local_health);
}

TEST_F(SwimTest, InBadHealthItProbesSlowerAndSuspectsLonger) {
  for (int i = 0; i < 4; ++i) {
    Say(a_, Ping{9, kSelf, Boot32(kBoot), MemberState::kSuspect, Find(kSelf)->record.incarnation});
  }
  ASSERT_EQ(swim_.counters().local_health, 4);
  Take();
  Say(a_, SuspectOf(b_, kA));
  const std::uint64_t probes = swim_.counters().probes;
  Pass(milliseconds(1'100));
  EXPECT_LE(swim_.counters().probes - probes, 2u) << "one every 1.25 s, and the suspect once";
  EXPECT_EQ(StateOf(kB), MemberState::kSuspect) << "not dead after 1 s";
  PassAnswered(a_, seconds(20));
  EXPECT_EQ(swim_.counters().local_health, 0);
  EXPECT_EQ(StateOf(kB), MemberState::kDead);
}

// An ack that waits to be read came in time, if the kernel says so.
TEST_F(SwimTest, NobodyIsJudgedForWhatMayStillWaitToBeRead) {
  swim_.Report(now_, kB, kBoot);
  const auto ping = Sent<Ping>(b_.endpoint);
  ASSERT_TRUE(ping);
  const TimePoint sent = now_;
  Pass(milliseconds(240));
  Take();
  for (int ms = 250; ms <= 260; ++ms) {
    now_ = sent + milliseconds(ms);
    swim_.OnTimer(now_, kWall, sent + milliseconds(230));
    EXPECT_EQ(StateOf(kB), MemberState::kAlive);
  }
  EXPECT_LE(swim_.NextDeadline(), now_) << "the verdict stays due";
  Packet packet;
  packet.header.cluster_hash = kCluster;
  packet.header.key = kB;
  packet.header.boot32 = Boot32(kBoot);
  packet.messages = {PingAck{ping->seq, 0, 0}};
  swim_.OnDatagram(now_, kWall, b_.endpoint, EncodePacket(packet), sent + milliseconds(235));
  swim_.OnTimer(now_, kWall);
  EXPECT_EQ(StateOf(kB), MemberState::kAlive);
}

TEST_F(SwimTest, PingsForOthersAndTellsTheOutcome) {
  Say(a_, PingReq{50, kB, b_.endpoint, true, 100});
  const auto ping = Sent<Ping>(b_.endpoint);
  ASSERT_TRUE(ping);
  Say(b_, PingAck{ping->seq, 3, 0});
  EXPECT_EQ(Sent<PingAck>(a_.endpoint)->seq, 50u);
  Say(a_, PingReq{51, kB, b_.endpoint, true, 100});
  Take();
  Pass(milliseconds(80));
  EXPECT_EQ(Sent<PingNack>(a_.endpoint)->reason, NackReason::kTimeout);
  Say(a_, PingReq{52, kB, b_.endpoint, true, 100});
  Take();
  swim_.OnRefused(now_, b_.endpoint);
  EXPECT_EQ(Sent<PingNack>(a_.endpoint)->reason, NackReason::kRefused);
}

// --- Refusals and echoes. N = 3: kSelf, A and B; all others of B are kSelf and A.

TEST_F(SwimTest, ARefusalAsksRelaysAndTheEchoAtOnce) {
  swim_.OnRefused(now_, b_.endpoint);
  const auto sent = Take();
  ASSERT_EQ(sent.size(), 1u) << "no ping, which would be refused too";
  EXPECT_EQ(sent[0].first, a_.endpoint);
  EXPECT_EQ(std::get<PingReq>(sent[0].second.messages.at(0)).target, kB);
  ASSERT_EQ(echoes_.size(), 1u);
  EXPECT_EQ(echoes_[0].to, b_.endpoint);
  EXPECT_EQ(echoes_[0].target, kB);
  EXPECT_EQ(echoes_[0].boot, kBoot);
  EXPECT_EQ(StateOf(kB), MemberState::kAlive);
}

// Failure catalogue 22
TEST_F(SwimTest, ARefusalAloneWaitsForRelaysAndTheEcho) {
  swim_.OnRefused(now_, b_.endpoint);
  const auto request = Sent<PingReq>(a_.endpoint);
  ASSERT_TRUE(request);
  Say(a_, PingNack{request->seq, NackReason::kTimeout});
  EXPECT_EQ(StateOf(kB), MemberState::kAlive) << "the echo has not come back";
  swim_.OnEcho(now_, request->seq, {});
  EXPECT_EQ(StateOf(kB), MemberState::kSuspect) << "nothing more is to be heard";
  Pass(milliseconds(3));
  const auto news = Sent<Suspect>(a_.endpoint);
  ASSERT_TRUE(news);
  EXPECT_EQ(news->evidence, kEvidenceUdp | kEvidenceRefused);
  PassAnswered(a_, milliseconds(1'000));
  EXPECT_EQ(StateOf(kB), MemberState::kDead);
  EXPECT_EQ(Find(kB)->record.death_reason, DeathReason::kRefused);
}

TEST_F(SwimTest, AllWitnessesRefusedAreADeathWithoutSuspicion) {
  swim_.OnRefused(now_, b_.endpoint);
  const auto request = Sent<PingReq>(a_.endpoint);
  ASSERT_TRUE(request);
  Say(a_, PingNack{request->seq, NackReason::kRefused});
  EXPECT_EQ(StateOf(kB), MemberState::kAlive) << "a firewall could have answered";
  swim_.OnEcho(now_, request->seq, {EchoResult::Outcome::kRefused, kNoMember, 0, 0});
  EXPECT_EQ(StateOf(kB), MemberState::kDead);
  EXPECT_EQ(Find(kB)->record.death_reason, DeathReason::kRefused);
  EXPECT_EQ(swim_.counters().fast_deaths, 1u);
  EXPECT_EQ(swim_.counters().suspicions_raised, 0u);
  Pass(milliseconds(3));
  EXPECT_EQ(Sent<Dead>(a_.endpoint)->reason, DeathReason::kRefused);
}

TEST_F(SwimTest, WitnessesOfOtherProbersAddUp) {
  Suspect suspect = SuspectOf(b_, kA);
  suspect.evidence = kEvidenceUdp | kEvidenceTcp | kEvidenceRefused;
  Say(a_, suspect);
  EXPECT_EQ(StateOf(kB), MemberState::kSuspect) << "one witness";
  swim_.OnRefused(now_, b_.endpoint);
  EXPECT_EQ(StateOf(kB), MemberState::kDead) << "and the second";
}

TEST_F(SwimTest, HearsayIsNoWitness) {
  Suspect suspect = SuspectOf(b_, kA);
  suspect.evidence = kEvidenceRelayed | kEvidenceRefused;  // A's relay, perhaps this process
  Say(a_, suspect);
  swim_.OnRefused(now_, b_.endpoint);
  swim_.OnEcho(now_, echoes_.empty() ? 0 : echoes_.back().seq,
               {EchoResult::Outcome::kRefused, kNoMember, 0, 0});
  EXPECT_EQ(StateOf(kB), MemberState::kSuspect);
}

TEST_F(SwimTest, DatagramsRefusedByAFirewallKillNobodyWhoAnswersByName) {
  swim_.OnRefused(now_, b_.endpoint);
  const auto request = Sent<PingReq>(a_.endpoint);
  ASSERT_TRUE(request);
  Say(a_, PingNack{request->seq, NackReason::kRefused});
  swim_.OnEcho(now_, request->seq, {EchoResult::Outcome::kAnswered, kB, kBoot, 0});
  EXPECT_EQ(StateOf(kB), MemberState::kAlive);
  swim_.OnRefused(now_, b_.endpoint);
  Take();
  swim_.OnEcho(now_, echoes_.back().seq, {EchoResult::Outcome::kRefused, kNoMember, 0, 0});
  EXPECT_EQ(StateOf(kB), MemberState::kAlive) << "what was before its answer counts no more";
}

// Failure catalogue 13
TEST_F(SwimTest, WhoAnswersOverTcpAloneStaysAliveAndIsMarked) {
  swim_.Report(now_, kB, kBoot);
  for (int probe = 0; probe < 2; ++probe) {
    EXPECT_FALSE(Find(kB)->udp_bad) << "once may be loss";
    const auto wish = [&] {
      return std::find_if(echoes_.begin(), echoes_.end(),
                          [](const EchoWish& w) { return w.target == kB; });
    };
    for (int i = 0; i < 100 && wish() == echoes_.end(); ++i) {
      Pass(milliseconds(10));
      Take();
    }
    ASSERT_NE(wish(), echoes_.end());
    const EchoWish answered = *wish();
    echoes_.clear();
    swim_.OnEcho(now_, answered.seq, {EchoResult::Outcome::kAnswered, kB, kBoot, 0});
    Pass(answered.until - now_);
    Take();
  }
  EXPECT_EQ(StateOf(kB), MemberState::kAlive);
  EXPECT_TRUE(Find(kB)->udp_bad);
  EXPECT_EQ(swim_.counters().udp_found_bad, 1u);
  EXPECT_EQ(log_.back(),
            "10.0.0.3:8000 answers over TCP only: datagrams (UDP) do not get there and back");
  std::optional<Ping> ping;
  for (int i = 0; i < 400 && !(ping = Sent<Ping>(b_.endpoint)); ++i) Pass(milliseconds(10));
  ASSERT_TRUE(ping);
  Say(b_, PingAck{ping->seq, 0, 0});
  EXPECT_FALSE(Find(kB)->udp_bad);
}

// Failure catalogue 14
TEST_F(SwimTest, OnlyTheRightNameAndBootProveLife) {
  swim_.Report(now_, kB, kBoot);
  Pass(milliseconds(100));
  Take();
  ASSERT_EQ(echoes_.size(), 1u);
  swim_.OnEcho(now_, echoes_[0].seq, {EchoResult::Outcome::kAnswered, 999, 1, 0});
  Pass(milliseconds(155));
  EXPECT_EQ(StateOf(kB), MemberState::kSuspect);
  const auto news = Sent<Suspect>(a_.endpoint);
  ASSERT_TRUE(news);
  EXPECT_EQ(news->evidence, kEvidenceTcp | kEvidenceRefused | kEvidenceDataPath);
}

// A suspect whose datagrams are blocked refutes over TCP, and who hears it tells the others.
TEST_F(SwimTest, ARefutationOverTcpIsPassedOn) {
  Say(a_, SuspectOf(b_, kA));
  Pass(milliseconds(100));
  Take();
  ASSERT_FALSE(echoes_.empty()) << "whoever hears of a suspicion probes, among so few";
  EXPECT_EQ(echoes_.back().status, MemberState::kSuspect);
  EXPECT_EQ(echoes_.back().incarnation, 0u);
  swim_.OnEcho(now_, echoes_.back().seq, {EchoResult::Outcome::kAnswered, kB, kBoot, 1});
  EXPECT_EQ(StateOf(kB), MemberState::kAlive);
  EXPECT_EQ(Find(kB)->record.incarnation, 1u);
  Pass(milliseconds(3));
  EXPECT_EQ(Sent<Alive>(a_.endpoint)->record.incarnation, 1u);
}

TEST_F(SwimTest, AnEchoThatAccusesIsRefutedInItsAnswer) {
  const std::uint32_t before = Find(kSelf)->record.incarnation;
  const EchoAnswer friendly = swim_.AnswerEcho(now_, {kSelf, kBoot, MemberState::kAlive, before});
  EXPECT_EQ(friendly.key, kSelf);
  EXPECT_EQ(friendly.boot, kBoot);
  EXPECT_EQ(friendly.incarnation, before);
  const EchoAnswer accused = swim_.AnswerEcho(now_, {kSelf, kBoot, MemberState::kSuspect, before});
  EXPECT_EQ(accused.incarnation, before + 1);
  EXPECT_EQ(swim_.AnswerEcho(now_, {kB, kBoot, MemberState::kSuspect, 9}).incarnation, before + 1)
      << "somebody else is meant";
}

TEST_F(SwimTest, AnAckEndsTheEcho) {
  swim_.Report(now_, kB, kBoot);
  const auto ping = Sent<Ping>(b_.endpoint);
  ASSERT_TRUE(ping);
  Pass(milliseconds(100));
  Take();
  ASSERT_EQ(echoes_.size(), 1u);
  EXPECT_EQ(echoes_[0].seq, ping->seq);
  Say(b_, PingAck{ping->seq, 0, 0});
  Take();
  EXPECT_EQ(echoes_over_, std::vector<std::uint32_t>{ping->seq});
  swim_.OnEcho(now_, ping->seq, {EchoResult::Outcome::kRefused, kNoMember, 0, 0});
  Pass(milliseconds(300));
  EXPECT_EQ(StateOf(kB), MemberState::kAlive) << "too late to matter";
}

TEST_F(SwimTest, SomebodyElseAtTheAddressCountsAsRefused) {
  swim_.Report(now_, kB, kBoot);
  const auto ping = Sent<Ping>(b_.endpoint);
  ASSERT_TRUE(ping);
  SayFrom(b_.endpoint, RecordOf(777, 3), NotMe{ping->seq, 777, 1, 0});
  Take();
  ASSERT_EQ(echoes_.size(), 1u);
  Say(a_, PingNack{ping->seq, NackReason::kNotMe});
  swim_.OnEcho(now_, ping->seq, {EchoResult::Outcome::kAnswered, 777, 1, 0});
  EXPECT_EQ(StateOf(kB), MemberState::kDead);
  EXPECT_EQ(Find(kB)->record.death_reason, DeathReason::kRefused);
}

TEST_F(SwimTest, SomebodyElseWhoStartedLaterSupersedes) {
  swim_.Report(now_, kB, kBoot);
  const auto ping = Sent<Ping>(b_.endpoint);
  ASSERT_TRUE(ping);
  MemberRecord later = RecordOf(777, 3);
  later.boot = kBoot + 1;
  SayFrom(b_.endpoint, later, NotMe{ping->seq, 777, Boot32(later.boot), 0});
  EXPECT_EQ(StateOf(kB), MemberState::kDead);
  EXPECT_EQ(Find(kB)->record.death_reason, DeathReason::kSuperseded);
  swim_.Report(now_, kA, kBoot);
  Pass(milliseconds(100));
  Take();
  ASSERT_EQ(echoes_.size(), 1u);
  swim_.OnEcho(now_, echoes_[0].seq, {EchoResult::Outcome::kAnswered, 778, kBoot + 1, 0});
  EXPECT_EQ(Find(kA)->record.death_reason, DeathReason::kSuperseded);
}

TEST_F(SwimTest, ABootFromTheFutureSupersedesNobody) {
  swim_.Report(now_, kB, kBoot);
  Pass(milliseconds(100));
  Take();
  ASSERT_EQ(echoes_.size(), 1u);
  swim_.OnEcho(now_, echoes_[0].seq,
               {EchoResult::Outcome::kAnswered, 777, kBoot + 2 * kMaxBootLead, 0});
  EXPECT_EQ(StateOf(kB), MemberState::kAlive) << "one witness";
}

// Else the relays of one probe would each ask relays in turn.
TEST_F(SwimTest, ARelayLeavesARefusalToItsAsker) {
  Say(a_, PingReq{52, kB, b_.endpoint, true, 100});
  Take();
  swim_.OnRefused(now_, b_.endpoint);
  EXPECT_EQ(Sent<PingNack>(a_.endpoint)->reason, NackReason::kRefused);
  EXPECT_TRUE(echoes_.empty());
  EXPECT_EQ(swim_.counters().probes, 0u);
}

TEST_F(SwimTest, ReportsToControllersAreLimited) {
  MemberRecord controller = RecordOf(400, 9);
  controller.roles = kRoleController;
  controller.seat = 0;
  Admit(controller);
  std::vector<MemberRecord> members;
  for (std::uint8_t i = 0; i < 30; ++i) {
    members.push_back(RecordOf(1'000 + i, static_cast<std::uint8_t>(20 + i)));
    Admit(members.back());
  }
  Take();
  for (const MemberRecord& r : members) swim_.Report(now_, r.key(), kBoot);
  int reports = 0;
  for (const auto& [to, packet] : Take()) {
    for (const Message& message : packet.messages) {
      if (!std::holds_alternative<Report>(message)) continue;
      EXPECT_EQ(to, controller.endpoint);
      ++reports;
    }
  }
  EXPECT_EQ(reports, kMaxReportsASecond);
  EXPECT_EQ(swim_.counters().reports_held_back, 10u);
  EXPECT_EQ(swim_.counters().probes, 30u) << "all are probed nevertheless";
}

// A death that comes in a member exchange may be a cut's.
TEST_F(SwimTest, DeathInAnExchangeIsASuspicionFirst) {
  MemberRecord dead = b_;
  dead.state = MemberState::kDead;
  Say(a_, Exchange{0, {}, {dead}});
  EXPECT_EQ(StateOf(kB), MemberState::kSuspect);
  MemberRecord unknown = RecordOf(400, 9);
  unknown.state = MemberState::kDead;
  unknown.age_s = 30;
  unknown.owned_at_end = true;
  Say(a_, Exchange{0, {}, {unknown}});
  EXPECT_EQ(StateOf(400), MemberState::kDead);
  EXPECT_TRUE(Find(400)->record.owned_at_end);
  EXPECT_EQ(Find(400)->since, now_ - seconds(30));
}

TEST_F(SwimTest, TheDeadWhoSpeakAreToldAndNotBelievedAboutOthers) {
  Say(a_, Dead{kB, Boot32(kBoot), 0, kA, DeathReason::kTimeout, 0});
  Take();
  Say(b_, Dead{kA, Boot32(kBoot), 0, kB, DeathReason::kTimeout, 0});
  EXPECT_EQ(StateOf(kA), MemberState::kSuspect) << "not dead: it may refute";
  EXPECT_EQ(Sent<Dead>(b_.endpoint)->key, kB);
}

TEST_F(SwimTest, DataPathTeachesMembersButKillsNobody) {
  MemberRecord dead = b_;
  dead.state = MemberState::kDead;
  const std::vector<MemberRecord> records = {RecordOf(400, 9), dead};
  swim_.Learn(now_, records);
  EXPECT_EQ(StateOf(400), MemberState::kAlive);
  EXPECT_FALSE(Find(400)->verified);
  EXPECT_EQ(StateOf(kB), MemberState::kSuspect);
}

TEST_F(SwimTest, ALeaveInALaterBootIsCountedAsNoDeath) {
  MemberRecord left = a_;
  left.boot = kBoot + 1;
  left.state = MemberState::kLeft;
  swim_.Learn(now_, std::vector<MemberRecord>{left});
  EXPECT_EQ(StateOf(kA), MemberState::kLeft);
  EXPECT_EQ(swim_.counters().deaths, (std::array<std::uint64_t, 4>{}));
}

TEST_F(SwimTest, JoinIsAnsweredWithWhatTheJoinerNeeds) {
  MemberRecord joiner = RecordOf(400, 9);
  joiner.seat = 0;
  joiner.replicas = joiner.partition_digits = 0;
  Say(joiner, Join{joiner, {}, {}, true});
  const auto ok = Sent<JoinOk>(joiner.endpoint);
  ASSERT_TRUE(ok);
  EXPECT_EQ(ok->foundation, foundation_);
  EXPECT_EQ(ok->settings, (ClusterSettings{3, 2, 3600}));
  EXPECT_EQ(ok->sample.at(0).key(), kSelf);
  EXPECT_NE(ok->exchange_with, kNoMember);
  EXPECT_FALSE(Find(400)) << "it has not shown our foundation yet";
}

// A joining member would let the joiner wait for the whole exchange deadline.
TEST_F(SwimTest, TheBulkComesFromOneThatHasJoinedItself) {
  MemberRecord ready = RecordOf(600, 6);
  ready.phase = Phase::kSyncing;
  Admit(ready);
  std::set<MemberKey> named;
  for (std::uint8_t i = 0; i < 100; ++i) {
    const MemberRecord joiner = RecordOf(1'000 + i, static_cast<std::uint8_t>(20 + i));
    Say(joiner, Join{joiner, {}, {}, true});
    const auto ok = Sent<JoinOk>(joiner.endpoint);
    ASSERT_TRUE(ok);
    EXPECT_EQ(ok->sample.size(), 4u);
    named.insert(ok->exchange_with);
  }
  EXPECT_EQ(named, (std::set<MemberKey>{kSelf, 600}));
}

TEST_F(SwimTest, JoinersAreAnsweredAtOnceAndTheirNewsGoesInBatches) {
  Pass(seconds(2));
  Take();
  std::set<TimePoint> batches;
  for (std::uint8_t i = 0; i < 100; ++i) {
    const MemberRecord joiner = RecordOf(1'000 + i, static_cast<std::uint8_t>(20 + i));
    Admit(joiner);
    EXPECT_TRUE(Sent<JoinOk>(joiner.endpoint));
    const std::uint64_t pushes = swim_.counters().pushes;
    Pass(milliseconds(2));
    if (swim_.counters().pushes > pushes) batches.insert(now_);
  }
  EXPECT_GE(batches.size(), 5u);
  EXPECT_LE(batches.size(), 12u) << "100 newcomers in 200 ms";
}

// It does not know yet who had the newcomer's address before.
TEST_F(SwimTest, WhoHasNotJoinedAdmitsOnlyWhoHas) {
  MemberRecord controller = RecordOf(500, 7);
  controller.roles = kRoleController;
  swim_ = Swim(Config(), controller, {}, now_, kWall, Rng(6));
  const ClusterSettings settings{kDefaultReplicas, kDefaultPartitionDigits, kDefaultTombstoneAgeS};
  const auto joins = [&](const MemberRecord& r, bool wants_state) {
    Say(r, Join{r, foundation_, settings, wants_state});
    return Sent<JoinOk>(r.endpoint).has_value();
  };
  EXPECT_TRUE(joins(a_, true));
  EXPECT_EQ(swim_.Snapshot().foundation, foundation_) << "told of its cluster";
  EXPECT_FALSE(swim_.Snapshot().joined);
  EXPECT_FALSE(Find(kA));
  EXPECT_TRUE(joins(b_, false));
  EXPECT_TRUE(Find(kB));
}

// Its own boot number may still be below that of a former process at its address.
TEST_F(SwimTest, TheAnswerOfOneThatHasNotJoinedNamesNobody) {
  SwimConfig config = Config();
  config.contacts = 1;
  swim_ = Swim(config, RecordOf(500, 7), {}, now_, kWall, Rng(6));
  swim_.SetContact(now_, 0, {a_.endpoint});
  swim_.OnTimer(now_, kWall);
  JoinOk ok;
  ok.foundation = foundation_;
  ok.settings = {kDefaultReplicas, kDefaultPartitionDigits, kDefaultTombstoneAgeS};
  ok.sample = {a_};
  Say(a_, ok);
  EXPECT_EQ(swim_.Snapshot().foundation, foundation_);
  EXPECT_FALSE(Find(kA));
  ok.exchange_with = kA;
  Say(a_, ok);
  EXPECT_TRUE(Find(kA));
}

TEST_F(SwimTest, JoinRefusalsNameTheirReason) {
  MemberRecord joiner = RecordOf(400, 9);
  Say(joiner, Join{joiner, {}, {0, 3, 0}, true});
  EXPECT_EQ(Sent<JoinNo>(joiner.endpoint)->reason, JoinRefusal::kSettings);
  Say(joiner, Join{joiner, Foundation{1, 2}, {3, 2, 3600}, true});
  EXPECT_EQ(Sent<JoinNo>(joiner.endpoint)->reason, JoinRefusal::kOtherFoundation);
  joiner.proto_min = joiner.proto_max = 2;
  Say(joiner, Join{joiner, {}, {}, true});
  EXPECT_EQ(Sent<JoinNo>(joiner.endpoint)->reason, JoinRefusal::kProtocol);
  MemberRecord late = RecordOf(401, 2);  // at A's address, with an older boot
  late.boot = kBoot - 10;
  Say(late, Join{late, foundation_, {3, 2, 3600}, true});
  const auto held = Sent<JoinNo>(late.endpoint);
  ASSERT_TRUE(held);
  EXPECT_EQ(held->reason, JoinRefusal::kAddressHeld);
  EXPECT_EQ(held->holder_boot, kBoot);
}

TEST_F(SwimTest, SettingsOutsideTheBoundsAreOfNoCluster) {
  const MemberRecord joiner = RecordOf(400, 9);
  Say(joiner, Join{joiner, foundation_, {kMaxReplicas + 1, 2, 3600}, true});
  Say(joiner, Join{joiner, foundation_, {3, kMaxPartitionDigits + 1, 3600}, true});
  EXPECT_FALSE(Sent<JoinOk>(joiner.endpoint));
  Say(joiner, Join{joiner, foundation_, {3, 2, 3600}, true});
  EXPECT_TRUE(Sent<JoinOk>(joiner.endpoint));
}

TEST_F(SwimTest, OversleepingIsAnnouncedBeforeAnybodyAsks) {
  const std::uint32_t before = Find(kSelf)->record.incarnation;
  now_ += seconds(2);
  swim_.OnTimer(now_, kWall);
  EXPECT_EQ(Find(kSelf)->record.incarnation, before + 1);
  Take();
  EXPECT_TRUE(suspected_self_);
  EXPECT_EQ(StateOf(kA), MemberState::kAlive);
}

TEST_F(SwimTest, AfterItLeftItOnlySaysGoodbye) {
  swim_.Leave(now_, LeaveKind::kEmptied);
  EXPECT_EQ(Sent<Left>(a_.endpoint)->kind, LeaveKind::kEmptied);
  EXPECT_EQ(StateOf(kSelf), MemberState::kLeft);
  Say(a_, Ping{9, kSelf, Boot32(kBoot), MemberState::kAlive, 0});
  EXPECT_FALSE(Sent<PingAck>());
  Pass(milliseconds(300));
  EXPECT_TRUE(Sent<Left>());
  EXPECT_EQ(swim_.NextDeadline(), kNever);
}

TEST_F(SwimTest, SupersededProcessComesBackWithANewBoot) {
  Say(a_, Dead{kSelf, Boot32(kBoot), kFinalIncarnation, kA, DeathReason::kSuperseded, 0});
  EXPECT_EQ(Find(kSelf)->record.boot, kBoot);
  EXPECT_NE(swim_.Snapshot().excluded, "");
  Take();
  EXPECT_TRUE(suspected_self_);
  const Endpoint own = RecordOf(kSelf, 1).endpoint;
  Pass(seconds(31));
  const auto sent = Take();
  ASSERT_EQ(sent.size(), 1u) << "it asks at its address, and is silent otherwise";
  ASSERT_EQ(sent[0].first, own);
  const std::uint32_t seq = std::get<Ping>(sent[0].second.messages[0]).seq;
  Say(RecordOf(999, 1), NotMe{seq, 999, 1, 0});
  EXPECT_EQ(Find(kSelf)->record.boot, kBoot) << "somebody else answers there";
  Pass(seconds(31));
  const auto again = Take();
  ASSERT_EQ(again.size(), 1u);
  swim_.OnDatagram(now_, kWall, own, EncodePacket(again[0].second));
  EXPECT_GT(Find(kSelf)->record.boot, kBoot) << "its own question has come back";
  EXPECT_EQ(swim_.Snapshot().excluded, "");
}

TEST_F(SwimTest, EveryDatagramIsReadableAndShort) {
  for (std::uint8_t i = 0; i < 60; ++i) {
    Admit(RecordOf(1'000 + MemberKey{i} * 7'777'777'777'777, static_cast<std::uint8_t>(20 + i)));
  }
  Pass(seconds(5));
  for (const auto& sent : Take()) EXPECT_TRUE(sent.first.IsUsableAsPeer());
}

}  // namespace
}  // namespace vf
