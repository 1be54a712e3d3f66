#include "tools/cluster-sim/process/peer_end.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/check.h"
#include "gossip/stream/stream_codec.h"
#include "node/replication/codec.h"

namespace vf::sim {
namespace {

// A connection that is up looks at its timeouts this often within each of them.
constexpr int kTurnsInTimeout = 4;

bool IsDataType(std::uint8_t type) {
  return type >= static_cast<std::uint8_t>(FrameType::kStore) &&
         type <= static_cast<std::uint8_t>(kLastFrameType);
}

}  // namespace

PeerEnd::PeerEnd(const Place& place, const LinkConfig& config, const PeerHello& own,
                 MemberKey expected, std::uint64_t number, Owner& owner)
    : place_(place),
      config_(config),
      own_(own),
      expected_(expected),
      number_(number),
      owner_(owner) {}

PeerEnd::~PeerEnd() { Close(); }

// On the thread, unless it is over by then.
template <typename Body>
void PeerEnd::Turn(Body body) {
  place_.thread.Run([self = shared_from_this(), body = std::move(body)]() mutable {
    if (!self->closed_) body();
  });
}

// --- Beginning ---

void PeerEnd::Connect(HostNumber from, HostNumber to) {
  handshake_.emplace(PeerHandshake::Side::kConnecting, own_, ClusterKeys(), expected_);
  ArmTimer(config_.handshake_timeout);
  stream_ = place_.streams.Connect(from, to, *this);
}

void PeerEnd::Accept(StreamId stream) {
  accepted_ = true;
  handshake_.emplace(PeerHandshake::Side::kAccepting, own_, ClusterKeys(), expected_);
  stream_ = stream;
  ArmTimer(config_.handshake_timeout);
}

void PeerEnd::OnStreamConnected() {
  Turn([this] { SendFirst(handshake_->Opening()); });
}

// Before whatever waits already.
void PeerEnd::SendFirst(const std::string& bytes) {
  if (bytes.empty()) return;
  place_.counters.frames_out.Add();
  place_.streams.Write(stream_, bytes);
}

// --- Timeouts ---

void PeerEnd::ArmTimer(Duration in) {
  const std::uint64_t number = ++timers_;
  place_.loop.Call(place_.loop.now() + in, [weak = weak_from_this(), number] {
    const std::shared_ptr<PeerEnd> self = weak.lock();
    if (self == nullptr || self->closed_ || self->timers_ != number) return;
    self->Turn([end = self.get(), number] {
      if (end->timers_ == number) end->OnTimer();
    });
  });
}

void PeerEnd::OnTimer() {
  if (!up_) return End(LinkEnd::kHandshakeTimeout);
  const Duration turn = std::min(config_.stall_timeout, config_.idle_timeout) / kTurnsInTimeout;
  ++turns_without_traffic_;
  turns_without_write_ = queue_.empty() ? 0 : turns_without_write_ + 1;
  if (turns_without_write_ * turn > config_.stall_timeout) return End(LinkEnd::kStalled);
  if (turns_without_traffic_ * turn > config_.idle_timeout) return End(LinkEnd::kIdle);
  ArmTimer(turn);
}

// --- Reading ---

void PeerEnd::OnStreamBytes(std::string bytes) {
  Turn([this, bytes = std::move(bytes)] {
    place_.streams.Read(stream_, bytes.size());
    place_.counters.bytes_in.Add(bytes.size());
    turns_without_traffic_ = 0;
    Take(AsBytes(bytes));
  });
}

void PeerEnd::Take(ByteSpan bytes) {
  if (accepted_ && !began_ && !bytes.empty()) {
    began_ = true;
    if (AsText(bytes).front() != kPeerProtocolByte) return End(LinkEnd::kBadFrame);
    bytes = bytes.subspan(1);
  }
  reader_.Append(bytes);
  ProcessFrames();
}

void PeerEnd::ProcessFrames() {
  while (!closed_ && !moving_) {
    paused_ = accepted_ && queued_bytes_ >= config_.max_queue_bytes / 2;
    if (paused_) return;
    ByteSpan body;
    switch (reader_.Next(body)) {
      case FrameReader::Result::kNeedMore:
        return;
      case FrameReader::Result::kRefused:
        return End(LinkEnd::kBadLength);
      case FrameReader::Result::kFrame:
        HandleFrame(body);
    }
  }
}

void PeerEnd::HandleFrame(ByteSpan body) {
  place_.counters.frames_in.Add();
  if (!up_) return HandleHello(body);
  const std::optional<std::uint8_t> type = FrameTypeOf(body);
  const bool first = !std::exchange(heard_, true);
  if (first && accepted_ && type && IsStreamOpening(*type)) {
    first_.resize(4);
    StoreBigEndian(reinterpret_cast<std::byte*>(first_.data()),
                   static_cast<std::uint32_t>(body.size()));
    first_ += AsText(body);
    moving_ = true;
    return owner_.OnPeerEndMoves(*this);
  }
  bool ok = type.has_value() && *type != kHelloFrame;
  if (ok && !IsDataType(*type)) {
    place_.counters.unknown_frames.Add();
    return;
  }
  ok = ok && owner_.OnPeerEndFrame(*this, body);
  if (!ok && !closed_) End(LinkEnd::kBadFrame);
}

void PeerEnd::HandleHello(ByteSpan body) {
  const PeerHandshake::Step step = handshake_->OnFrame(body);
  SendFirst(step.send);
  if (step.refusal) return End(step.refusal->end);
  if (!handshake_->is_done()) return;
  up_ = true;
  reader_.SetMaxBodyBytes(config_.max_body_bytes);
  place_.counters.links_opened.Add();
  ArmTimer(std::min(config_.stall_timeout, config_.idle_timeout) / kTurnsInTimeout);
  Flush();
  owner_.OnPeerEndUp(*this);
}

// --- Writing ---

bool PeerEnd::Send(OutgoingFrame frame) {
  if (closed_) return true;  // The owner hears of the end, and what it lost with it.
  if (queued_bytes_ >= config_.max_queue_bytes) return false;
  place_.counters.frames_out.Add();
  std::string bytes = std::move(frame.head);
  if (frame.tail) bytes += frame.tail.view().value;
  Write(std::move(bytes));
  return true;
}

void PeerEnd::Write(std::string bytes) {
  if (up_ && queue_.empty() && place_.streams.Write(stream_, bytes)) {
    place_.counters.bytes_out.Add(bytes.size());
    turns_without_traffic_ = 0;
    return;
  }
  queued_bytes_ += bytes.size();
  queue_.push_back(std::move(bytes));
}

void PeerEnd::OnStreamWritable() {
  Turn([this] { Flush(); });
}

void PeerEnd::Flush() {
  while (!queue_.empty() && place_.streams.Write(stream_, queue_.front())) {
    place_.counters.bytes_out.Add(queue_.front().size());
    queued_bytes_ -= queue_.front().size();
    queue_.pop_front();
    turns_without_write_ = 0;
    turns_without_traffic_ = 0;
  }
  if (paused_ && queued_bytes_ < config_.max_queue_bytes / 4) ProcessFrames();
}

// --- End ---

void PeerEnd::OnStreamEnd(StreamEnd end) {
  const LinkEnd why = end == StreamEnd::kRefused  ? LinkEnd::kRefused
                      : end == StreamEnd::kClosed ? LinkEnd::kClosed
                                                  : LinkEnd::kReset;
  Turn([this, why] { End(why); });
}

void PeerEnd::End(LinkEnd why) {
  if (closed_) return;
  const auto self = shared_from_this();
  place_.counters.ends[static_cast<std::size_t>(why)].Add();
  Close();
  owner_.OnPeerEndGone(*this, why);
}

PeerEnd::Released PeerEnd::Release() {
  VF_CHECK(moving_ && !closed_, "a connection that does not move");
  closed_ = true;
  place_.counters.links_closed.Add();
  return {stream_, handshake_->theirs(), first_ + reader_.TakeRest()};
}

void PeerEnd::Close() {
  if (closed_) return;
  closed_ = true;
  if (up_) place_.counters.links_closed.Add();
  place_.streams.Close(stream_);
}

}  // namespace vf::sim
