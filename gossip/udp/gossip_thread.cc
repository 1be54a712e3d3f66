#include "gossip/udp/gossip_thread.h"

#include <pthread.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/os/clocks.h"
#include "base/os/log.h"
#include "gossip/seal/datagram_seal.h"
#include "gossip/swim.h"
#include "gossip/tcp/stream_metrics.h"
#include "gossip/tcp/tcp_streams.h"
#include "gossip/udp/contact_resolver.h"
#include "gossip/udp/gossip_metrics.h"
#include "gossip/udp/key_strangers.h"
#include "gossip/udp/own_address.h"
#include "gossip/udp/timed_tasks.h"
#include "gossip/udp/waiting_text.h"
#include "gossip/wire/codec.h"

namespace vf {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// Batches read in one turn before timers get theirs, and before a timer: under a flood the socket
// is never empty. What then still waits holds back verdicts only (Swim::OnTimer).
constexpr int kBatchesATurn = 8;
constexpr int kBatchesBeforeTimer = 64;
constexpr int kUndeliveredATurn = 256;

constexpr Duration kFirstWaitingLog = milliseconds(1500);
constexpr Duration kNextWaitingLog = minutes(1);

}  // namespace

struct GossipThread::Impl {
  Impl(UdpSocket opened, GossipOptions given, GossipHandlers to_call);

  // Turns, each on the gossip thread.
  void Begin();
  void OnReadable();
  void OnTimer();
  void OnResolved(ContactResolver::Answer answer);
  void LogWaiting();

  // Runs one turn: an exception must not end the thread, and whatever happens, outputs leave and
  // the timer is armed.
  template <typename Body>
  void Turn(Body body);

  // Reads up to `batches` of them; each is answered before the next is read. False: there is more.
  bool ReadSocket(int batches);
  void Deliver(TimePoint now, WallTime wall, const ReceivedDatagram& datagram);
  void OnDropped(TimePoint now, const ReceivedDatagram& datagram, DropReason reason);
  std::string WaitingNow() const;
  void TakeOutputs();
  void Publish();
  void ArmRead();
  void ArmTimer();
  void FindOwnAddress(const std::vector<Endpoint>& contact);
  void Run();

  // From any thread: `task` becomes a turn.
  void Post(std::function<void()> task) {
    asio::post(io, [this, task = std::move(task)] { Turn(task); });
  }

  GossipOptions options;
  GossipHandlers handlers;
  const std::string waiting_text;

  asio::io_context io{1};
  UdpSocket socket;
  TimePoint heard_until = TimePoint::min();  // UdpSocket::Batch
  asio::posix::stream_descriptor readable{io};
  asio::steady_timer timer{io};
  asio::steady_timer waiting_timer{io};
  TimePoint armed_for = kNever;
  bool own_address_open;  // loopback, for want of anything better
  bool left = false;
  DatagramSeal seal;
  KeyStrangers strangers;
  Swim swim;
  SwimOutputs outputs;
  TcpStreams streams;
  LogLimiter limiter;
  std::optional<ContactResolver> resolver;
  TimedTasks tasks{io, [this](const TimedTasks::Task& task) { Turn(task); }};

  mutable std::mutex mutex;
  SharedMembership current;    // guarded by mutex
  SwimCounters swim_counters;  // guarded by mutex: as of the last turn
  SealCounters seal_counters;  // the same
  std::string waiting_cause;   // the same
  LoopCounters loop;

  std::thread thread;
};

namespace {

// Where the process can be reached before anybody was asked.
Endpoint FirstOwnEndpoint(const UdpSocket& socket, const std::optional<Endpoint>& advertise) {
  if (advertise) return *advertise;
  if (!socket.local().IsUnspecified()) return socket.local();
  return Endpoint::Loopback(socket.port());
}

MemberRecord SelfAt(MemberRecord self, const Endpoint& endpoint) {
  self.endpoint = endpoint;
  return self;
}

SwimConfig ConfigOf(const GossipOptions& options) {
  SwimConfig config = options.config;
  config.contacts = options.contacts.size();
  config.streams = true;
  if (!options.keys.empty()) config.max_datagram_bytes = kMaxUnsealedBytes;
  return config;
}

}  // namespace

