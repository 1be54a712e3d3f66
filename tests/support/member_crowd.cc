#include "tests/support/member_crowd.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <optional>
#include <span>
#include <thread>
#include <variant>
#include <vector>

#include "base/check.h"
#include "base/key_hash.h"
#include "base/os/clocks.h"
#include "base/rng.h"
#include "gossip/members/member_order.h"
#include "gossip/swim.h"
#include "gossip/wire/codec.h"
#include "tests/support/eventually.h"

namespace vf {
namespace {

constexpr std::uint32_t kFirstAddress = 0x7f40'0001;  // 127.64.0.1
constexpr std::size_t kJoinsATurn = 10;               // of a millisecond
constexpr std::size_t kPingsUnderWay = 64;

template <typename... Kinds>
bool HasAny(const Packet& packet) {
  return std::any_of(packet.messages.begin(), packet.messages.end(), [](const Message& message) {
    return (std::holds_alternative<Kinds>(message) || ...);
  });
}

}  // namespace

struct MemberCrowd::Impl {
  Impl(std::uint16_t port, std::size_t count);
  ~Impl();

  Endpoint AddressOf(std::size_t i) const {
    const auto address = static_cast<std::uint32_t>(kFirstAddress + i);
    return Endpoint::V4(
        {static_cast<std::uint8_t>(address >> 24), static_cast<std::uint8_t>(address >> 16),
         static_cast<std::uint8_t>(address >> 8), static_cast<std::uint8_t>(address)},
        own_port);
  }
  MemberRecord RecordOf(std::size_t i) const;
  void Run();
  void Receive();
  void OnPacket(std::size_t i, std::span<const std::byte> bytes);
  void DriveFirst();
  void SendJoins(TimePoint now);
  void MakeWhole(TimePoint now);
  void SendOutputs();
  // An answer of the first one, in the name of whoever was asked last.
  void SendForAsked(Packet packet);
  void SendPings(TimePoint now);
  void SendAs(std::size_t i, std::span<const std::byte> bytes);
  void SendMessage(std::size_t i, const Message& message) { SendAs(i, Say(i, message)); }
  std::vector<std::byte> Say(std::size_t i, const Message& message) const;
  void AnswerFirst(const OutgoingDatagram& datagram);

  const std::size_t members;
  sockaddr_in target{};
  Endpoint target_endpoint;
  int fd = -1;
  std::uint16_t own_port = 0;
  Rng rng{1};
  std::uint64_t boot = 0;
  std::vector<std::uint64_t> keys;

  // The thread's alone.
  std::optional<Swim> first;
  SwimOutputs outputs;
  bool all_joined = false;
  KnownCluster cluster;  // as the first one knew it
  MemberRecord target_record;
  std::size_t asked = 0;
  std::vector<bool> answered;
  std::size_t next_join = 1;
  TimePoint next_turn;
  TimePoint next_ping;
  MemberKey target_key = kNoMember;
  std::uint32_t target_boot32 = 0;
  std::uint32_t target_incarnation = 0;
  std::uint64_t target_view = 0;
  std::uint32_t seq = 0;

  std::atomic<bool> stop{false};
  std::atomic<bool> joining{false};
  std::atomic<bool> whole{false};
  std::atomic<std::size_t> joined{0};
  std::atomic<std::size_t> received{0};
  std::atomic<std::size_t> pings_wanted{0};
  std::atomic<std::size_t> pings_sent{0};
  std::atomic<std::size_t> pings_answered{0};
  std::thread thread;
};

MemberCrowd::Impl::Impl(std::uint16_t port, std::size_t count) : members(count) {
  VF_CHECK(count >= 2 && count <= 60'000, "so many members it can be");
  target.sin_family = AF_INET;
  target.sin_port = htons(port);
  target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  target_endpoint = Endpoint::Loopback(port);
  fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  VF_CHECK(fd >= 0, "a socket");
  const int on = 1;
  const int buffer = 4 << 20;
  ::setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
  sockaddr_in any{};
  any.sin_family = AF_INET;
  socklen_t size = sizeof(any);
  VF_CHECK(::bind(fd, reinterpret_cast<sockaddr*>(&any), size) == 0, "a free port");
  VF_CHECK(::getsockname(fd, reinterpret_cast<sockaddr*>(&any), &size) == 0, "its number");
  own_port = ntohs(any.sin_port);
  boot = BootAt(WallNow());
  for (std::size_t i = 0; i < count; ++i) keys.push_back(rng.Next() | 1);
  answered.resize(count, false);
  thread = std::thread([this] { Run(); });
}

MemberCrowd::Impl::~Impl() {
  stop = true;
  thread.join();
  ::close(fd);
}

MemberRecord MemberCrowd::Impl::RecordOf(std::size_t i) const {
  MemberRecord record;
  StoreBigEndian(record.id.bytes.data(), keys[i]);
  record.id.bytes[15] = std::byte{1};
  record.boot = boot;
  record.endpoint = AddressOf(i);
  record.roles = kRoleStorage | kRoleFrontend | kRoleMemoryOnly;
  record.seat = keys[i];
  record.meta_version = 1;
  record.phase = Phase::kReady;
  return record;
}

void MemberCrowd::Impl::SendAs(std::size_t i, std::span<const std::byte> bytes) {
  iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in_pktinfo))> control{};
  msghdr message{};
  message.msg_name = &target;
  message.msg_namelen = sizeof(target);
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = IPPROTO_IP;
  head->cmsg_type = IP_PKTINFO;
  head->cmsg_len = CMSG_LEN(sizeof(in_pktinfo));
  in_pktinfo info{};
  info.ipi_spec_dst.s_addr = htonl(static_cast<std::uint32_t>(kFirstAddress + i));
  std::memcpy(CMSG_DATA(head), &info, sizeof(info));
  ::sendmsg(fd, &message, 0);  // What is lost is repeated, as on any network.
}

