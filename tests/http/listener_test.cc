// Connections: how they begin, wait, overflow and end. Deadlines are short here; the rest is as in
// production.
#include "http/listener.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "tests/http/test_server.h"

namespace vf {
namespace {

TestServerOptions ShortDeadlines() {
  TestServerOptions options;
  options.listener.deadlines = {.head = milliseconds(300),
                                .body = milliseconds(300),
                                .idle = milliseconds(600),
                                .write = milliseconds(300),
                                .linger = milliseconds(200)};
  return options;
}

TEST(ListenerTest, TellsThePortThatWasPicked) {
  TestServer server;
  EXPECT_NE(server.port(), 0);
  server.ExpectServes();
}

TEST(ListenerTest, H28_APortInUseIsAnErrorThatNamesIt) {
  TestServer server;
  boost::asio::io_context io;
  FakeOperators operators;
  HttpShared shared(1 << 20);
  const AllowList allow_list = AllowList::PrivateNetworks();
  ListenerConfig config;
  config.bind = Endpoint::Loopback(server.port());
  Listener second(io, config, allow_list, nullptr, operators, shared);
  const absl::Status status = second.Start();
  EXPECT_FALSE(status.ok());
  EXPECT_NE(std::string(status.message()).find(std::to_string(server.port())), std::string::npos);
}

TEST(ListenerTest, TakesASocketThatIsBoundAlready) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_GE(fd, 0);
  TestServerOptions options;
  options.listener.bound_fd = fd;  // listen(2) binds it to a free port of its own
  TestServer server(std::move(options));
  EXPECT_NE(server.port(), 0);
  server.ExpectServes();
}

TEST(ListenerTest, OthersThanTheAllowedAreClosedAndCounted) {
  TestServerOptions options;
  options.allow_list = AllowList();
  ASSERT_TRUE(options.allow_list.Add("10.0.0.0/8"));
  TestServer server(std::move(options));
  RawClient client(server.port());
  EXPECT_TRUE(client.ClosedByServer());
  const auto& ends = server.metrics().ends;
  EXPECT_TRUE(Eventually(
      [&] { return ends[static_cast<std::size_t>(ConnectionEnd::kNotAllowed)].value() == 1; }));
}

TEST(ListenerTest, FirstBytesDecideTheProtocol) {
  TestServer server;
  for (const std::string first :
       {"\x16\x03\x01", "1", "\xF6", "\r\n\xF6", "\r\n\r\n", "\rG", "\n"}) {
    RawClient client(server.port());
    client.Send(first);
    EXPECT_TRUE(client.ClosedByServer()) << first;
  }
  RawClient client(server.port());
  client.Send("\r");
  client.Send("\n" + Get("/healthz"));
  EXPECT_EQ(client.Receive()->status, 200);
  server.ExpectServes();
}

TEST(ListenerTest, PeerConnectionsAreHandedOverWithWhatWasRead) {
  std::promise<std::pair<int, std::string>> handed;
  TestServerOptions options;
  options.peer_handler = [&](int fd, std::string received, const Endpoint& remote) {
    EXPECT_TRUE(remote.IsLoopback());
    handed.set_value({fd, std::move(received)});
  };
  TestServer server(std::move(options));
  RawClient client(server.port());
  client.Send("\xF6hello");
  const auto [fd, received] = handed.get_future().get();
  EXPECT_EQ(received, "\xF6hello");
  ASSERT_EQ(send(fd, "back", 4, MSG_NOSIGNAL), 4);
  EXPECT_EQ(client.ReceiveBytes(4), "back");
  close(fd);
  EXPECT_EQ(server.OpenConnections(), 0u);
  EXPECT_EQ(server.shared().connections.load(), 0u);
  EXPECT_EQ(server.metrics().peers.value(), 1u);
}

// --- Clients that end early ---------------------------------------------------------------------

TEST(ListenerTest, H19_RequestsCutShortStoreNothing) {
  TestServer server;
  for (const std::string part :
       {"POST /k HT", "POST /k HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n",
        "POST /k HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf"}) {
    RawClient ending(server.port());
    ending.Send(part);
    ending.EndSending();
    EXPECT_TRUE(ending.ClosedByServer());
    RawClient resetting(server.port());
    resetting.Send(part);
    resetting.Reset();
  }
  EXPECT_TRUE(Eventually([&] { return server.OpenConnections() == 0; }));
  EXPECT_EQ(server.store().Size(), 0u);
  server.ExpectServes();
}

TEST(ListenerTest, H19_AHalfCloseGetsItsAnswer) {
  TestServer server;
  RawClient client(server.port());
  client.Send(Post("/hold", "v"));
  client.EndSending();
  ASSERT_TRUE(Eventually([&] { return server.Held() == 1; }));
  server.ReleaseHeld();
  EXPECT_EQ(client.Receive()->status, 200);
  EXPECT_TRUE(client.ClosedByServer());
}

TEST(ListenerTest, AResultAfterTheClientHasGoneIsDropped) {
  TestServer server;
  {
    RawClient client(server.port());
    client.Send(Get("/get/?key=hold"));
    ASSERT_TRUE(Eventually([&] { return server.Held() == 1; }));
    client.Reset();
  }
  server.ReleaseHeld();
  EXPECT_TRUE(Eventually([&] { return server.OpenConnections() == 0; }));
  server.ExpectServes();
}

TEST(ListenerTest, AResultAfterTheListenerHasGoneIsDropped) {
  TestServer server;
  RawClient client(server.port());
  client.Send(Get("/get/?key=hold"));
  ASSERT_TRUE(Eventually([&] { return server.Held() == 1; }));
  server.DestroyListener();
  EXPECT_TRUE(client.ClosedByServer());
  server.ReleaseHeld();
}

// --- Deadlines ----------------------------------------------------------------------------------

TEST(ListenerTest, H20_SlowHeadsAreRefusedAtATotalDeadline) {
  TestServer server(ShortDeadlines());
  RawClient client(server.port());
  const auto begin = std::chrono::steady_clock::now();
  // Each byte comes well within the deadline, all of them together do not.
  std::thread drip([&] {
    for (const char c : std::string(100, 'G')) {
      if (!client.Send(std::string(1, c))) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  const auto response = client.Receive();
  const auto waited = std::chrono::steady_clock::now() - begin;
  drip.join();
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 408);
  EXPECT_EQ(response->Field("Connection"), "close");
  EXPECT_GE(waited, milliseconds(290));
  EXPECT_LT(waited, milliseconds(1900));
}

TEST(ListenerTest, H20_ManySlowHeadsDisturbNobody) {
  TestServer server(ShortDeadlines());
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 300; ++i) {
    slow.push_back(std::make_unique<RawClient>(server.port()));
    slow.back()->Send("GET /heal");
  }
  server.ExpectServes();
  for (auto& client : slow) {
    const auto response = client->Receive();
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->status, 408);
  }
  EXPECT_TRUE(Eventually([&] { return server.OpenConnections() == 0; }));
}

TEST(ListenerTest, H25_ABodyThatNeverComesIsRefused) {
  TestServer server(ShortDeadlines());
  RawClient client(server.port());
  EXPECT_EQ(client.StatusOf("POST /k HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                            "Content-Length: 5\r\n\r\n"),
            100);
  EXPECT_EQ(client.Receive()->status, 408);
  EXPECT_TRUE(client.ClosedByServer());
  EXPECT_EQ(server.store().Size(), 0u);
}

TEST(ListenerTest, H23_IdleConnectionsAreClosedAtTheLimit) {
  TestServer server(ShortDeadlines());
  RawClient fresh(server.port());
  RawClient used(server.port());
  EXPECT_EQ(used.StatusOf(Get("/healthz")), 200);
  EXPECT_TRUE(fresh.ClosedByServer());
  EXPECT_TRUE(used.ClosedByServer());
  const auto& ends = server.metrics().ends;
  EXPECT_TRUE(Eventually(
      [&] { return ends[static_cast<std::size_t>(ConnectionEnd::kIdle)].value() == 2; }));
}

TEST(ListenerTest, AnOperationUnderWayHasNoDeadlineHere) {
  TestServer server(ShortDeadlines());
  RawClient client(server.port());
  client.Send(Get("/get/?key=hold"));
  ASSERT_TRUE(Eventually([&] { return server.Held() == 1; }));
  std::this_thread::sleep_for(milliseconds(900));
  server.ReleaseHeld();
  EXPECT_EQ(client.Receive()->status, 204);
}

TEST(ListenerTest, H21_SlowReadersAreBoundedAndClosed) {
  TestServer server(ShortDeadlines());
  RawClient writer(server.port());
  ASSERT_EQ(writer.StatusOf(Post("/big", std::string(1 << 20, 'b'))), 200);
  RawClient slow(server.port(), 4096);
  std::string requests;
  for (int i = 0; i < 1000; ++i) requests += Get("/get/?key=big");
  slow.Send(requests);
  const auto& ends = server.metrics().ends;
  EXPECT_TRUE(Eventually(
      [&] { return ends[static_cast<std::size_t>(ConnectionEnd::kSlowReader)].value() == 1; }));
  // Of a thousand answers only few were begun.
  EXPECT_LT(server.metrics().requests[0][0].value(), 100u);
  server.ExpectServes();
}

TEST(ListenerTest, AReaderThatKeepsReadingIsNotSlow) {
  TestServer server(ShortDeadlines());
  RawClient client(server.port(), 4096);
  const std::string value(4 << 20, 'b');
  ASSERT_EQ(client.StatusOf(Post("/big", value)), 200);
  client.Send(Get("/get/?key=big"));
  std::string received;
  while (received.size() < 60'000) {  // takes longer than the write deadline
    received += client.ReceiveBytes(1000);
    std::this_thread::sleep_for(milliseconds(10));
  }
  received += client.ReceiveBytes(value.size());
  EXPECT_GT(received.size(), value.size());
}

// --- Many requests ------------------------------------------------------------------------------

TEST(ListenerTest, H22_PipelinedRequestsAreAnsweredInOrder) {
  for (const int count : {2, 100, 10'000}) {
    TestServer server;
    RawClient client(server.port());
    std::string requests;
    for (int i = 0; i < count; ++i) {
      requests += Post("/k", std::to_string(i)) + Get("/get/?key=k");
    }
    std::thread sender([&] { client.Send(requests); });
    for (int i = 0; i < count; ++i) {
      const auto stored = client.Receive();
      ASSERT_TRUE(stored && stored->status == 200) << i;
      const auto got = client.Receive();
      ASSERT_TRUE(got.has_value()) << i;
      ASSERT_EQ(got->body, std::to_string(i)) << "a GET sees the POST before it";
    }
    sender.join();
  }
}

TEST(ListenerTest, H22_RequestsWaitForTheOneBefore) {
  TestServer server;
  RawClient client(server.port());
  client.Send(Post("/hold", "v") + Get("/get/?key=x") + Get("/get/?key=hold2") + Get("/healthz"));
  ASSERT_TRUE(Eventually([&] { return server.Held() == 1; }));
  server.ReleaseHeld();
  ASSERT_TRUE(Eventually([&] { return server.Held() == 1; }));
  server.ReleaseHeld();
  EXPECT_EQ(client.Receive()->status, 200);
  EXPECT_EQ(client.Receive()->status, 204);
  EXPECT_EQ(client.Receive()->status, 204);
  EXPECT_EQ(client.Receive()->body, "ok\n");
}

TEST(ListenerTest, H23_AConnectionTakesAnyNumberOfRequests) {
  TestServer server;
  RawClient client(server.port());
  for (int i = 0; i < 2000; ++i) ASSERT_EQ(client.StatusOf(Get("/get/?key=a")), 204) << i;
}

TEST(ListenerTest, NothingRunsAfterTheLastRequest) {
  TestServer server;
  RawClient client(server.port());
  client.Send(Get("/healthz", "Connection: close\r\n") + Post("/evil", "v"));
  EXPECT_EQ(client.Receive()->status, 200);
  EXPECT_TRUE(client.ClosedByServer());
  EXPECT_EQ(server.store().Size(), 0u);
}

// --- Bounds -------------------------------------------------------------------------------------

TEST(ListenerTest, H24_ConnectionsOverTheCapAreClosed) {
  TestServerOptions options;
  options.max_connections = 10;
  TestServer server(std::move(options));
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port()));
    ASSERT_EQ(clients.back()->StatusOf(Get("/healthz")), 200);
  }
  RawClient excess(server.port());
  EXPECT_TRUE(excess.ClosedByServer());
  EXPECT_EQ(clients.front()->StatusOf(Get("/healthz")), 200);
  clients.clear();
  EXPECT_TRUE(Eventually([&] { return server.OpenConnections() == 0; }));
  server.ExpectServes();
}