GossipThread::Impl::Impl(UdpSocket opened, GossipOptions given, GossipHandlers to_call)
    : options(std::move(given)),
      handlers(std::move(to_call)),
      waiting_text(WaitingText(options)),
      socket(std::move(opened)),
      own_address_open(!options.advertise && socket.local().IsUnspecified()),
      seal(options.keys),
      strangers(options.config.cluster_hash),
      swim(ConfigOf(options), SelfAt(options.self, FirstOwnEndpoint(socket, options.advertise)),
           options.given, MonotonicNow(), WallNow(), Rng(options.seed)),
      streams(io, swim, StreamConfig::For(options.config), options.keys, options.allow,
              [this](const std::function<void()>& body) { Turn(body); }),
      current(std::make_shared<const MembershipSnapshot>(swim.Snapshot())) {
  if (options.remembered.foundation.IsFounded()) {
    swim.Remember(MonotonicNow(), options.remembered);
    options.remembered = {};
    current = std::make_shared<const MembershipSnapshot>(swim.Snapshot());
  }
  error_code error;
  readable.assign(socket.fd(), error);
  VF_CHECK(!error, "a socket can be waited for");
}

template <typename Body>
void GossipThread::Impl::Turn(Body body) {
  try {
    body();
    TakeOutputs();
  } catch (const std::exception& error) {
    loop.failed_turns.Add();
    if (limiter.Allow(MonotonicNow(), "failed turn")) {
      LogError(std::string("gossip: a turn failed: ") + error.what());
    }
  }
  ArmTimer();
}

void GossipThread::Impl::Begin() {
  if (handlers.on_membership) handlers.on_membership(current);
  for (std::size_t i = 0; i < options.contacts.size(); ++i) {
    const HostPort& contact = options.contacts[i];
    if (const auto endpoint = Endpoint::ParseAddress(contact.host, contact.port)) {
      FindOwnAddress({*endpoint});
      swim.SetContact(MonotonicNow(), i, {*endpoint});
    }
  }
  resolver.emplace(
      options.contacts, socket.local().is_v6(), [this](ContactResolver::Answer answer) {
        Post([this, answer = std::move(answer)]() mutable { OnResolved(std::move(answer)); });
      });
  // A controller without contacts waits for nobody.
  if (!options.contacts.empty() || (options.self.roles & kRoleController) == 0) {
    waiting_timer.expires_after(kFirstWaitingLog);
    waiting_timer.async_wait([this](const error_code& error) {
      if (!error) LogWaiting();
    });
  }
}

void GossipThread::Impl::LogWaiting() {
  if (current->joined) return;
  LogWarn(WaitingNow());
  waiting_timer.expires_after(kNextWaitingLog);
  waiting_timer.async_wait([this](const error_code& error) {
    if (!error) LogWaiting();
  });
}

void GossipThread::Impl::OnResolved(ContactResolver::Answer answer) {
  const std::string& name = options.contacts[answer.contact].host;
  const TimePoint now = MonotonicNow();
  if (answer.endpoints.empty()) {
    if (limiter.Allow(now, "lookup " + name)) {
      LogWarn("contact " + name + ": " + answer.error + "; trying again");
    }
    return;  // What it resolved to before may still be right.
  }
  FindOwnAddress(answer.endpoints);
  swim.SetContact(now, answer.contact, answer.endpoints);
}

void GossipThread::Impl::FindOwnAddress(const std::vector<Endpoint>& contact) {
  if (!own_address_open) return;
  for (const Endpoint& endpoint : contact) {
    const auto local = LocalAddressTowards(endpoint);
    if (!local || local->IsLoopback()) continue;
    own_address_open = false;
    const Endpoint own = local->WithPort(socket.port());
    LogInfo("others are told to reach this process at " + own.ToString());
    swim.SetEndpoint(MonotonicNow(), own);
    return;
  }
}

void GossipThread::Impl::OnReadable() {
  bool empty = false;
  Turn([&] { empty = ReadSocket(kBatchesATurn); });
  if (empty) {
    ArmRead();
  } else {
    // Behind whatever else waits for its turn.
    asio::post(io, [this] { OnReadable(); });
  }
}

bool GossipThread::Impl::ReadSocket(int batches) {
  bool empty = false;
  for (int i = 0; i < batches && !empty; ++i) {
    if (i > 0) TakeOutputs();
    const UdpSocket::Batch batch = socket.Receive();
    const TimePoint now = MonotonicNow();
    const WallTime wall = WallNow();
    heard_until = batch.heard_until;
    for (const ReceivedDatagram& datagram : batch.datagrams) Deliver(now, wall, datagram);
    empty = !batch.more;
  }
  for (int i = 0; i < kUndeliveredATurn; ++i) {
    const auto undelivered = socket.NextUndelivered();
    if (!undelivered) break;
    if (undelivered->refused) {
      swim.OnRefused(MonotonicNow(), undelivered->to);
    } else {
      swim.OnUnreachable(MonotonicNow(), undelivered->to);
    }
  }
  return empty;
}

