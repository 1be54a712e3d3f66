#include "node/data_thread.h"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "base/os/clocks.h"
#include "base/os/log.h"
#include "node/net/peer_client.h"
#include "node/net/peer_server.h"

namespace vf {

struct DataThread::Impl final : DriverShell, PeerClientOwner, PeerService {
  Impl(DataThreadConfig config, DataPlane& plane, const AllowList& allow,
       const OperatorService& operators, HttpShared& http, PeerContext& context, Rng rng)
      : client(io, PeerClientConfig{}, context, *this, rng.Fork("peer client")),
        server(io, PeerServerConfig{}, context, *this),
        driver(plane, *this, rng.Fork("driver"), config.runs_sync),
        listener(io, config.listener, allow, &driver, operators, http) {
    listener.SetPeerHandler(
        [this](int fd, std::string received, const Endpoint&) { server.TakeOver(fd, received); });
  }

  // DriverShell
  void Send(const MemberRecord& to, const PeerMessage& message) override {
    client.Send(to, message);
  }
  void Post(std::function<void()> task) override { boost::asio::post(io, std::move(task)); }
  void OnDeadlineMoved() override;

  // PeerClientOwner
  void OnReply(MemberKey from, const PeerReply& reply) override { driver.OnReply(from, reply); }
  void OnPeerFailure(MemberKey member, PeerFailure failure) override {
    driver.OnPeerFailure(member, failure);
  }
  void OnPeerUp(MemberKey member) override { driver.OnPeerUp(member); }

  // PeerService
  std::optional<PeerReply> OnRequest(const PeerRequest& request) override {
    return driver.OnRequest(request);
  }

  void Run();

  // One thread runs it: Asio then takes no locks.
  boost::asio::io_context io{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{io.get_executor()};
  boost::asio::steady_timer timer{io};
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
    driver.OnTimer();
    OnDeadlineMoved();
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
  impl_->thread = std::thread([this] { impl_->Run(); });
}

void DataThread::OnViewPublished() {
  impl_->Post([this] { impl_->driver.OnViewPublished(); });
}

void DataThread::MarkAllNotInSync() {
  impl_->Post([this] { impl_->driver.MarkAllNotInSync(); });
}

void DataThread::Drain(Duration limit, std::function<void()> done) {
  impl_->Post([this, limit, done = std::move(done)] { impl_->listener.Drain(limit, done); });
}

void DataThread::Stop() {
  if (!impl_->thread.joinable()) return;
  impl_->Post([this] {
    impl_->server.Drain([this] {
      impl_->work.reset();
      impl_->io.stop();
    });
  });
  impl_->thread.join();
}

const HttpMetrics& DataThread::http_metrics() const { return impl_->listener.metrics(); }
const DataCounters& DataThread::data_counters() const { return impl_->driver.counters(); }
const PeerCounters& DataThread::client_counters() const { return impl_->client.counters(); }
const PeerCounters& DataThread::server_counters() const { return impl_->server.counters(); }

}  // namespace vf