std::vector<std::byte> MemberCrowd::Impl::Say(std::size_t i, const Message& message) const {
  Packet packet;
  packet.header.cluster_hash = HashClusterName("velour-fog");
  packet.header.key = keys[i];
  packet.header.boot32 = Boot32(boot);
  packet.header.view_hash = target_view;  // Everybody agrees.
  packet.header.view_members = static_cast<std::uint32_t>(members);
  packet.messages = {message};
  return EncodePacket(packet);
}

void MemberCrowd::Impl::OnPacket(std::size_t i, std::span<const std::byte> bytes) {
  ++received;
  if (i == 0 && (first || !all_joined)) {
    if (first) first->OnDatagram(MonotonicNow(), WallNow(), target_endpoint, bytes);
    return;
  }
  const auto decoded = DecodePacket(bytes);
  const Packet* packet = std::get_if<Packet>(&decoded);
  if (packet == nullptr) return;
  if (first && all_joined && HasAny<vf::Join, Digest, Exchange>(*packet)) {
    asked = i;
    first->OnDatagram(MonotonicNow(), WallNow(), target_endpoint, bytes);
    return SendOutputs();
  }
  target_key = packet->header.key;
  target_boot32 = packet->header.boot32;
  target_incarnation = packet->header.incarnation;
  target_view = packet->header.view_hash;
  for (const Message& message : packet->messages) {
    if (const auto* ping = std::get_if<vf::Ping>(&message)) {
      SendMessage(i, PingAck{ping->seq, 0, 0});
    } else if (const auto* request = std::get_if<PingReq>(&message)) {
      SendMessage(i, PingAck{request->seq, 0, 0});  // All of the crowd live.
    } else if (std::holds_alternative<PingAck>(message)) {
      ++pings_answered;
    } else if (std::holds_alternative<JoinOk>(message) && !answered[i]) {
      answered[i] = true;
      ++joined;
    }
  }
}

void MemberCrowd::Impl::Receive() {
  std::array<std::byte, 2'048> bytes;
  for (int i = 0; i < 512; ++i) {
    iovec part{bytes.data(), bytes.size()};
    alignas(cmsghdr) std::array<char, 128> control;
    sockaddr_in from{};
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof(from);
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = ::recvmsg(fd, &message, 0);
    if (size < 0) return;
    for (cmsghdr* head = CMSG_FIRSTHDR(&message); head != nullptr;
         head = CMSG_NXTHDR(&message, head)) {
      if (head->cmsg_level != IPPROTO_IP || head->cmsg_type != IP_PKTINFO) continue;
      in_pktinfo info;
      std::memcpy(&info, CMSG_DATA(head), sizeof(info));
      const std::uint32_t to = ntohl(info.ipi_addr.s_addr);
      if (to < kFirstAddress || to - kFirstAddress >= members) continue;
      OnPacket(to - kFirstAddress, std::span(bytes).first(static_cast<std::size_t>(size)));
    }
  }
}

// To the first one, too, all of the crowd live.
void MemberCrowd::Impl::AnswerFirst(const OutgoingDatagram& datagram) {
  const auto decoded = DecodePacket(datagram.bytes);
  const Packet* packet = std::get_if<Packet>(&decoded);
  if (packet == nullptr) return;
  for (const Message& message : packet->messages) {
    const auto* ping = std::get_if<vf::Ping>(&message);
    if (ping == nullptr) continue;
    const auto who = std::find(keys.begin(), keys.end(), ping->target);
    if (who == keys.end()) continue;
    const auto i = static_cast<std::size_t>(who - keys.begin());
    first->OnDatagram(MonotonicNow(), WallNow(), datagram.to, Say(i, PingAck{ping->seq, 0, 0}));
  }
}

void MemberCrowd::Impl::DriveFirst() {
  if (!first) return;
  const TimePoint now = MonotonicNow();
  if (first->NextDeadline() <= now) first->OnTimer(now, WallNow());
  SendOutputs();
}