void GossipThread::Impl::Deliver(TimePoint now, WallTime wall, const ReceivedDatagram& datagram) {
  const std::variant<ByteSpan, DropReason> opened = seal.Open(datagram.bytes);
  if (const DropReason* reason = std::get_if<DropReason>(&opened)) {
    return OnDropped(now, datagram, *reason);
  }
  const ByteSpan bytes = std::get<ByteSpan>(opened);
  if (own_address_open && !datagram.from.IsLoopback() && !datagram.to.IsLoopback() &&
      datagram.to.IsUsableAsPeer()) {
    const auto decoded = DecodePacket(bytes);
    const auto* packet = std::get_if<Packet>(&decoded);
    if (packet != nullptr && packet->header.cluster_hash == options.config.cluster_hash) {
      own_address_open = false;
      LogInfo("reached from elsewhere (" + datagram.from.ToString() +
              "): others are told to reach this process at " + datagram.to.ToString());
      swim.SetEndpoint(now, datagram.to);  // Before the answer, which carries it.
    }
  }
  swim.OnDatagram(now, wall, datagram.from, bytes, datagram.received);
}

void GossipThread::Impl::OnDropped(TimePoint now, const ReceivedDatagram& datagram,
                                   DropReason reason) {
  const KeyStrangers::Noticed noticed =
      strangers.OnDropped(now, datagram.from, datagram.bytes, reason);
  if (!noticed.log.empty()) LogWarn(noticed.log);
  if (!noticed.wants_an_answer) return;
  OutgoingDatagram answer{datagram.from,
                          AnswerWithoutContent(options.config.cluster_hash, options.self)};
  seal.Seal(answer.bytes);
  // Never longer than what was asked, whoever has sent it in whose name.
  if (answer.bytes.size() <= datagram.bytes.size()) socket.Send({&answer, 1});
}

std::string GossipThread::Impl::WaitingNow() const {
  const std::lock_guard lock(mutex);
  return waiting_cause.empty() ? waiting_text : waiting_text + "; " + waiting_cause;
}

void GossipThread::Impl::OnTimer() {
  Turn([&] {
    loop.lag.Observe((MonotonicNow() - armed_for).count());
    armed_for = kNever;
    ReadSocket(kBatchesBeforeTimer);
    streams.OnTimer();
    swim.OnTimer(MonotonicNow(), WallNow(), heard_until);
  });
}

void GossipThread::Impl::TakeOutputs() {
  swim.TakeOutputs(outputs);
  if (outputs.suspected_self && handlers.on_suspected_self) handlers.on_suspected_self();
  if (outputs.members_changed) Publish();
  if (!outputs.refused.empty() && handlers.on_refused) {
    handlers.on_refused(outputs.refused, outputs.refusal_ends_process);
  }
  if (!outputs.identity_lost.empty() && handlers.on_identity_lost) {
    handlers.on_identity_lost(outputs.identity_lost, outputs.rejoin_at);
  }
  for (const SwimLogLine& line : outputs.log) {
    const bool warning = line.level == SwimLogLine::Level::kWarning;
    Log(warning ? LogLevel::kWarn : LogLevel::kInfo, line.text);
  }
  for (OutgoingDatagram& datagram : outputs.datagrams) seal.Seal(datagram.bytes);
  socket.Send(outputs.datagrams);
  streams.TakeWishes(outputs);
  std::string cause = strangers.Cause(MonotonicNow());
  const std::lock_guard lock(mutex);
  swim_counters = swim.counters();
  seal_counters = seal.counters();
  waiting_cause = std::move(cause);
}

void GossipThread::Impl::Publish() {
  auto snapshot = std::make_shared<const MembershipSnapshot>(swim.Snapshot());
  {
    const std::lock_guard lock(mutex);
    current = snapshot;
  }
  if (handlers.on_membership) handlers.on_membership(std::move(snapshot));
}

void GossipThread::Impl::ArmRead() {
  readable.async_wait(asio::posix::stream_descriptor::wait_read, [this](const error_code& error) {
    if (error != asio::error::operation_aborted) OnReadable();
  });
}

void GossipThread::Impl::ArmTimer() {
  const TimePoint next = std::min(swim.NextDeadline(), streams.NextDeadline());
  // A timer that fires too early is harmless and cheaper than setting it anew each time.
  if (next >= armed_for) return;
  armed_for = next;
  timer.expires_after(std::max(next - MonotonicNow(), Duration::zero()));
  timer.async_wait([this](const error_code& error) {
    if (!error) OnTimer();
  });
}

void GossipThread::Impl::Run() {
  for (;;) {
    try {
      io.run();
      return;
    } catch (const std::exception& error) {
      // Turns catch their own; this is what Asio itself threw.
      loop.failed_turns.Add();
      LogError(std::string("gossip: ") + error.what());
    }
  }
}

