#include "http/outbox.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <boost/asio/buffer.hpp>

#include "base/os/clocks.h"

namespace vf {

namespace asio = boost::asio;

Outbox::Flushed Outbox::Flush(Socket& socket) {
  while (UnsentBytes() > 0) {
    boost::system::error_code error;
    const std::size_t bytes =
        socket.write_some(asio::buffer(buffer_.data() + sent_, UnsentBytes()), error);
    if (error == asio::error::interrupted) continue;
    if (error == asio::error::would_block || error == asio::error::try_again) {
      if (!blocked_) {
        blocked_ = true;
        mark_time_ = MonotonicNow();
        mark_bytes_ = DeliveredBytes(socket);
      }
      return Flushed::kBlocked;
    }
    if (error) return Flushed::kError;
    sent_ += bytes;
    sent_in_all_ += bytes;
  }
  blocked_ = false;
  sent_ = 0;
  buffer_.clear();
  ShrinkTo(kKeptBytes);
  return Flushed::kAll;
}

// What the other side has acknowledged. The kernel may hold megabytes, and asks for more only when
// a good part of them is gone: its appetite is no measure of progress.
std::uint64_t Outbox::DeliveredBytes(Socket& socket) const {
  int queued = 0;
  if (ioctl(socket.native_handle(), SIOCOUTQ, &queued) != 0) return sent_in_all_;
  return sent_in_all_ - static_cast<std::uint64_t>(queued);
}

bool Outbox::Stalled(Socket& socket, TimePoint now, Duration deadline) {
  if (!blocked_) return false;
  const std::uint64_t delivered = DeliveredBytes(socket);
  if (delivered - mark_bytes_ < kLeastProgressBytes) return now - mark_time_ >= deadline;
  mark_time_ = now;
  mark_bytes_ = delivered;
  return false;
}

void Outbox::ShrinkTo(std::size_t bytes) {
  if (buffer_.capacity() > bytes) buffer_ = std::string();
}

void Outbox::Clear() {
  buffer_ = std::string();
  sent_ = 0;
  blocked_ = false;
}

}  // namespace vf
