// What a packet costs with the kernel's part: a peer keeps 64 pings under way, and a thread of this
// process answers. Reported is the CPU time of the answering thread for a ping and its answer
// (docs/membership.md, G24: 3 us).
//
// BM_BareEcho is what the system takes for itself: the same two system calls on the same sizes, and
// nothing else. BM_GossipThread is the whole: the loop, the codec, the protocol.
#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/os/clocks.h"
#include "gossip/members/member_order.h"
#include "gossip/udp/gossip_thread.h"
#include "gossip/udp/sockaddr.h"
#include "gossip/udp/udp_socket.h"
#include "gossip/wire/codec.h"

namespace vf {
namespace {

constexpr int kUnderWay = 64;
constexpr int kPingsARound = 20'000;
constexpr int kRounds = 10;

UdpSocket OpenLoopback() {
  auto socket = UdpSocket::Open(Endpoint::Loopback(0), AllowList::PrivateNetworks());
  VF_CHECK(socket.ok(), "a socket");
  return *std::move(socket);
}

double ThreadSeconds(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

// Pings from one socket of the calling thread, and waits for as many answers.
class Pinger {
 public:
  explicit Pinger(const Endpoint& target) : target_(target), socket_(OpenLoopback()) {}
  const Endpoint& local() const { return socket_.local(); }

  // Returns how many were answered.
  int Round(const std::vector<std::byte>& ping) {
    int sent = 0;
    int answered = 0;
    while (answered < kPingsARound) {
      std::vector<OutgoingDatagram> out;
      while (sent < kPingsARound && sent < answered + kUnderWay) {
        out.push_back({target_, ping});
        ++sent;
      }
      socket_.Send(out);
      pollfd wait{socket_.fd(), POLLIN, 0};
      if (::poll(&wait, 1, 200) == 0) break;
      for (bool more = true; more;) {
        const auto batch = socket_.Receive();
        answered += static_cast<int>(batch.datagrams.size());
        more = batch.more;
      }
    }
    return answered;
  }

 private:
  const Endpoint target_;
  UdpSocket socket_;
};

std::vector<std::byte> BytesOfAPing(const MemberRecord& sender, const MemberRecord& target) {
  PacketHeader header;
  header.key = sender.key();
  header.boot32 = Boot32(sender.boot);
  header.view_hash = 0x1122334455667788;
  header.view_members = 2;
  DatagramBuilder builder(header);
  builder.Add(Ping{77, target.key(), Boot32(target.boot), MemberState::kAlive, 0});
  return builder.Take();
}

MemberRecord RecordOf(MemberKey key, const Endpoint& endpoint) {
  MemberRecord r;
  StoreBigEndian(r.id.bytes.data(), key);
  r.id.bytes[15] = std::byte{1};
  r.boot = BootAt(WallNow());
  r.endpoint = endpoint;
  r.roles = kRoleStorage | kRoleFrontend | kRoleMemoryOnly;
  r.seat = key;
  r.meta_version = 1;
  r.phase = Phase::kReady;
  return r;
}

constexpr MemberKey kOwnKey = 0x1122334455667788;
constexpr MemberKey kPeerKey = 0x2233445566778899;

void Measure(benchmark::State& state, Pinger& pinger, const std::vector<std::byte>& ping,
             clockid_t clock) {
  double answered = 0;
  double spent = 0;
  for (auto _ : state) {
    const double before = ThreadSeconds(clock);
    const int in_round = pinger.Round(ping);
    VF_CHECK(in_round > kPingsARound / 2, "pings are answered");
    const double used = ThreadSeconds(clock) - before;
    state.SetIterationTime(used);
    spent += used;
    answered += in_round;
  }
  state.counters["us_a_ping"] = 1e6 * spent / answered;
}

void BM_BareEcho(benchmark::State& state) {
  constexpr std::size_t kBatch = 32;
  std::atomic<bool> stop{false};
  std::atomic<std::uint16_t> port{0};
  std::thread thread([&] {
    const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_storage address;
    socklen_t length = ToSockaddr(Endpoint::Loopback(0), AF_INET, address);
    VF_CHECK(::bind(fd, reinterpret_cast<sockaddr*>(&address), length) == 0, "a port");
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
    const int poller = ::epoll_create1(EPOLL_CLOEXEC);
    epoll_event wanted{};
    wanted.events = EPOLLIN | EPOLLET;
    ::epoll_ctl(poller, EPOLL_CTL_ADD, fd, &wanted);
    port = FromSockaddr(address)->port();
    std::array<std::array<std::byte, 1'400>, kBatch> bytes;
    std::array<sockaddr_storage, kBatch> from;
    std::array<iovec, kBatch> parts;
    std::array<mmsghdr, kBatch> headers{};
    while (!stop) {
      epoll_event event;
      if (::epoll_wait(poller, &event, 1, 10) <= 0) continue;
      for (int n = static_cast<int>(kBatch); n == static_cast<int>(kBatch);) {
        for (std::size_t i = 0; i < kBatch; ++i) {
          parts[i] = {bytes[i].data(), bytes[i].size()};
          headers[i].msg_hdr = {};
          headers[i].msg_hdr.msg_name = &from[i];
          headers[i].msg_hdr.msg_namelen = sizeof(from[i]);
          headers[i].msg_hdr.msg_iov = &parts[i];
          headers[i].msg_hdr.msg_iovlen = 1;
        }
        n = ::recvmmsg(fd, headers.data(), kBatch, 0, nullptr);
        if (n <= 0) break;
        for (int i = 0; i < n; ++i) parts[static_cast<std::size_t>(i)].iov_len = 50;  // an ack
        ::sendmmsg(fd, headers.data(), static_cast<unsigned>(n), 0);
      }
    }
    ::close(poller);
    ::close(fd);
  });
  while (port == 0) std::this_thread::yield();
  const Endpoint target = Endpoint::Loopback(port);
  Pinger pinger(target);
  clockid_t clock{};
  VF_CHECK(pthread_getcpuclockid(thread.native_handle(), &clock) == 0, "its clock");
  Measure(state, pinger,
          BytesOfAPing(RecordOf(kPeerKey, pinger.local()), RecordOf(kOwnKey, target)), clock);
  stop = true;
  thread.join();
}
BENCHMARK(BM_BareEcho)->UseManualTime()->Iterations(kRounds)->Unit(benchmark::kMillisecond);

void BM_GossipThread(benchmark::State& state) {
  UdpSocket socket = OpenLoopback();
  const Endpoint own = socket.local();
  Pinger pinger(own);
  GossipOptions options;
  options.self = RecordOf(kOwnKey, own);
  options.seed = 1;
  std::atomic<clockid_t> clock{0};
  std::atomic<std::size_t> members{0};
  std::atomic<ClusterSettings> settings{};
  GossipHandlers handlers;
  handlers.on_membership = [&](const SharedMembership& membership) {
    clockid_t of_thread{};
    pthread_getcpuclockid(pthread_self(), &of_thread);
    clock = of_thread;
    settings = membership->settings;
    members = membership->members.size();
  };
  GossipThread gossip(std::move(socket), options, handlers);
  gossip.Start();
  while (members == 0) std::this_thread::yield();
  MemberRecord peer = RecordOf(kPeerKey, pinger.local());
  peer.replicas = settings.load().replicas;
  peer.partition_digits = settings.load().partition_digits;
  gossip.Learn({peer}, nullptr);
  for (int tries = 0; members < 2; ++tries) {
    VF_CHECK(tries < 1'000, "a record that is learnt");
    std::this_thread::sleep_for(milliseconds(1));
  }
  Measure(state, pinger, BytesOfAPing(peer, options.self), clock);
  gossip.Stop();
}
BENCHMARK(BM_GossipThread)->UseManualTime()->Iterations(kRounds)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace vf
