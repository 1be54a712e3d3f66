#include "node/net/peer_link.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/os/entropy.h"
#include "gossip/stream/stream_codec.h"

namespace vf {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// A link that is up looks at its timeouts this often within each of them.
constexpr int kTurnsInTimeout = 4;
// Small frames are joined up to this size: one piece of a write instead of many.
constexpr std::size_t kJoinedBytes = 65'536;
// Asio hands at most this many pieces to one call of the system.
constexpr std::size_t kPiecesInWrite = 64;

// Buffers of a write, by reference: Asio copies what it is given.
struct Gather {
  using value_type = asio::const_buffer;
  using const_iterator = const asio::const_buffer*;
  const_iterator first;
  const_iterator last;
  // NOLINTBEGIN(readability-identifier-naming): Asio's names.
  const_iterator begin() const { return first; }
  const_iterator end() const { return last; }
  // NOLINTEND(readability-identifier-naming)
};

asio::ip::tcp::endpoint ToAsio(const Endpoint& endpoint) {
  const ByteSpan bytes = endpoint.address_bytes();
  if (endpoint.is_v6()) {
    asio::ip::address_v6::bytes_type address;
    std::memcpy(address.data(), bytes.data(), address.size());
    return {asio::ip::address_v6(address), endpoint.port()};
  }
  asio::ip::address_v4::bytes_type address;
  std::memcpy(address.data(), bytes.data(), address.size());
  return {asio::ip::address_v4(address), endpoint.port()};
}

Endpoint FromAsio(const asio::ip::tcp::endpoint& endpoint) {
  if (endpoint.address().is_v4()) {
    return Endpoint::V4(endpoint.address().to_v4().to_bytes(), endpoint.port());
  }
  return Endpoint::V6(endpoint.address().to_v6().to_bytes(), endpoint.port());
}

PeerHello OwnHello(const PeerContext& context) {
  PeerHello hello = context.OwnHello();
  hello.nonce = Entropy128();
  return hello;
}

bool IsDataType(std::uint8_t type) {
  return type >= static_cast<std::uint8_t>(FrameType::kStore) &&
         type <= static_cast<std::uint8_t>(kLastFrameType);
}

}  // namespace

PeerLink::PeerLink(asio::io_context& io, const LinkConfig& config, PeerContext& context,
                   MemberKey expected, Owner& owner, PeerCounters& counters)
    : config_(config),
      context_(context),
      expected_(expected),
      owner_(owner),
      counters_(counters),
      socket_(io),
      timer_(io) {}

// --- Beginning ---

void PeerLink::Connect(const Endpoint& endpoint) {
  remote_ = endpoint;
  handshake_.emplace(PeerHandshake::Side::kConnecting, OwnHello(context_), context_.keys(),
                     expected_);
  ArmTimer(config_.handshake_timeout);
  const asio::ip::tcp::endpoint to = ToAsio(endpoint);
  error_code error;
  socket_.open(to.protocol(), error);
  if (error) return EndLater(LinkEnd::kUnreachable);
  SetSocketOptions();
  socket_.async_connect(to, [self = shared_from_this()](const error_code& failure) {
    if (self->closed_) return;
    if (failure) {
      return self->End(failure == asio::error::connection_refused ? LinkEnd::kRefused
                                                                  : LinkEnd::kUnreachable);
    }
    self->SendFirst(self->handshake_->Opening());
    self->StartRead();
  });
}

void PeerLink::Accept(Socket socket, ByteSpan first_bytes) {
  VF_CHECK(!first_bytes.empty() && AsText(first_bytes).front() == kPeerProtocolByte,
           "not a peer connection");
  accepted_ = true;
  socket_ = std::move(socket);
  error_code error;
  const asio::ip::tcp::endpoint remote = socket_.remote_endpoint(error);
  if (error) return EndLater(LinkEnd::kReset);
  remote_ = FromAsio(remote);
  handshake_.emplace(PeerHandshake::Side::kAccepting, OwnHello(context_), context_.keys(),
                     expected_);
  SetSocketOptions();
  ArmTimer(config_.handshake_timeout);
  reader_.Append(first_bytes.subspan(1));
  // Later, so that the owner is never called from within this call.
  asio::post(socket_.get_executor(), [self = shared_from_this()] { self->ProcessFrames(); });
}

void PeerLink::SetSocketOptions() {
  // None of these is worth ending a link for, if the system does not take it.
  error_code ignored;
  socket_.non_blocking(true, ignored);
  const auto set = [fd = socket_.native_handle()](int level, int name, int value) {
    setsockopt(fd, level, name, &value, sizeof(value));
  };
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 10);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 5);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
  // A host that is gone acknowledges nothing; the system would take 15 minutes to say so.
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(ToMilliseconds(2 * config_.stall_timeout)));
}

void PeerLink::SendFirst(std::string bytes) {
  if (bytes.empty()) return;
  // Before whatever waits already.
  queued_bytes_ += bytes.size();
  counters_.frames_out.Add();
  queue_.insert(queue_.begin() + static_cast<std::ptrdiff_t>(opening_pieces_),
                {std::move(bytes), {}});
  ++opening_pieces_;
  StartWrite();
}

