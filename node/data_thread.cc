#include "node/data_thread.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "base/os/clocks.h"
#include "base/os/log.h"
#include "node/data/turn_watch.h"
#include "node/net/peer_client.h"
#include "node/net/peer_server.h"

namespace vf {

// Brings sockets, clocks and the driver together: the one place of a data thread that reads time.
struct DataThread::Impl final : KvService, DriverShell, PeerClientOwner, PeerService {
  Impl(DataThreadConfig config, DataPlane& plane, const AllowList& allow,
       const OperatorService& operators, HttpShared& http, PeerContext& context, Rng rng)
      : client(io, PeerClientConfig{}, context, *this, rng.Fork("peer client")),
        server(io, PeerServerConfig{}, context, *this),
        driver(plane, *this, rng.Fork("driver"), config.runs_sync),
        listener(io, config.listener, allow, this, operators, http) {
    server.SetMembershipHandler(std::move(config.on_membership));
    listener.SetPeerHandler(
        [this](int fd, std::string received, const Endpoint&) { server.TakeOver(fd, received); });
  }

  // KvService
  void Get(std::string_view key, const GetOptions& options, KvCallback done) override {
    driver.Get(MonotonicNow(), WallNow(), key, options, std::move(done));
  }
  void Put(std::string_view key, std::string value, const WriteOptions& options,
           KvCallback done) override {
    driver.Put(MonotonicNow(), WallNow(), key, value, options, std::move(done));
  }
  void Delete(std::string_view key, const WriteOptions& options, KvCallback done) override {
    driver.Delete(MonotonicNow(), WallNow(), key, options, std::move(done));
  }

  // DriverShell
  void Send(TimePoint now, const MemberRecord& to, const PeerMessage& message) override {
    client.Send(now, to, message);
  }
  void Post(DriverTask task) override {
    boost::asio::post(io, [task = std::move(task)] { task(MonotonicNow(), WallNow()); });
  }
  void OnDeadlineMoved() override;

  // PeerClientOwner
  void OnReply(MemberKey from, const PeerReply& reply) override {
    driver.OnReply(MonotonicNow(), WallNow(), from, reply);
  }
  void OnPeerFailure(MemberKey member, PeerFailure failure) override {
    driver.OnPeerFailure(MonotonicNow(), WallNow(), member, failure);
  }
  void OnPeerUp(MemberKey member) override { driver.OnPeerUp(member); }

  // PeerService
  std::optional<PeerReply> OnRequest(const PeerRequest& request) override {
    return driver.OnRequest(MonotonicNow(), WallNow(), request);
  }

  void CountTurn();
  void Run();

  // One thread runs it: Asio then takes no locks.
  boost::asio::io_context io{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{io.get_executor()};
  boost::asio::steady_timer timer{io};
  boost::asio::steady_timer turn_timer{io};
  std::atomic<std::uint64_t> turns{0};
  TimePoint timer_at = kNever;
  PeerClient client;
  PeerServer server;
  DataDriver driver;
  Listener listener;
  std::thread thread;
};

// The timer is only ever moved forward: one that fires too early costs less than arming it anew
// with each operation.
void DataThread::Impl::OnDeadlineMoved() {
  const TimePoint deadline = driver.NextDeadline();
  if (deadline >= timer_at) return;
  timer_at = deadline;
  timer.expires_after(std::max(Duration::zero(), deadline - MonotonicNow()));
  timer.async_wait([this](const boost::system::error_code& error) {
    if (error) return;  // Moved forward, or the end.
    timer_at = kNever;
    driver.OnTimer(MonotonicNow(), WallNow());
    OnDeadlineMoved();
  });
}

// Behind everything that waits for its turn, so it tells how the loop fares as a whole.
void DataThread::Impl::CountTurn() {
  turns.fetch_add(1, std::memory_order_relaxed);
  turn_timer.expires_after(TurnWatch::kTurnEvery);
  turn_timer.async_wait([this](const boost::system::error_code& error) {
    if (!error) CountTurn();
  });
}

void DataThread::Impl::Run() {
  for (;;) {
    try {
      io.run();
      return;
    } catch (const std::exception& error) {
      LogError(std::string("bug: an exception on a data thread: ") + error.what());
    }
  }
}

DataThread::DataThread(DataThreadConfig config, DataPlane& plane, const AllowList& allow,
                       const OperatorService& operators, HttpShared& http, PeerContext& peers,
                       Rng rng)
    : impl_(std::make_unique<Impl>(std::move(config), plane, allow, operators, http, peers, rng)) {}

DataThread::~DataThread() { Stop(); }

absl::Status DataThread::Listen() { return impl_->listener.Start(); }

Endpoint DataThread::local_endpoint() const { return impl_->listener.local_endpoint(); }

void DataThread::Start() {
  boost::asio::post(impl_->io, [this] { impl_->CountTurn(); });
  impl_->thread = std::thread([this] { impl_->Run(); });
}

void DataThread::OnViewPublished() {
  impl_->Post([this](TimePoint now, WallTime wall) { impl_->driver.OnViewPublished(now, wall); });
}

void DataThread::MarkAllNotInSync() {
  impl_->Post([this](TimePoint now, WallTime wall) { impl_->driver.MarkAllNotInSync(now, wall); });
}

void DataThread::OnBehind(std::vector<Partition> partitions, MemberKey holder) {
  impl_->Post([this, partitions = std::move(partitions), holder](TimePoint now, WallTime wall) {
    impl_->driver.OnBehind(now, wall, partitions, holder);
  });
}

void DataThread::AskSafeToStop(StopCallback done) {
  impl_->Post([this, done = std::move(done)](TimePoint now, WallTime wall) mutable {
    impl_->driver.AskSafeToStop(now, wall, std::move(done));
  });
}

void DataThread::Drain(Duration limit, std::function<void()> done) {
  boost::asio::post(impl_->io,
                    [this, limit, done = std::move(done)] { impl_->listener.Drain(limit, done); });
}

void DataThread::Stop() {
  if (!impl_->thread.joinable()) return;
  boost::asio::post(impl_->io, [this] {
    impl_->server.Drain([this] {
      impl_->work.reset();
      impl_->io.stop();
    });
  });
  impl_->thread.join();
}

std::uint64_t DataThread::turns() const { return impl_->turns.load(std::memory_order_relaxed); }
const HttpMetrics& DataThread::http_metrics() const { return impl_->listener.metrics(); }
const DataCounters& DataThread::data_counters() const { return impl_->driver.counters(); }
const PeerCounters& DataThread::client_counters() const { return impl_->client.counters(); }
const PeerCounters& DataThread::server_counters() const { return impl_->server.counters(); }

}  // namespace vf