TEST(ListenerTest, H24_FailuresOfAcceptNeverEndAccepting) {
  for (const int failure : {EMFILE, ENFILE, ECONNABORTED, ENOBUFS, ENOMEM, EPROTO, EPERM}) {
    const auto left = std::make_shared<std::atomic<int>>(5);
    TestServerOptions options;
    options.listener.accept_call = [=](int fd, sockaddr* address, unsigned* size) {
      if (left->fetch_sub(1) > 0) {
        errno = failure;
        return -1;
      }
      return accept4(fd, address, size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    };
    TestServer server(std::move(options));
    // Without descriptors somebody may be turned away.
    EXPECT_TRUE(
        Eventually([&] { return RawClient(server.port()).StatusOf(Get("/healthz")) == 200; }));
    server.ExpectServes();
    EXPECT_GE(server.metrics().accept_errors.value(), 1u) << failure;
  }
}

TEST(ListenerTest, H24_WithoutDescriptorsTheExcessIsClosedAndNotLeftHanging) {
  const auto fail = std::make_shared<std::atomic<bool>>(true);
  TestServerOptions options;
  // Fails as long as there is no descriptor; the spare one makes every second call succeed.
  const auto spare_given_up = std::make_shared<std::atomic<bool>>(false);
  options.listener.accept_call = [=](int fd, sockaddr* address, unsigned* size) {
    if (fail->load() && !spare_given_up->exchange(!spare_given_up->load())) {
      errno = EMFILE;
      return -1;
    }
    return accept4(fd, address, size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  };
  TestServer server(std::move(options));
  RawClient turned_away(server.port());
  EXPECT_TRUE(turned_away.ClosedByServer());
  fail->store(false);
  server.ExpectServes();
}

TEST(ListenerTest, BodiesInFlightAreBounded) {
  TestServerOptions options;
  options.max_body_bytes = 300'000;
  TestServer server(std::move(options));
  const std::string value(200'000, 'v');
  RawClient first(server.port());
  first.Send(Post("/hold1", value));
  ASSERT_TRUE(Eventually([&] { return server.Held() == 1; }));
  EXPECT_EQ(server.shared().bodies.used(), 200'000u);
  RawClient second(server.port());
  const auto refused = second.Ask(Post("/k", value));
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->status, 503);
  EXPECT_EQ(refused->Field("Retry-After"), "1");
  server.ReleaseHeld();
  EXPECT_EQ(first.Receive()->status, 200);
  EXPECT_EQ(server.shared().bodies.used(), 0u);
  RawClient third(server.port());
  EXPECT_EQ(third.StatusOf(Post("/k", value)), 200);
}

TEST(ListenerTest, AClientThatGoesAwayGivesItsBodyBack) {
  TestServer server;
  {
    RawClient client(server.port());
    client.Send("POST /k HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" +
                std::string(500'000, 'a'));
    ASSERT_TRUE(Eventually([&] { return server.shared().bodies.used() > 400'000; }));
  }
  EXPECT_TRUE(Eventually([&] { return server.shared().bodies.used() == 0; }));
}

// --- Drain --------------------------------------------------------------------------------------

TEST(ListenerTest, DrainAnswersWhatWasAcceptedAndClosesTheIdle) {
  TestServer server;
  RawClient idle(server.port());
  ASSERT_EQ(idle.StatusOf(Get("/healthz")), 200);
  RawClient busy(server.port());
  busy.Send(Get("/get/?key=hold") + Get("/get/?key=after"));
  ASSERT_TRUE(Eventually([&] { return server.Held() == 1; }));
  RawClient sending(server.port());
  sending.Send("POST /k HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nha");
  ASSERT_TRUE(Eventually([&] { return server.metrics().bytes_received.value() > 150; }));
  std::promise<void> done;
  auto drained = done.get_future();
  server.OnDataThread([&] { server.listener().Drain(seconds(20), [&] { done.set_value(); }); });
  EXPECT_TRUE(idle.ClosedByServer());
  EXPECT_FALSE(RawClient(server.port()).connected()) << "accepts no more";
  server.ReleaseHeld();
  const auto response = busy.Receive();
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->Field("Connection"), "close");
  EXPECT_TRUE(busy.ClosedByServer()) << "the request behind it was not accepted";
  const auto stored = sending.Ask("lf");
  ASSERT_TRUE(stored.has_value());
  EXPECT_EQ(stored->status, 200);
  EXPECT_EQ(drained.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_EQ(server.store().Get("k")->value, "half");
}

TEST(ListenerTest, DrainEndsHardAtItsLimit) {
  TestServer server;
  RawClient busy(server.port());
  busy.Send(Get("/get/?key=hold"));
  ASSERT_TRUE(Eventually([&] { return server.Held() == 1; }));
  std::promise<void> done;
  auto drained = done.get_future();
  server.OnDataThread(
      [&] { server.listener().Drain(milliseconds(100), [&] { done.set_value(); }); });
  EXPECT_EQ(drained.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_TRUE(busy.ClosedByServer());
  server.ReleaseHeld();
}

TEST(ListenerTest, DrainOfNothingIsDoneAtOnce) {
  TestServer server;
  std::promise<void> done;
  auto drained = done.get_future();
  server.OnDataThread([&] { server.listener().Drain(seconds(20), [&] { done.set_value(); }); });
  EXPECT_EQ(drained.wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

}  // namespace
}  // namespace vf