// --- Timeouts ---

void PeerLink::ArmTimer(Duration in) {
  timer_.expires_after(in);
  timer_.async_wait([self = shared_from_this()](const error_code& error) {
    if (!error && !self->closed_) self->OnTimer();
  });
}

void PeerLink::OnTimer() {
  if (draining_) return End(LinkEnd::kStopped);
  if (moving_) return End(LinkEnd::kStalled);
  if (!up_) return End(end_when_sent_.value_or(LinkEnd::kHandshakeTimeout));
  const Duration turn = std::min(config_.stall_timeout, config_.idle_timeout) / kTurnsInTimeout;
  ++turns_without_traffic_;
  turns_without_write_ = queue_.empty() ? 0 : turns_without_write_ + 1;
  if (turns_without_write_ * turn > config_.stall_timeout) return End(LinkEnd::kStalled);
  if (turns_without_traffic_ * turn > config_.idle_timeout) return End(LinkEnd::kIdle);
  ArmTimer(turn);
}

// --- Reading ---

void PeerLink::StartRead() {
  if (closed_ || reading_) return;
  reading_ = true;
  const std::span<std::byte> space = reader_.Space();
  socket_.async_read_some(asio::buffer(space.data(), space.size()),
                          [self = shared_from_this()](const error_code& error, std::size_t bytes) {
                            self->reading_ = false;
                            if (!self->closed_) self->OnRead(error, bytes);
                          });
}

void PeerLink::OnRead(const error_code& error, std::size_t bytes) {
  if (error) {
    return EndOnError(error == asio::error::eof ? LinkEnd::kClosed : LinkEnd::kReset);
  }
  counters_.bytes_in.Add(bytes);
  turns_without_traffic_ = 0;
  if (draining_ || end_when_sent_) return StartRead();  // Into the same space: it is not wanted.
  reader_.Filled(bytes);
  ProcessFrames();
}

void PeerLink::ProcessFrames() {
  while (!closed_ && !draining_ && !end_when_sent_ && !moving_) {
    if (accepted_ && queued_bytes_ >= config_.max_queue_bytes / 2) {
      paused_ = true;
      return;
    }
    ByteSpan body;
    switch (reader_.Next(body)) {
      case FrameReader::Result::kNeedMore:
        return StartRead();
      case FrameReader::Result::kRefused:
        LogProblem(LinkEnd::kBadLength, "it sent a frame of a forbidden length");
        return End(LinkEnd::kBadLength);
      case FrameReader::Result::kFrame:
        HandleFrame(body);
    }
  }
}

void PeerLink::HandleFrame(ByteSpan body) {
  counters_.frames_in.Add();
  if (!up_) return HandleHandshake(body);
  const std::optional<std::uint8_t> type = FrameTypeOf(body);
  const bool first = !std::exchange(began_, true);
  if (first && type && IsStreamOpening(*type) && accepted_ && owner_.MovesMembership()) {
    received_.resize(4);
    StoreBigEndian(reinterpret_cast<std::byte*>(received_.data()),
                   static_cast<std::uint32_t>(body.size()));
    received_ += AsText(body);
    moving_ = true;
    if (queue_.empty()) Move();
    return;
  }
  bool ok = type.has_value() && *type != kHelloFrame;
  if (ok && !IsDataType(*type)) {
    counters_.unknown_frames.Add();
    return;
  }
  ok = ok && owner_.OnLinkFrame(*this, body);
  if (ok || closed_) return;
  LogProblem(LinkEnd::kBadFrame, "it sent a frame that is no valid message");
  End(LinkEnd::kBadFrame);
}

void PeerLink::HandleHandshake(ByteSpan body) {
  PeerHandshake::Step step = handshake_->OnFrame(body);
  SendFirst(std::move(step.send));
  if (step.refusal) return EndWhenSent(*step.refusal);
  if (!handshake_->is_done()) return;
  up_ = true;
  reader_.SetMaxBodyBytes(config_.max_body_bytes);
  counters_.links_opened.Add();
  ArmTimer(std::min(config_.stall_timeout, config_.idle_timeout) / kTurnsInTimeout);
  ScheduleFlush();
  owner_.OnLinkUp(*this);
}

void PeerLink::Move() {
  const auto self = shared_from_this();
  error_code error;
  const int socket = socket_.release(error);
  if (error) return End(LinkEnd::kReset);
  received_ += reader_.TakeRest();
  Close();
  owner_.OnLinkMoved(*this, socket, handshake_->theirs(), std::move(received_));
}

void PeerLink::Owner::OnLinkMoved(PeerLink&, int socket, const PeerHello&, std::string) {
  close(socket);
}

// --- Writing ---

bool PeerLink::Send(OutgoingFrame frame) {
  if (closed_ || draining_) return true;  // The owner hears of the end, and what it lost with it.
  if (queued_bytes_ >= config_.max_queue_bytes) return false;
  counters_.frames_out.Add();
  Enqueue(std::move(frame));
  ScheduleFlush();
  return true;
}

