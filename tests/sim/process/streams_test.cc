#include "tools/cluster-sim/process/streams.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace vf::sim {
namespace {

// One end that notes what it hears.
class TestUser : public StreamUser {
 public:
  void OnStreamConnected() override { heard += "connected;"; }
  void OnStreamBytes(std::string bytes) override { heard += bytes + ";"; }
  void OnStreamWritable() override { heard += "room;"; }
  void OnStreamEnd(StreamEnd end) override {
    heard += end == StreamEnd::kRefused  ? "refused;"
             : end == StreamEnd::kClosed ? "closed;"
                                         : "reset;";
  }
  std::string heard;
};

class StreamsTest : public testing::Test, protected StreamHosts {
 protected:
  StreamsTest() : network(NetworkSpec(), 2, Rng(1)), streams(loop, network, *this) {}

  bool IsHostUp(HostNumber host) const override { return up[host]; }
  StreamUser* OnStreamAccept(HostNumber, StreamId id) override {
    if (!listens) return nullptr;
    server_id = id;
    return &server;
  }
  void Run(Duration duration) { loop.RunUntil(loop.now() + duration); }
  StreamId ConnectFully() {
    const StreamId id = streams.Connect(0, 1, client);
    Run(milliseconds(20));
    EXPECT_EQ(client.heard, "connected;");
    client.heard.clear();
    return id;
  }
  DisturbanceId Cut(bool outgoing = true, bool incoming = true) {
    Disturbance cut;
    cut.kind = Disturbance::Kind::kCut;
    cut.traffic = Traffic::kStreams;
    cut.hosts = {1};
    cut.outgoing = outgoing;
    cut.incoming = incoming;
    return network.Add(cut);
  }

  Loop loop;
  Network network;
  bool up[2] = {true, true};
  bool listens = true;
  Streams streams;
  TestUser client;
  TestUser server;
  StreamId server_id;
};

TEST_F(StreamsTest, CarriesBytesBothWaysInOrder) {
  const StreamId id = ConnectFully();
  streams.Write(id, "a");
  Run(microseconds(1));
  streams.Write(id, "b");
  streams.Write(id, "c");
  streams.Write(server_id, "x");
  Run(milliseconds(20));
  EXPECT_EQ(server.heard, "a;bc;");
  EXPECT_EQ(client.heard, "x;");
}

TEST_F(StreamsTest, IsRefusedAtOnceWhereNobodyListens) {
  listens = false;
  streams.Connect(0, 1, client);
  Run(milliseconds(20));
  EXPECT_EQ(client.heard, "refused;");
}

TEST_F(StreamsTest, AHostWithoutPowerSaysNothing) {
  up[1] = false;
  const StreamId id = streams.Connect(0, 1, client);
  Run(seconds(60));
  EXPECT_EQ(client.heard, "");
  streams.Close(id);
  EXPECT_EQ(streams.CountOf(0), 0U);
}

TEST_F(StreamsTest, WhatWasSentBeforeTheEndArrivesBeforeIt) {
  const StreamId id = ConnectFully();
  streams.Write(id, "last words");
  streams.Close(id);
  Run(milliseconds(20));
  EXPECT_EQ(server.heard, "last words;closed;");
  EXPECT_EQ(streams.CountOf(0), 0U);
}

TEST_F(StreamsTest, BytesForASideThatHasEndedAreAnsweredWithAReset) {
  const StreamId id = ConnectFully();
  streams.Close(server_id);
  streams.Write(id, "too late");
  Run(milliseconds(20));
  EXPECT_EQ(client.heard, "closed;");
}

TEST_F(StreamsTest, ACutHoldsBytesBackUntilItHeals) {
  const StreamId id = ConnectFully();
  const DisturbanceId cut = Cut();
  streams.Write(id, "a");
  Run(seconds(3));
  streams.Write(id, "b");
  EXPECT_EQ(server.heard, "");
  network.Remove(cut);
  Run(seconds(3));
  EXPECT_EQ(server.heard, "ab;");
  EXPECT_EQ(client.heard, "");
}

TEST_F(StreamsTest, UnacknowledgedBytesEndAConnectionAfterTheUserTimeout) {
  const StreamId id = ConnectFully();
  Cut();
  streams.Write(id, "a");
  Run(Streams::kUserTimeout - seconds(1));
  EXPECT_EQ(client.heard, "");
  Run(seconds(5));
  EXPECT_EQ(client.heard, "reset;");
}

TEST_F(StreamsTest, ACutOfTheWayBackEndsItForTheSenderToo) {
  const StreamId id = ConnectFully();
  Cut(/*outgoing=*/true, /*incoming=*/false);
  streams.Write(id, "a");
  Run(milliseconds(20));
  EXPECT_EQ(server.heard, "a;");
  Run(Streams::kUserTimeout + seconds(4));
  EXPECT_EQ(client.heard, "reset;");
}

TEST_F(StreamsTest, SilenceOfAHostWithoutPowerIsNoticedByKeepalives) {
  ConnectFully();
  up[1] = false;
  streams.DropHost(1);
  Run(Streams::kKeepalive + seconds(4));
  EXPECT_EQ(client.heard, "reset;");
  EXPECT_EQ(server.heard, "");
}

TEST_F(StreamsTest, AHostThatCameBackKnowsNothingOfAConnection) {
  const StreamId id = ConnectFully();
  up[1] = false;
  streams.DropHost(1);
  streams.Write(id, "a");
  Run(milliseconds(100));
  up[1] = true;
  Run(seconds(5));
  EXPECT_EQ(client.heard, "reset;");
}

TEST_F(StreamsTest, AnIdleConnectionLasts) {
  const StreamId id = ConnectFully();
  Run(minutes(10));
  streams.Write(id, "still there");
  Run(milliseconds(20));
  EXPECT_EQ(server.heard, "still there;");
}

TEST_F(StreamsTest, TakesNothingBeyondItsBufferUntilSomeIsRead) {
  const StreamId id = ConnectFully();
  const std::string much(Streams::kBufferBytes, 'x');
  EXPECT_TRUE(streams.Write(id, much));
  EXPECT_FALSE(streams.Write(id, "more"));
  Run(milliseconds(20));
  EXPECT_FALSE(streams.Write(id, "more"));
  streams.Read(server_id, much.size());
  EXPECT_EQ(client.heard, "room;");
  EXPECT_TRUE(streams.Write(id, "more"));
}

TEST_F(StreamsTest, AResetReachesBothEnds) {
  ConnectFully();
  EXPECT_EQ(streams.ResetHost(1), 1U);
  EXPECT_EQ(client.heard, "reset;");
  EXPECT_EQ(server.heard, "reset;");
  EXPECT_EQ(streams.CountOf(0), 0U);
}

}  // namespace
}  // namespace vf::sim