GossipThread::GossipThread(UdpSocket socket, GossipOptions options, GossipHandlers handlers) {
  VF_CHECK(options.contacts.size() <= kMaxContacts, "more contacts than there may be");
  impl_ = std::make_unique<Impl>(std::move(socket), std::move(options), std::move(handlers));
}

GossipThread::~GossipThread() {
  Stop();
  impl_->readable.release();  // The UdpSocket closes it.
}

void GossipThread::Start() {
  Impl& impl = *impl_;
  VF_CHECK(!impl.thread.joinable(), "Start() is called once");
  impl.Post([&impl] {
    impl.Begin();
    impl.ArmRead();
  });
  impl.thread = std::thread([&impl] { impl.Run(); });
  pthread_setname_np(impl.thread.native_handle(), "gossip");
}

void GossipThread::Stop() {
  Impl& impl = *impl_;
  if (!impl.thread.joinable()) return;
  asio::post(impl.io, [&impl] {
    const auto stop = [&impl] {
      impl.resolver.reset();
      impl.io.stop();
    };
    if (!impl.left) return stop();
    impl.waiting_timer.expires_after(kLinger);
    impl.waiting_timer.async_wait([stop](const error_code&) { stop(); });
  });
  impl.thread.join();
}

std::uint16_t GossipThread::port() const { return impl_->socket.port(); }
std::string GossipThread::waiting_text() const { return impl_->WaitingNow(); }

SharedMembership GossipThread::Current() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->current;
}

void GossipThread::Learn(std::vector<MemberRecord> records, std::function<void()> done) {
  Impl& impl = *impl_;
  impl.Post([&impl, records = std::move(records), done = std::move(done)] {
    impl.swim.Learn(MonotonicNow(), records);
    impl.TakeOutputs();
    if (done) done();
  });
}

void GossipThread::Report(MemberKey member, std::uint64_t boot, const Complaint& complaint) {
  Impl& impl = *impl_;
  impl.Post([&impl, member, boot, complaint] {
    impl.swim.Report(MonotonicNow(), member, boot, complaint);
  });
}

void GossipThread::SetBusy(bool busy) {
  Impl& impl = *impl_;
  impl.Post([&impl, busy] { impl.swim.SetBusy(MonotonicNow(), busy); });
}

void GossipThread::SetPhase(Phase phase, std::vector<MemberKey> first) {
  Impl& impl = *impl_;
  impl.Post([&impl, phase, first = std::move(first)] {
    impl.swim.SetPhase(MonotonicNow(), phase, first);
  });
}

void GossipThread::Leave(LeaveKind kind) {
  Impl& impl = *impl_;
  impl.Post([&impl, kind] {
    impl.left = true;
    impl.swim.Leave(MonotonicNow(), kind);
  });
}

void GossipThread::Forget(const MemberId& member, std::function<void(ForgetOutcome)> done) {
  Impl& impl = *impl_;
  impl.Post([&impl, member, done = std::move(done)] {
    const ForgetOutcome outcome = impl.swim.Forget(MonotonicNow(), member);
    impl.TakeOutputs();
    done(outcome);
  });
}

void GossipThread::TakeOver(int socket, std::string received) {
  Impl& impl = *impl_;
  // Shared: a task that is dropped at the end of the thread closes it.
  const auto owned = std::make_shared<AcceptedSocket>(socket);
  impl.Post([&impl, owned, received = std::move(received)] {
    impl.streams.TakeOver(std::move(*owned), received);
  });
}

void GossipThread::TakeOver(int socket, const PeerHello& theirs, std::string received) {
  Impl& impl = *impl_;
  const auto owned = std::make_shared<AcceptedSocket>(socket);
  impl.Post([&impl, owned, theirs, received = std::move(received)] {
    impl.streams.TakeOver(std::move(*owned), theirs, received);
  });
}

void GossipThread::PostAt(TimePoint when, std::function<void()> task) {
  Impl& impl = *impl_;
  impl.Post(
      [&impl, when, task = std::move(task)]() mutable { impl.tasks.Add(when, std::move(task)); });
}

void GossipThread::WriteMetrics(MetricsWriter& writer) const {
  const Impl& impl = *impl_;
  SwimCounters swim;
  SealCounters seal;
  {
    const std::lock_guard lock(impl.mutex);
    swim = impl.swim_counters;
    seal = impl.seal_counters;
  }
  const SharedMembership membership = Current();
  WriteGossipMetrics(
      MonotonicNow(),
      {swim, seal, impl.socket.counters(), impl.streams.counters(), impl.loop, *membership},
      writer);
  WriteStreamMetrics(impl.streams.counters(), writer);
}

}  // namespace vf
