// A PeerClient and a PeerServer, both real, over loopback.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/os/clocks.h"
#include "base/os/metrics.h"
#include "node/net/peer_metrics.h"
#include "tests/node/net/raw_peer.h"

namespace vf {
namespace {

class PeerExchangeTest : public testing::Test {
 protected:
  void Connect(PeerServerConfig server_config = {}, PeerClientConfig client_config = {}) {
    server_ = std::make_unique<ServerUnderTest>(io_, server_context_, server_config);
    client_ = std::make_unique<PeerClient>(io_, client_config, client_context_, owner_, Rng(1));
    to_server_ = MemberAt(kServerKey, server_->endpoint());
  }
  template <typename Condition>
  bool Run(Condition condition) {
    return RunUntil(io_, [&] {
      server_->Poll();
      return condition();
    });
  }
  void Send(const PeerMessage& message) { client_->Send(MonotonicNow(), to_server_, message); }

  boost::asio::io_context io_;
  PeerHello server_hello_ = HelloOf(kServerKey);
  PeerHello client_hello_ = HelloOf(kClientKey);
  PeerContext server_context_{[this] { return server_hello_; }};
  PeerContext client_context_{[this] { return client_hello_; }};
  RecordingOwner owner_;
  std::unique_ptr<ServerUnderTest> server_;
  std::unique_ptr<PeerClient> client_;
  MemberRecord to_server_;
};

TEST_F(PeerExchangeTest, AnswersARequestOfEachKind) {
  Connect();
  Send(StoreOf(1, "key", "value"));
  Send(ReadRequest{.request = 2, .list_hash = 1, .key = "key"});
  Send(CompareRequest{.request = 3, .list_hash = 1, .partition = 4, .digest = 5});
  Send(ListNotice{});
  EXPECT_TRUE(owner_.up.empty()) << "from within Send()";
  ASSERT_TRUE(
      Run([&] { return owner_.replies.size() == 3 && server_->service.requests.size() == 4; }));
  EXPECT_EQ(owner_.up, std::vector<MemberKey>{kServerKey});
  EXPECT_EQ(owner_.replies[0].first, kServerKey);
  EXPECT_EQ(std::get<StoreReply>(owner_.replies[0].second).request, 1u);
  EXPECT_EQ(std::get<ReadReply>(owner_.replies[1].second).record.view().value, "value");
  EXPECT_EQ(std::get<CompareReply>(owner_.replies[2].second).request, 3u);
  EXPECT_EQ(std::get<StoreRequest>(server_->service.requests[0]).record.view().value, "value");
  EXPECT_TRUE(owner_.failures.empty());
}

TEST_F(PeerExchangeTest, AllRequestsShareOneConnection) {
  Connect();
  constexpr std::size_t kRequests = 3'000;
  for (std::size_t i = 0; i < kRequests; ++i) {
    Send(ReadRequest{.request = i, .list_hash = 1, .key = "key"});
    if (i % 500 == 0) io_.run_one_for(std::chrono::milliseconds(1));
  }
  ASSERT_TRUE(Run([&] { return owner_.replies.size() == kRequests; }));
  for (std::size_t i = 0; i < kRequests; ++i) {
    ASSERT_EQ(std::get<ReadReply>(owner_.replies[i].second).request, i);
  }
  EXPECT_EQ(client_->counters().links_opened.value(), 1u);
  EXPECT_EQ(server_->server.links(), 1u);
  EXPECT_EQ(client_->counters().frames_in.value(), kRequests + 1);
}

TEST_F(PeerExchangeTest, FramesOfOneTurnGoOutInOneWrite) {
  Connect();
  Send(ReadRequest{.request = 0, .list_hash = 1, .key = "key"});
  ASSERT_TRUE(Run([&] { return owner_.replies.size() == 1; }));
  const std::uint64_t client_writes = client_->counters().writes.value();
  const std::uint64_t server_writes = server_->server.counters().writes.value();
  // Small ones, which are joined, and some with a value of their own piece.
  for (RequestId i = 1; i <= 20; ++i) {
    Send(StoreOf(i, "key", std::string(i % 5 == 0 ? 5'000 : 10, 'v')));
  }
  ASSERT_TRUE(Run([&] { return owner_.replies.size() == 21; }));
  EXPECT_EQ(client_->counters().writes.value(), client_writes + 1);
  EXPECT_LE(server_->server.counters().writes.value(), server_writes + 5);
}

TEST_F(PeerExchangeTest, CarriesValuesOf16MiBBothWays) {
  Connect();
  std::string value(std::size_t{16} << 20, '\0');
  Rng rng(1);
  for (std::size_t i = 0; i < value.size(); i += 8) {
    const std::uint64_t word = rng.Next();
    std::memcpy(&value[i], &word, 8);
  }
  server_->service.value = value;
  Send(StoreOf(1, "large", value));
  Send(StoreOf(2, "small", "v"));
  Send(ReadRequest{.request = 3, .list_hash = 1, .key = "large"});
  ASSERT_TRUE(Run([&] { return owner_.replies.size() == 3; }));
  EXPECT_TRUE(std::get<StoreRequest>(server_->service.requests[0]).record.view().value == value);
  EXPECT_EQ(std::get<StoreReply>(owner_.replies[1].second).request, 2u);
  EXPECT_TRUE(std::get<ReadReply>(owner_.replies[2].second).record.view().value == value);
}

TEST_F(PeerExchangeTest, AnUnfoundedProcessTalksToAFoundedOne) {
  client_hello_.foundation = {};
  client_hello_.replicas = client_hello_.partition_digits = 0;
  Connect();
  Send(StoreOf(1, "key", "value"));
  ASSERT_TRUE(Run([&] { return owner_.replies.size() == 1; }));
}

// What differs in HELLO, and how both sides count it.
struct Mismatch {
  const char* name;
  void (*change)(PeerHello&);
  LinkEnd end;
};
class PeerMismatchTest : public PeerExchangeTest, public testing::WithParamInterface<Mismatch> {};

TEST_P(PeerMismatchTest, IsCountedOnBothSidesAndNothingIsServed) {
  GetParam().change(client_hello_);
  Connect();
  const auto end = static_cast<std::size_t>(GetParam().end);
  Send(StoreOf(1, "key", "value"));
  ASSERT_TRUE(Run([&] {
    return !owner_.failures.empty() && server_->server.links() == 0 &&
           server_->server.counters().ends[end].value() == 1;
  }));
  EXPECT_EQ(owner_.failures.front(), std::pair(kServerKey, PeerFailure::kRefused));
  EXPECT_EQ(client_->counters().ends[end].value(), 1u);
  EXPECT_TRUE(server_->service.requests.empty());
  EXPECT_TRUE(owner_.up.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Hellos, PeerMismatchTest,
    testing::Values(
        Mismatch{"Cluster", [](PeerHello& h) { h.cluster_hash = 9; }, LinkEnd::kOtherCluster},
        Mismatch{"Foundation", [](PeerHello& h) { h.foundation.random = 9; },
                 LinkEnd::kOtherFoundation},
        Mismatch{"Protocol", [](PeerHello& h) { h.proto_min = h.proto_max = 9; },
                 LinkEnd::kOtherProtocol},
        Mismatch{"Settings", [](PeerHello& h) { h.replicas = 9; }, LinkEnd::kOtherSettings}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST_F(PeerExchangeTest, NothingIsSentToAnotherMemberAtTheSameAddress) {
  Connect();
  server_hello_.key = 0x3333;
  Send(StoreOf(1, "key", "value"));
  ASSERT_TRUE(Run([&] { return !owner_.failures.empty(); }));
  EXPECT_EQ(owner_.failures.front().second, PeerFailure::kRefused);
  EXPECT_EQ(client_->counters().ends[static_cast<std::size_t>(LinkEnd::kOtherMember)].value(), 1u);
  ASSERT_TRUE(Run([&] { return server_->server.links() == 0; }));
  EXPECT_TRUE(server_->service.requests.empty());
}

TEST_F(PeerExchangeTest, AnIdleConnectionEndsQuietlyAndTheNextRequestMakesAnother) {
  Connect({}, {.link = {.idle_timeout = milliseconds(40)}});
  Send(StoreOf(1, "key", "value"));
  ASSERT_TRUE(Run([&] {
    return owner_.replies.size() == 1 && client_->counters().links_closed.value() == 1 &&
           server_->server.links() == 0;
  }));
  EXPECT_TRUE(owner_.failures.empty());
  Send(StoreOf(2, "key", "value"));
  ASSERT_TRUE(Run([&] { return owner_.replies.size() == 2; }));
  EXPECT_TRUE(owner_.failures.empty());
}

TEST_F(PeerExchangeTest, DrainSendsWhatIsAnsweredAndThenEnds) {
  Connect();
  server_->service.value.assign(std::size_t{8} << 20, 'v');
  Send(ReadRequest{.request = 1, .list_hash = 1, .key = "key"});
  ASSERT_TRUE(Run([&] { return server_->service.requests.size() == 1; }));
  bool drained = false;
  server_->server.Drain([&] { drained = true; });
  EXPECT_FALSE(drained);
  Send(ReadRequest{.request = 2, .list_hash = 1, .key = "key"});
  ASSERT_TRUE(Run([&] { return drained && !owner_.failures.empty(); }));
  ASSERT_EQ(owner_.replies.size(), 1u);
  EXPECT_EQ(std::get<ReadReply>(owner_.replies[0].second).record.view().value.size(),
            std::size_t{8} << 20);
  EXPECT_EQ(owner_.failures.front().second, PeerFailure::kReset);
  EXPECT_EQ(server_->server.links(), 0u);
  EXPECT_EQ(server_->service.requests.size(), 1u);

  // And nobody is let in any more.
  owner_.failures.clear();
  Send(StoreOf(3, "key", "value"));
  ASSERT_TRUE(Run([&] { return !owner_.failures.empty(); }));
  EXPECT_EQ(owner_.failures.front().second, PeerFailure::kRefused);
}

TEST_F(PeerExchangeTest, DrainWithoutConnectionsIsDoneFromTheLoop) {
  Connect();
  bool drained = false;
  server_->server.Drain([&] { drained = true; });
  EXPECT_FALSE(drained);
  EXPECT_TRUE(Run([&] { return drained; }));
}

TEST_F(PeerExchangeTest, AMemberThatMovesIsFollowed) {
  Connect();
  Send(StoreOf(1, "key", "value"));
  ASSERT_TRUE(Run([&] { return owner_.replies.size() == 1; }));
  ServerUnderTest elsewhere(io_, server_context_);
  client_->Send(MonotonicNow(), MemberAt(kServerKey, elsewhere.endpoint()),
                StoreOf(2, "key", "value"));
  ASSERT_TRUE(Run([&] {
    elsewhere.Poll();
    return owner_.replies.size() == 2 && server_->server.links() == 0;
  }));
  EXPECT_EQ(elsewhere.service.requests.size(), 1u);
  ASSERT_EQ(owner_.failures.size(), 1u) << "what was on its way to the old address is lost";
  EXPECT_EQ(owner_.failures[0].second, PeerFailure::kReset);
}

TEST_F(PeerExchangeTest, BothSidesMayGoWhileFramesAreOnTheirWay) {
  Connect();
  for (RequestId i = 0; i < 100; ++i) Send(StoreOf(i, "key", std::string(100'000, 'v')));
  ASSERT_TRUE(Run([&] { return !owner_.replies.empty(); }));
  client_.reset();
  const std::size_t replies = owner_.replies.size();
  ASSERT_TRUE(Run([&] { return server_->server.links() == 0; }));
  EXPECT_EQ(owner_.replies.size(), replies);
  EXPECT_TRUE(owner_.failures.empty());
}

TEST_F(PeerExchangeTest, FiguresAreOnTheMetricsPage) {
  Connect();
  Send(StoreOf(1, "key", "value"));
  ASSERT_TRUE(Run([&] { return owner_.replies.size() == 1; }));
  MetricsWriter writer;
  WritePeerMetrics({&client_->counters()}, {&server_->server.counters()}, writer);
  const std::string text = writer.Text();
  for (const char* line :
       {"velourfog_peer_frames_total{direction=\"out\",side=\"client\"} 2",
        "velourfog_peer_links{side=\"server\"} 1",
        "velourfog_peer_link_ends_total{side=\"server\",reason=\"bad_length\"} 0",
        "velourfog_peer_refused_total{reason=\"queue_full\",side=\"client\"} 0"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  }
}

}  // namespace
}  // namespace vf
