// The UDP socket of a process: batches in, batches out, and word of addresses that refuse.
//
// It is bound without any reuse option, before everything else: while it lives, no other process
// can have its port. So it is the guard of the TCP port too, whose sockets do share among the
// threads of one process.
#pragma once

#include <absl/status/statusor.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/allow_list.h"
#include "base/bytes.h"
#include "base/endpoint.h"
#include "base/os/metrics.h"
#include "gossip/swim.h"

namespace vf {

struct ReceivedDatagram {
  Endpoint from;
  Endpoint to;  // the local address that it was sent to
  ByteSpan bytes;
  TimePoint received;  // by the kernel
};

// Written by the socket's thread, read by any.
struct UdpCounters {
  Counter not_allowed;     // datagrams of addresses outside the allow list
  Counter truncated;       // longer than any datagram of ours
  Counter refused;         // ICMP port unreachable
  Counter unreachable;     // ICMP host or network unreachable, or no route
  Counter receive_errors;  // receive calls that failed and were repeated, but for those two
  Counter send_errors;     // not taken by the system for another reason: filtered, no buffer
  Counter overflows;       // datagrams that the kernel dropped because its buffer was full
};

// A datagram that did not arrive, as far as anybody says so.
struct Undelivered {
  Endpoint to;
  bool refused = false;  // nothing listens there; else nobody can be reached there
  bool operator==(const Undelivered&) const = default;
};

// Thread: one owner. Never blocks. Errors of single datagrams are counted, never returned: gossip
// repeats what matters.
// A socket that is bound to all addresses answers a peer from the one at which it last heard it
// (ReplySources).
// Limits: kBatch datagrams a system call, kMaxBytes a datagram, kMaxUndelivered destinations
// without a route that wait to be told; further ones are only counted.
class UdpSocket {
 public:
  static constexpr std::size_t kBatch = 32;
  static constexpr std::size_t kMaxBytes = 1400;
  static constexpr std::size_t kMaxUndelivered = 256;
  static constexpr int kReceiveBufferBytes = 4 << 20;  // asked for; the kernel may give less

  // `bind`: address (unspecified: all of its family; :: takes both) and port (0: a free one).
  // Errors: Unavailable (port in use), InvalidArgument (no address of this machine),
  // PermissionDenied (port), Internal; the text says what to do.
  static absl::StatusOr<UdpSocket> Open(const Endpoint& bind, AllowList allow);
  ~UdpSocket();
  UdpSocket(UdpSocket&&) noexcept;
  UdpSocket& operator=(UdpSocket&&) noexcept;

  int fd() const;
  std::uint16_t port() const { return local().port(); }
  const Endpoint& local() const;  // as bound, with the port that it got

  // One batch. The datagrams live until the next call; those dropped are not among them.
  struct Batch {
    std::span<const ReceivedDatagram> datagrams;
    bool more = false;  // false: the socket is empty
    // All that the kernel had received by then has been handed out, with this batch or before.
    // Never goes back.
    TimePoint heard_until;
  };
  Batch Receive();

  // The next earlier datagram of ours of which somebody says that it did not arrive; none: no more.
  // Costs a system call only after another one has failed: word of it makes the next call fail. So
  // read on after Receive().
  std::optional<Undelivered> NextUndelivered();

  void Send(std::span<const OutgoingDatagram> datagrams);

  const UdpCounters& counters() const;

 private:
  struct State;
  explicit UdpSocket(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace vf
