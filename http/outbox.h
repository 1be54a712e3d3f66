// What a connection has to send: whole responses, in order, as far as the socket takes them.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/time.h"

namespace vf {

// Thread: its connection's.
// Invariants: 1. Nothing is ever blocked while UnsentBytes() is 0.
//             2. Buffers of more than kKeptBytes go as soon as they are sent.
class Outbox {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  enum class Flushed : std::uint8_t { kAll, kBlocked, kError };
  static constexpr std::size_t kKeptBytes = 64 * 1024;
  // What a reader must take within a write deadline; with less it only pretends to read.
  static constexpr std::uint64_t kLeastProgressBytes = 4096;

  // To append to. Nothing of what is there may be changed.
  std::string& buffer() { return buffer_; }
  std::size_t UnsentBytes() const { return buffer_.size() - sent_; }

  // Sends what `socket` (non-blocking) takes without waiting.
  Flushed Flush(Socket& socket);

  // REQUIRES: UnsentBytes() is not 0. Whether the other side took next to nothing for `deadline`.
  // To be asked often: what was taken is dated when it is noticed here.
  bool Stalled(Socket& socket, TimePoint now, Duration deadline);

  // Frees the buffer if it is larger than `bytes`. REQUIRES: UnsentBytes() is 0.
  void ShrinkTo(std::size_t bytes);
  // Forgets what is unsent and frees everything.
  void Clear();

  std::uint64_t sent_in_all() const { return sent_in_all_; }

 private:
  std::uint64_t DeliveredBytes(Socket& socket) const;

  std::string buffer_;
  std::size_t sent_ = 0;  // of buffer_
  std::uint64_t sent_in_all_ = 0;
  bool blocked_ = false;          // the socket did not take all
  TimePoint mark_time_;           // since then, while blocked, ...
  std::uint64_t mark_bytes_ = 0;  // ... more than these must be delivered
};

}  // namespace vf
