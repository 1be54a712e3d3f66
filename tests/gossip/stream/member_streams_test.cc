#include "gossip/stream/member_streams.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "gossip/members/view_hash.h"
#include "gossip/stream/stream_codec.h"
#include "tests/gossip/stream/stream_world.h"

namespace vf {
namespace {

ExchangeWish ExchangeWith(std::size_t index, bool everything = false) {
  const MemberRecord r = StreamWorld::RecordOf(index);
  return {1, r.endpoint, r.key(), everything};
}

EchoWish EchoTo(StreamWorld& world, std::size_t index) {
  const MemberRecord r = StreamWorld::RecordOf(index);
  EchoWish wish;
  wish.seq = 77;
  wish.to = r.endpoint;
  wish.target = r.key();
  wish.boot = r.boot;
  wish.until = world.now() + milliseconds(100);
  return wish;
}

MemberKey KeyOf(std::size_t index) { return StreamWorld::RecordOf(index).key(); }

std::uint64_t Ends(const StreamCounters& counters, LinkEnd end) {
  return counters.ends[static_cast<std::size_t>(end)].value();
}

// One frame of `message` behind the HELLO of the process `index`, as a stranger says it.
std::string HelloOf(StreamWorld& world, std::size_t index) {
  return EncodeHello(world[index].swim.Hello());
}

// --- Echo

TEST(MemberStreamsTest, AnEchoIsAnsweredAndTheConnectionEnds) {
  StreamWorld world(3);
  world.LoseAllDatagrams();
  world[0].Wish(world.now(), EchoTo(world, 1));
  EXPECT_EQ(world[0].streams.outgoing(), 1u);
  world.Run();
  EXPECT_EQ(world[1].counters().echoes_answered.value(), 1u);
  EXPECT_EQ(world[0].streams.outgoing(), 0u);
  EXPECT_EQ(world[1].streams.incoming(), 0u);
  EXPECT_EQ(world[0].counters().opened.value(), world[0].counters().closed.value());
}

TEST(MemberStreamsTest, NobodyListeningRefusesAnEcho) {
  StreamWorld world(3);
  world.LoseAllDatagrams();
  world.Kill(1);
  world[0].Wish(world.now(), EchoTo(world, 1));
  world.Run();
  EXPECT_EQ(Ends(world[0].counters(), LinkEnd::kRefused), 1u);
  EXPECT_EQ(world[0].streams.outgoing(), 0u);
}

// Failure catalogue, 14.
TEST(MemberStreamsTest, AProxyThatAcceptsEverythingAnswersNoEcho) {
  StreamWorld world(3);
  world.LoseAllDatagrams();
  world.Replace(1, [](const std::string&) { return std::string(); });
  world[0].Wish(world.now(), EchoTo(world, 1));
  world.Run(milliseconds(99));
  EXPECT_EQ(world[0].streams.outgoing(), 1u);
  world.Run(milliseconds(2));
  EXPECT_EQ(world[0].streams.outgoing(), 0u) << "cut when nobody waits for it any more";
  EXPECT_EQ(Ends(world[0].counters(), LinkEnd::kHandshakeTimeout), 1u);
}

TEST(MemberStreamsTest, AnEchoThatRepeatsNoNonceIsNoAnswer) {
  StreamWorld world(3);
  world.LoseAllDatagrams();
  int answers = 0;
  const std::string hello = HelloOf(world, 1);
  world.Replace(1, [&](const std::string&) {
    if (answers++ == 0) return hello;
    return EncodeStreamFrame({1, EchoOk{12345, KeyOf(1), StreamWorld::RecordOf(1).boot, 1}});
  });
  world[0].Wish(world.now(), EchoTo(world, 1));
  world.Run();
  EXPECT_EQ(Ends(world[0].counters(), LinkEnd::kBadFrame), 1u);
}

TEST(MemberStreamsTest, AnEchoOfWhichNobodyWantsToHearAnyMoreIsDropped) {
  StreamWorld world(3);
  world.LoseAllDatagrams();
  world.Replace(1, [](const std::string&) { return std::string(); });
  world[0].Wish(world.now(), EchoTo(world, 1));
  SwimOutputs over;
  over.echoes_over.push_back(77);
  world[0].streams.TakeWishes(world.now(), over);
  EXPECT_EQ(world[0].streams.outgoing(), 0u);
  world.Run(seconds(1));
}

TEST(MemberStreamsTest, WishesBeyondTheLimitFailWithoutAConnection) {
  StreamConfig config;
  config.max_outgoing = 4;
  StreamWorld world(3, config);
  world.LoseAllDatagrams();
  world.Replace(1, [](const std::string&) { return std::string(); });
  for (std::uint32_t i = 0; i < 10; ++i) {
    EchoWish wish = EchoTo(world, 1);
    wish.seq = i;
    world[0].Wish(world.now(), wish);
  }
  EXPECT_EQ(world[0].streams.outgoing(), 4u);
  EXPECT_EQ(world[0].counters().refused_outgoing.value(), 6u);
  EXPECT_LE(world[0].streams.NextDeadline(), world.now());
  world.Run();
  EXPECT_GT(world[0].streams.NextDeadline(), world.now());
}

// --- Exchange

TEST(MemberStreamsTest, AnExchangeTellsEachSideWhatOnlyTheOtherKnows) {
  StreamWorld world(2);
  world.LoseAllDatagrams();
  const MemberRecord known_to_0 = StreamWorld::RecordOf(100);
  const MemberRecord known_to_1 = StreamWorld::RecordOf(200);
  world[0].swim.Learn(world.now(), {&known_to_0, 1});
  world[1].swim.Learn(world.now(), {&known_to_1, 1});
  world[0].Wish(world.now(), ExchangeWith(1));
  world.Run();
  EXPECT_TRUE(world[0].Knows(known_to_1.key()));
  EXPECT_TRUE(world[1].Knows(known_to_0.key()));
  EXPECT_EQ(world[0].swim.view_hash(), world[1].swim.view_hash());
  EXPECT_EQ(world[0].counters().exchanges_done.value(), 1u);
  EXPECT_EQ(world[1].counters().exchanges_served.value(), 1u);
  EXPECT_EQ(world[0].streams.outgoing() + world[1].streams.incoming(), 0u);
}

TEST(MemberStreamsTest, OnlyBucketsThatDifferTravel) {
  StreamWorld world(50);
  world.LoseAllDatagrams();
  const MemberRecord news = StreamWorld::RecordOf(100);
  world[1].swim.Learn(world.now(), {&news, 1});
  world[0].Wish(world.now(), ExchangeWith(1));
  world.Run();
  EXPECT_EQ(world[0].counters().parts_in.value(), 1u);
  EXPECT_EQ(world[0].counters().parts_out.value(), 0u) << "nothing was missing there";
}

TEST(MemberStreamsTest, ADeathThatIsToldIsASuspicionFirst) {
  StreamWorld world(3);
  world.LoseAllDatagrams();
  // 1 believes 2 dead since an exchange would tell it: as others who have buried it do.
  MemberRecord dead = StreamWorld::RecordOf(2);
  dead.state = MemberState::kDead;
  Exchange part{static_cast<std::uint8_t>(BucketOf(dead.key())), {}, {dead}};
  world[0].swim.OnExchangePart(world.now(), world[1].swim.Hello(), part);
  const MembershipSnapshot snapshot = world[0].swim.Snapshot();
  EXPECT_EQ(world[0].Find(snapshot, dead.key())->record.state, MemberState::kSuspect);
}

TEST(MemberStreamsTest, PartsOfStrangersAndOfOtherClustersAreNotBelieved) {
  StreamWorld world(2);
  const MemberRecord news = StreamWorld::RecordOf(100);
  const Exchange part{static_cast<std::uint8_t>(BucketOf(news.key())), {news}, {}};
  PeerHello stranger = world[1].swim.Hello();
  stranger.key = KeyOf(300);
  world[0].swim.OnExchangePart(world.now(), stranger, part);
  EXPECT_FALSE(world[0].Knows(news.key()));
  PeerHello other = world[1].swim.Hello();
  other.foundation.random ^= 1;
  world[0].swim.OnExchangePart(world.now(), other, part);
  EXPECT_FALSE(world[0].Knows(news.key()));
  world[0].swim.OnExchangePart(world.now(), world[1].swim.Hello(), part);
  EXPECT_TRUE(world[0].Knows(news.key()));
}

TEST(MemberStreamsTest, TheNinthAskerIsToldToGoElsewhere) {
  StreamConfig config;
  config.chunk_bytes = 1;
  StreamWorld world(30, config);
  world.LoseAllDatagrams();
  // They have said HELLO, and read nothing of what they ask for.
  for (std::size_t i = 10; i <= 18; ++i) {
    const auto stream = world[0].streams.AcceptAfterHello(world.now(), world[i].swim.Hello());
    ASSERT_TRUE(stream);
    world[0].streams.OnBytes(world.now(), *stream,
                             AsBytes(EncodeStreamFrame({1, ExchangeDigests{}})));
  }
  EXPECT_EQ(world[0].counters().exchanges_refused.value(), 1u);
  world.Run(seconds(3));
  EXPECT_EQ(world[0].streams.incoming(), 0u) << "who reads nothing is cut";
  EXPECT_GE(Ends(world[0].counters(), LinkEnd::kStalled), 8u);
  world[20].Wish(world.now(), ExchangeWith(0, true));
  world.Run();
  EXPECT_EQ(world[20].counters().exchanges_done.value(), 1u) << "the places are free again";
}

TEST(MemberStreamsTest, SomebodyElseAtTheAddressIsNotAsked) {
  StreamWorld world(3);
  world.LoseAllDatagrams();
  ExchangeWish wish = ExchangeWith(1);
  wish.peer = KeyOf(2);
  world[0].Wish(world.now(), wish);
  world.Run();
  EXPECT_EQ(Ends(world[0].counters(), LinkEnd::kOtherMember), 1u);
  EXPECT_EQ(world[0].counters().exchanges_failed.value(), 1u);
}

TEST(MemberStreamsTest, AnExchangeIsCutWhenNothingComesForTooLong) {
  StreamWorld world(3);
  world.LoseAllDatagrams();
  int sent = 0;
  const std::string hello = HelloOf(world, 1);
  world.Replace(1, [&](const std::string&) { return sent++ == 0 ? hello : std::string(); });
  world[0].Wish(world.now(), ExchangeWith(1));
  world.Run(milliseconds(1990));
  EXPECT_EQ(world[0].streams.outgoing(), 1u);
  world.Run(milliseconds(20));
  EXPECT_EQ(world[0].streams.outgoing(), 0u);
  EXPECT_EQ(Ends(world[0].counters(), LinkEnd::kStalled), 1u);
  EXPECT_EQ(world[0].counters().exchanges_failed.value(), 1u);
}

TEST(MemberStreamsTest, AListThatNeverEndsIsCutAtItsLastDeadline) {
  StreamWorld world(2);
  world.LoseAllDatagrams();
  const auto stream = world[0].streams.AcceptAfterHello(world.now(), world[1].swim.Hello());
  const std::string echo = EncodeStreamFrame({1, Echo{1, KeyOf(0), 1}});
  for (int i = 0; i < 100; ++i) {
    world[0].streams.OnBytes(world.now(), *stream, AsBytes(echo));
    world[0].streams.OnSent(world.now(), *stream);
    world.Run(milliseconds(500));
  }
  EXPECT_EQ(world[0].streams.incoming(), 0u);
}

TEST(MemberStreamsTest, WhoAsksWithoutReadingIsCut) {
  StreamWorld world(2);
  world.LoseAllDatagrams();
  const auto stream = world[0].streams.AcceptAfterHello(world.now(), world[1].swim.Hello());
  std::string flood;
  for (int i = 0; i < 20'000; ++i) flood += EncodeStreamFrame({1, Echo{1, KeyOf(0), 1}});
  world[0].streams.OnBytes(world.now(), *stream, AsBytes(flood));
  EXPECT_EQ(world[0].streams.incoming(), 0u);
  EXPECT_EQ(Ends(world[0].counters(), LinkEnd::kStalled), 1u);
}

TEST(MemberStreamsTest, SilentConnectionsAreClosedAndThereAreOnlySoMany) {
  StreamConfig config;
  config.max_incoming = 5;
  StreamWorld world(2, config);
  world.LoseAllDatagrams();
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(world[0].streams.Accept(world.now()));
  EXPECT_FALSE(world[0].streams.Accept(world.now()));
  EXPECT_EQ(world[0].counters().refused_incoming.value(), 1u);
  world.Run(seconds(2));
  EXPECT_EQ(world[0].streams.incoming(), 0u);
  EXPECT_TRUE(world[0].streams.AcceptAfterHello(world.now(), world[1].swim.Hello()));
  world.Run(seconds(6));
  EXPECT_EQ(world[0].streams.incoming(), 0u);
  EXPECT_EQ(Ends(world[0].counters(), LinkEnd::kIdle), 1u);
}

TEST(MemberStreamsTest, FramesOutOfPlaceEndAConnectionAndUnknownOnesAreSkipped) {
  const auto says = [](StreamMessage message) {
    return EncodeStreamFrame({1, std::move(message)});
  };
  const std::string unknown("\0\0\0\3\x92\x0c\x01", 7);
  struct Case {
    std::string bytes;
    bool stays;
  };
  for (const Case& c :
       {Case{unknown, true}, Case{says(Echo{1, 2, 3}), true}, Case{says(EchoOk{1, 2, 3, 4}), false},
        Case{says(Exchange{}), false}, Case{says(ExchangeEnd{}), false},
        Case{says(ExchangeBusy{}), false}, Case{std::string("\xff\xff\xff\xff", 4), false},
        Case{std::string("\0\0\0\2\x91\xc0", 6), false}}) {
    StreamWorld world(2);
    const auto stream = world[0].streams.AcceptAfterHello(world.now(), world[1].swim.Hello());
    world[0].streams.OnBytes(world.now(), *stream, AsBytes(c.bytes));
    EXPECT_EQ(world[0].streams.incoming(), c.stays ? 1u : 0u) << ToHex(AsBytes(c.bytes));
  }
}

TEST(MemberStreamsTest, NothingIsSaidToOtherClusters) {
  StreamWorld world(2);
  world.LoseAllDatagrams();
  PeerHello foreign = world[1].swim.Hello();
  foreign.cluster_hash ^= 1;
  const auto stream = world[0].streams.Accept(world.now());
  world[0].streams.OnBytes(world.now(), *stream,
                           AsBytes(kPeerProtocolByte + EncodeHello(foreign) +
                                   EncodeStreamFrame({1, ExchangeDigests{}})));
  world[0].streams.OnSent(world.now(), *stream);
  EXPECT_EQ(Ends(world[0].counters(), LinkEnd::kOtherCluster), 1u);
  EXPECT_EQ(world[0].counters().parts_out.value(), 0u);
  EXPECT_EQ(world[0].counters().opened.value(), 0u);
}

// --- The Swim's own wishes

TEST(MemberStreamsTest, AJoinerGetsItsStateOverTcp) {
  StreamWorld world(40);
  world.LoseExchangeDatagrams();
  world.Join(3);
  world.Run(milliseconds(100));
  const auto& joiner = world[40];
  EXPECT_TRUE(joiner.swim.Snapshot().joined);
  EXPECT_EQ(joiner.counters().exchanges_done.value(), 1u);
  EXPECT_EQ(joiner.swim.view_members(), 41u);
  world.Run(seconds(1));
  EXPECT_EQ(joiner.swim.view_hash(), world[17].swim.view_hash());
}

TEST(MemberStreamsTest, AJoinerWhoseConnectionsFailJoinsByDatagrams) {
  StreamWorld world(40);
  for (std::size_t i = 0; i < 40; ++i) world.Replace(i, [](auto&) { return std::string(); });
  world.Join(3);
  world.Run(milliseconds(900));
  EXPECT_FALSE(world[40].swim.Snapshot().joined);
  world.Run(milliseconds(1500));
  EXPECT_TRUE(world[40].swim.Snapshot().joined);
  EXPECT_EQ(world[40].counters().exchanges_done.value(), 0u);
  EXPECT_GE(world[40].counters().exchanges_failed.value(), 1u);
}

TEST(MemberStreamsTest, AJoinerThatIsTurnedAwayAsksAnotherMember) {
  StreamConfig config;
  config.max_served = 0;
  StreamWorld world(40, config);
  world.Join(3);
  world.Run(seconds(1));
  EXPECT_TRUE(world[40].swim.Snapshot().joined) << "by datagrams, when everybody is busy";
  EXPECT_EQ(world[40].counters().exchanges_busy.value(), 4u);
}

TEST(MemberStreamsTest, ManyDifferencesGoOverTcpAndFewByDatagrams) {
  for (const std::size_t news : {std::size_t{1}, std::size_t{30}}) {
    StreamWorld world(2);
    // News that nobody spreads: as after a loss.
    std::vector<MemberRecord> records;
    for (std::size_t i = 0; i < news; ++i) records.push_back(StreamWorld::RecordOf(100 + i));
    world[1].swim.Learn(world.now(), records);
    SwimOutputs lost;
    world.LoseAllDatagrams();
    world.Run(seconds(1));
    EXPECT_EQ(world[0].swim.view_members(), 2u);
    world.LoseAllDatagrams(false);
    world.Run(seconds(4));
    EXPECT_EQ(world[0].swim.view_hash(), world[1].swim.view_hash());
    const std::uint64_t streams =
        world[0].counters().exchanges_done.value() + world[1].counters().exchanges_done.value();
    EXPECT_EQ(streams > 0, news > kMaxDatagramBuckets) << news;
  }
}

// --- Memory

// Failure catalogue, 18.
TEST(MemberStreamsTest, ManyWhoAskForTenThousandMembersShareOneEncoding) {
  StreamWorld world(3);
  world.LoseAllDatagrams();
  std::vector<MemberRecord> all;
  for (std::size_t i = 10; i < 10'000; ++i) all.push_back(StreamWorld::RecordOf(i));
  world[0].swim.Learn(world.now(), all);
  const StreamConfig config;
  EncodedBuckets buckets(world[0].swim, config);
  std::size_t bytes = 0;
  std::vector<BucketParts> first;
  for (std::size_t b = 0; b < kViewBuckets; ++b) {
    first.push_back(buckets.Get(world.now(), b));
    for (const std::string& part : *first.back()) bytes += part.size();
  }
  EXPECT_LT(bytes, 1'000'000u);
  const MemberRecord news = StreamWorld::RecordOf(20'000);
  world[0].swim.Learn(world.now(), {&news, 1});
  for (std::size_t b = 0; b < kViewBuckets; ++b) {
    EXPECT_EQ(buckets.Get(world.now(), b) == first[b], b != BucketOf(news.key())) << b;
  }
}

TEST(MemberStreamsTest, AnExchangeOfTenThousandMembersGoesOutInChunks) {
  StreamWorld world(3);
  world.LoseAllDatagrams();
  std::vector<MemberRecord> all;
  for (std::size_t i = 10; i < 10'000; ++i) all.push_back(StreamWorld::RecordOf(i));
  world[0].swim.Learn(world.now(), all);
  world[1].Wish(world.now(), ExchangeWith(0, true));
  world.Run();
  EXPECT_EQ(world[1].swim.view_hash(), world[0].swim.view_hash());
  EXPECT_LE(world.longest_send(), 65'536u + 128 * 100);
  EXPECT_EQ(world[1].counters().exchanges_done.value(), 1u);
}

}  // namespace
}  // namespace vf