void MemberCrowd::Impl::SendForAsked(Packet packet) {
  packet.header.key = keys[asked];
  packet.header.boot32 = Boot32(boot);
  packet.header.incarnation = 0;
  SendAs(asked, EncodePacket(packet));
}

void MemberCrowd::Impl::SendOutputs() {
  first->TakeOutputs(outputs);
  for (const OutgoingDatagram& datagram : outputs.datagrams) {
    if (datagram.to == target_endpoint) {
      auto decoded = DecodePacket(datagram.bytes);
      Packet* packet = std::get_if<Packet>(&decoded);
      if (all_joined && packet != nullptr && HasAny<JoinOk, Digest, Exchange>(*packet)) {
        SendForAsked(std::move(*packet));
      } else {
        SendAs(0, datagram.bytes);
      }
    } else {
      AnswerFirst(datagram);
    }
  }
}

void MemberCrowd::Impl::SendJoins(TimePoint now) {
  if (!joining || all_joined) return;
  if (!first) {
    SwimConfig config = SwimConfig::Lan();
    config.cluster_hash = HashClusterName("velour-fog");
    config.contacts = 1;
    MemberRecord self = RecordOf(0);
    first.emplace(config, self, ClusterSettings{}, now, WallNow(), Rng(2));
    first->SetContact(now, 0, {target_endpoint});
    return;
  }
  const MembershipSnapshot seen = first->Snapshot();
  if (!seen.joined || seen.members.size() < 2) return;
  for (std::size_t sent = 0, tries = 0; sent < kJoinsATurn && tries < members; ++tries) {
    const std::size_t i = next_join;
    next_join = next_join + 1 < members ? next_join + 1 : 1;
    if (answered[i]) continue;
    MemberRecord record = RecordOf(i);
    record.replicas = seen.settings.replicas;
    record.partition_digits = seen.settings.partition_digits;
    SendMessage(i, vf::Join{record, seen.foundation, seen.settings, false});
    ++sent;
  }
  if (joined + 1 < members) return;
  cluster = {seen.foundation, seen.settings, {}};
  if (const Member* controller = seen.members.Find(target_key)) target_record = controller->record;
  first.reset();  // From now on it is as simple as the others.
  all_joined = true;
}

void MemberCrowd::Impl::MakeWhole(TimePoint now) {
  for (std::size_t i = 0; i < members; ++i) {
    MemberRecord& record = cluster.members.emplace_back(RecordOf(i));
    record.replicas = cluster.settings.replicas;
    record.partition_digits = cluster.settings.partition_digits;
  }
  const MemberRecord self = cluster.members.front();
  cluster.members.push_back(target_record);
  SwimConfig config = SwimConfig::Lan();
  config.cluster_hash = HashClusterName("velour-fog");
  config.contacts = 1;
  first.emplace(Swim::Warm(config, self, cluster, now, WallNow(), Rng(3)));
  first->SetContact(now, 0, {target_endpoint});
  cluster.members = {};
}

void MemberCrowd::Impl::SendPings(TimePoint now) {
  if (target_key == kNoMember || !all_joined) return;
  const auto ping = [&] {
    SendMessage(1 + rng.Uniform(members - 1), vf::Ping{++seq, target_key, target_boot32,
                                                       MemberState::kAlive, target_incarnation});
  };
  while (pings_sent < pings_wanted && pings_sent < pings_answered + kPingsUnderWay) {
    ++pings_sent;
    ping();
  }
  if (now < next_ping) return;
  next_ping = now + SwimConfig::Lan().probe_interval;
  ping();
}

void MemberCrowd::Impl::Run() {
  while (!stop) {
    pollfd wait{fd, POLLIN, 0};
    ::poll(&wait, 1, 1);
    Receive();
    DriveFirst();
    const TimePoint now = MonotonicNow();
    if (pings_wanted == 0 && now < next_turn) continue;
    next_turn = now + milliseconds(1);
    SendJoins(now);
    SendPings(now);
    if (whole && all_joined && !first) MakeWhole(now);
  }
}

MemberCrowd::MemberCrowd(std::uint16_t port, std::size_t members)
    : impl_(std::make_unique<Impl>(port, members)) {}
MemberCrowd::~MemberCrowd() = default;

std::size_t MemberCrowd::Join(std::chrono::nanoseconds timeout) {
  impl_->joining = true;
  Eventually([this] { return impl_->joined + 1 >= impl_->members; }, timeout);
  return impl_->joined + 1;
}

void MemberCrowd::Remember() { impl_->whole = true; }

std::size_t MemberCrowd::Ping(std::size_t count, std::chrono::nanoseconds timeout) {
  const std::size_t before = impl_->pings_answered;
  impl_->pings_sent = impl_->pings_answered.load();
  impl_->pings_wanted = before + count;
  Eventually([&] { return impl_->pings_answered >= before + count; }, timeout);
  impl_->pings_wanted = 0;
  return impl_->pings_answered - before;
}

std::size_t MemberCrowd::received() const { return impl_->received; }

}  // namespace vf
