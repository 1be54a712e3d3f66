#include "tests/support/net/tun_router.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/check.h"
#include "base/os/clocks.h"

namespace vf {
namespace {

constexpr std::size_t kMaxHosts = 250;
constexpr std::size_t kMaxPacketBytes = 2048;  // more than the interfaces' MTU
constexpr std::array<unsigned char, 3> kSubnet = {10, 67, 0};

// The end of the host's interface `fog0`; every read and write is one IP packet.
int OpenTun(const NetNamespace& host, const std::string& address) {
  const InsideNamespace inside(host);
  const int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
  VF_CHECK(fd >= 0, "/dev/net/tun cannot be opened");
  ifreq request{};
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  std::strcpy(request.ifr_name, "fog0");
  VF_CHECK(ioctl(fd, TUNSETIFF, &request) == 0, "a TUN interface cannot be made");
  FeedCommand("ip -batch -", "address add " + address + "/24 dev fog0\nlink set fog0 up\n");
  return fd;
}

// The host that an IPv4 packet is for.
std::optional<std::size_t> Destination(const std::byte* packet, std::size_t size,
                                       std::size_t hosts) {
  constexpr std::size_t kHeaderBytes = 20;
  constexpr std::size_t kDestinationAt = 16;
  if (size < kHeaderBytes || std::to_integer<int>(packet[0]) >> 4 != 4) return std::nullopt;
  if (std::memcmp(packet + kDestinationAt, kSubnet.data(), kSubnet.size()) != 0) {
    return std::nullopt;
  }
  const auto last = std::to_integer<std::size_t>(packet[kDestinationAt + kSubnet.size()]);
  if (last == 0 || last > hosts) return std::nullopt;
  return last - 1;
}

}  // namespace

struct TunRouter::Impl {
  Impl(std::size_t count, std::uint64_t number, const PacketFaults& faults)
      : hosts(count), scrambler(Rng(number), faults), stop(eventfd(0, EFD_CLOEXEC)) {
    VF_CHECK(count <= kMaxHosts, "too many hosts for one router");
    VF_CHECK(stop >= 0, "eventfd");
    for (std::size_t i = 0; i < count; ++i) tuns.push_back(OpenTun(hosts[i], AddressOf(i)));
    thread = std::thread([this] { Forward(); });
  }
  ~Impl() {
    const std::uint64_t one = 1;
    VF_CHECK(write(stop, &one, sizeof(one)) == sizeof(one), "an eventfd takes a number");
    thread.join();
    for (const int tun : tuns) close(tun);
    close(stop);
  }

  void Forward();
  void TakeIn(int tun);
  void SendDue();

  std::vector<NetNamespace> hosts;
  std::vector<int> tuns;
  mutable std::mutex mutex;
  PacketScrambler scrambler;  // guarded by mutex
  int stop;
  std::thread thread;
};

void TunRouter::Impl::Forward() {
  std::vector<pollfd> polled;
  for (const int tun : tuns) polled.push_back({tun, POLLIN, 0});
  polled.push_back({stop, POLLIN, 0});
  while ((polled.back().revents & POLLIN) == 0) {
    TimePoint next;
    {
      const std::scoped_lock lock(mutex);
      next = scrambler.NextDeadline();
    }
    const auto wait = next == kNever ? seconds(1) : std::max(next - MonotonicNow(), Duration(0));
    const auto whole = std::chrono::duration_cast<seconds>(wait);
    const timespec timeout{whole.count(), static_cast<long>((wait - whole).count())};
    const int ready = ppoll(polled.data(), polled.size(), &timeout, nullptr);
    VF_CHECK(ready >= 0 || errno == EINTR, "ppoll");
    for (std::size_t i = 0; ready > 0 && i < tuns.size(); ++i) {
      if ((polled[i].revents & POLLIN) != 0) TakeIn(tuns[i]);
    }
    SendDue();
  }
}

void TunRouter::Impl::TakeIn(int tun) {
  std::array<std::byte, kMaxPacketBytes> buffer;
  for (;;) {
    const ssize_t got = read(tun, buffer.data(), buffer.size());
    if (got <= 0) return;
    const auto size = static_cast<std::size_t>(got);
    const auto to = Destination(buffer.data(), size, tuns.size());
    if (!to) continue;
    const std::scoped_lock lock(mutex);
    scrambler.Offer(MonotonicNow(), {*to, {buffer.begin(), buffer.begin() + got}});
  }
}

void TunRouter::Impl::SendDue() {
  for (;;) {
    std::optional<PacketScrambler::Packet> packet;
    {
      const std::scoped_lock lock(mutex);
      packet = scrambler.Take(MonotonicNow());
    }
    if (!packet) return;
    // A host whose interface is full or gone loses the packet, as at any router.
    [[maybe_unused]] const ssize_t sent =
        write(tuns[packet->to], packet->bytes.data(), packet->bytes.size());
  }
}

TunRouter::TunRouter(std::size_t hosts, std::uint64_t number, const PacketFaults& faults)
    : impl_(std::make_unique<Impl>(hosts, number, faults)) {}
TunRouter::~TunRouter() = default;

std::size_t TunRouter::size() const { return impl_->hosts.size(); }
const NetNamespace& TunRouter::host(std::size_t index) const { return impl_->hosts[index]; }

void TunRouter::SetFaults(const PacketFaults& faults) {
  const std::scoped_lock lock(impl_->mutex);
  impl_->scrambler.SetFaults(faults);
}

PacketCounts TunRouter::counts() const {
  const std::scoped_lock lock(impl_->mutex);
  return impl_->scrambler.counts();
}

}  // namespace vf