void PeerLink::Enqueue(OutgoingFrame frame) {
  queued_bytes_ += frame.size();
  if (queue_.size() > in_write_) {
    Piece& last = queue_.back();
    if (!last.tail && last.head.size() + frame.head.size() <= kJoinedBytes) {
      last.head += frame.head;
      last.tail = std::move(frame.tail);
      return;
    }
  }
  queue_.push_back({std::move(frame.head), std::move(frame.tail)});
}

void PeerLink::ScheduleFlush() {
  if (flush_scheduled_ || !up_ || in_write_ > 0 || queue_.empty()) return;
  flush_scheduled_ = true;
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    self->flush_scheduled_ = false;
    self->StartWrite();
  });
}

void PeerLink::StartWrite() {
  // The handshake goes alone until both sides have accepted each other.
  const std::size_t most = up_ ? queue_.size() : opening_pieces_;
  if (closed_ || in_write_ > 0 || most == 0) return;
  buffers_.clear();
  std::size_t skip = front_sent_;
  const auto add = [&](std::string_view bytes) {
    const std::size_t skipped = std::min(skip, bytes.size());
    skip -= skipped;
    if (skipped < bytes.size()) {
      buffers_.emplace_back(bytes.data() + skipped, bytes.size() - skipped);
    }
  };
  while (in_write_ < most && buffers_.size() + 2 <= kPiecesInWrite) {
    const Piece& piece = queue_[in_write_++];
    add(piece.head);
    if (piece.tail) add(piece.tail.view().value);
  }
  socket_.async_write_some(Gather{buffers_.data(), buffers_.data() + buffers_.size()},
                           [self = shared_from_this()](const error_code& error, std::size_t bytes) {
                             if (!self->closed_) self->OnWritten(error, bytes);
                           });
}

void PeerLink::OnWritten(const error_code& error, std::size_t bytes) {
  in_write_ = 0;
  if (error) return EndOnError(LinkEnd::kReset);
  counters_.writes.Add();
  counters_.bytes_out.Add(bytes);
  turns_without_write_ = 0;
  turns_without_traffic_ = 0;
  queued_bytes_ -= bytes;
  front_sent_ += bytes;
  while (!queue_.empty() && front_sent_ >= queue_.front().size()) {
    front_sent_ -= queue_.front().size();
    queue_.pop_front();
    opening_pieces_ -= std::min<std::size_t>(opening_pieces_, 1);
  }
  if (!queue_.empty()) {
    StartWrite();
  } else if (moving_) {
    return Move();
  } else if (draining_ || end_when_sent_) {
    return OnQueueSent();
  }
  if (paused_ && queued_bytes_ < config_.max_queue_bytes / 4) {
    paused_ = false;
    ProcessFrames();
  }
}

// --- End ---

void PeerLink::OnQueueSent() {
  if (half_closed_) return;
  half_closed_ = true;
  // Half: the other side reads what was sent and closes. Closing at once, with something unread
  // here, would make the system throw away what is still on its way there.
  error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  if (error) return EndLater(end_when_sent_.value_or(LinkEnd::kStopped));
  StartRead();
}

void PeerLink::EndWhenSent(const HelloRefusal& refusal) {
  LogProblem(refusal.end, refusal.text);
  if (queue_.empty() || !accepted_) return End(refusal.end);
  // The other side shall know why, too. The timer of the handshake still runs.
  end_when_sent_ = refusal.end;
}

void PeerLink::EndOnError(LinkEnd end) {
  // What was to end anyway ends for the reason that it had.
  End(draining_ ? LinkEnd::kStopped : end_when_sent_.value_or(end));
}

void PeerLink::EndLater(LinkEnd end) {
  asio::post(socket_.get_executor(), [self = shared_from_this(), end] { self->End(end); });
}

void PeerLink::End(LinkEnd end) {
  if (closed_) return;
  const auto self = shared_from_this();
  counters_.ends[static_cast<std::size_t>(end)].Add();
  Close();
  owner_.OnLinkEnd(*this, end);
}

void PeerLink::Drain() {
  if (closed_ || draining_) return;
  if (!up_) return EndLater(LinkEnd::kStopped);
  draining_ = true;
  ArmTimer(config_.drain_timeout);
  if (queue_.empty()) OnQueueSent();
}

void PeerLink::Close() {
  if (closed_) return;
  closed_ = true;
  if (up_) counters_.links_closed.Add();
  error_code ignored;
  socket_.close(ignored);
  timer_.cancel();
}

void PeerLink::LogProblem(LinkEnd end, const std::string& why) {
  const std::string text = "peer connection " + std::string(accepted_ ? "from " : "to ") +
                           remote_.ToString() + " refused: " + why;
  if (end == LinkEnd::kOtherKey) return context_.LogStranger(remote_.AddressText(), text);
  context_.LogProblem(LinkEndName(end), text);
}

}  // namespace vf
