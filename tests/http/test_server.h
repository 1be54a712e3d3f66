// Listeners on threads of their own over one FakeStore: the HTTP side without a cluster behind it.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "http/listener.h"
#include "tests/http/fake_services.h"
#include "tests/http/raw_client.h"
#include "tests/support/eventually.h"

namespace vf {

struct TestServerOptions {
  ListenerConfig listener;
  int threads = 1;
  std::uint64_t max_body_bytes = std::uint64_t{256} << 20;
  std::uint32_t max_connections = 100'000;
  bool controller = false;
  AllowList allow_list = AllowList::PrivateNetworks();
  Listener::PeerHandler peer_handler;
};

class TestServer {
 public:
  TestServer() : TestServer(TestServerOptions()) {}
  explicit TestServer(TestServerOptions options)
      : allow_list_(options.allow_list), shared_(options.max_body_bytes, options.max_connections) {
    if (options.controller) {
      operators_.has_data = false;
      operators_.no_such_page = "this is a controller; ask a node";
    }
    ListenerConfig config = options.listener;
    config.bind = Endpoint::Loopback(0);
    config.reuse_port = options.threads > 1;
    for (int i = 0; i < options.threads; ++i) {
      auto& thread = *threads_.emplace_back(std::make_unique<Thread>(store_));
      thread.listener = std::make_unique<Listener>(thread.io, config, allow_list_,
                                                   options.controller ? nullptr : &thread.kv,
                                                   operators_, shared_);
      thread.listener->SetPeerHandler(options.peer_handler);
      EXPECT_TRUE(thread.listener->Start().ok());
      config.bind = thread.listener->local_endpoint();
    }
    port_ = config.bind.port();
    for (auto& thread : threads_) {
      thread->runner = std::thread([&io = thread->io] { RunThrough(io); });
    }
  }

  ~TestServer() {
    for (auto& thread : threads_) {
      OnThread(*thread, [&] { thread->listener.reset(); });
      thread->guard.reset();
      thread->runner.join();
    }
  }

  std::uint16_t port() const { return port_; }
  FakeStore& store() { return store_; }
  HttpShared& shared() { return shared_; }
  FakeOperators& operators() { return operators_; }
  const HttpMetrics& metrics(std::size_t thread = 0) const {
    return threads_[thread]->listener->metrics();
  }

  // Runs on the (first) data thread, and waits for it.
  template <typename Function>
  void OnDataThread(Function function) {
    OnThread(*threads_.front(), std::move(function));
  }
  FakeKv& kv() { return threads_.front()->kv; }
  Listener& listener() { return *threads_.front()->listener; }
  void DestroyListener() {
    OnDataThread([this] { threads_.front()->listener.reset(); });
  }

  std::size_t Held() {
    std::size_t held = 0;
    OnDataThread([&] { held = kv().held(); });
    return held;
  }
  void ReleaseHeld() {
    OnDataThread([&] { kv().Release(); });
  }
  std::size_t OpenConnections() {
    std::size_t open = 0;
    for (auto& thread : threads_) {
      OnThread(*thread, [&] { open += thread->listener->open_connections(); });
    }
    return open;
  }

  // A valid POST and GET on a connection of its own.
  void ExpectServes(std::string_view key = "probe") {
    RawClient client(port_);
    EXPECT_EQ(client.StatusOf("POST /" + std::string(key) +
                              " HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok"),
              200);
    const auto got =
        client.Ask("GET /get/?key=" + std::string(key) + " HTTP/1.1\r\nHost: h\r\n\r\n");
    ASSERT_TRUE(got.has_value());
    EXPECT_EQ(got->body, "ok");
  }

 private:
  struct Thread {
    explicit Thread(FakeStore& store) : kv(store), guard(io.get_executor()) {}
    FakeKv kv;
    boost::asio::io_context io{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard;
    std::unique_ptr<Listener> listener;
    std::thread runner;
  };

  // As the mains do: what a handler throws does not end the others.
  static void RunThrough(boost::asio::io_context& io) {
    while (true) {
      try {
        io.run();
        return;
      } catch (const std::bad_alloc&) {
        continue;
      }
    }
  }

  template <typename Function>
  static void OnThread(Thread& thread, Function function) {
    std::promise<void> done;
    boost::asio::post(thread.io, [&] {
      function();
      done.set_value();
    });
    done.get_future().wait();
  }

  const AllowList allow_list_;
  FakeStore store_;
  FakeOperators operators_;
  HttpShared shared_;
  std::uint16_t port_ = 0;
  std::vector<std::unique_ptr<Thread>> threads_;
};

inline std::string Get(std::string_view target, std::string_view fields = {}) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n" + std::string(fields) + "\r\n";
}

inline std::string Post(std::string_view target, std::string_view body,
                        std::string_view fields = {}) {
  return "POST " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n" + std::string(fields) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace vf
