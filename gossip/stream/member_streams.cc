#include "gossip/stream/member_streams.h"

#include <algorithm>

#include "base/check.h"
#include "gossip/stream/echo_ask.h"
#include "gossip/stream/exchange_ask.h"
#include "gossip/stream/stream_codec.h"

namespace vf {

MemberStreams::MemberStreams(Swim& swim, const StreamConfig& config, ClusterKeys keys,
                             MemberStreamsShell& shell)
    : swim_(swim),
      config_(config),
      keys_(std::move(keys)),
      shell_(shell),
      buckets_(swim, config_),
      answerers_{swim, buckets_, config_, counters_} {}

MemberStreams::~MemberStreams() = default;

// --- Beginning ---

PeerHello MemberStreams::OwnHello() {
  PeerHello hello = swim_.Hello();
  hello.nonce = shell_.Nonce();
  return hello;
}

MemberStreams::Stream* MemberStreams::Find(StreamNumber number) {
  const auto it = streams_.find(number);
  return it == streams_.end() ? nullptr : &it->second;
}

MemberStreams::Stream& MemberStreams::Add(TimePoint now, bool accepted,
                                          std::unique_ptr<StreamSession> session) {
  Stream& stream = streams_[++numbers_];
  stream.number = numbers_;
  stream.accepted = accepted;
  stream.session = std::move(session);
  stream.last_deadline = now + config_.lifetime;
  SetDeadline(stream, now + config_.handshake_timeout, LinkEnd::kHandshakeTimeout);
  if (accepted) ++incoming_;
  forget_at_ = kNever;
  return stream;
}

void MemberStreams::TakeWishes(TimePoint now, const SwimOutputs& outputs) {
  for (const EchoWish& wish : outputs.echoes) {
    const auto nonce = shell_.Nonce();
    Connect(now, wish.to, kNoMember, wish.until - now,
            std::make_unique<EchoAsk>(swim_, wish, LoadBigEndian<std::uint64_t>(nonce.data())),
            wish.seq);
  }
  for (const ExchangeWish& wish : outputs.exchanges) {
    Connect(now, wish.to, wish.peer, config_.lifetime,
            std::make_unique<ExchangeAsk>(swim_, buckets_, config_, counters_, wish), std::nullopt);
  }
  for (const std::uint32_t seq : outputs.echoes_over) {
    const auto it = echoes_.find(seq);
    if (it == echoes_.end()) continue;
    Stream& stream = *Find(it->second);
    counters_.ends[static_cast<std::size_t>(LinkEnd::kStopped)].Add();
    shell_.Close(stream.number);
    Remove(now, stream);
  }
}

void MemberStreams::Connect(TimePoint now, const Endpoint& to, MemberKey expected, Duration at_most,
                            std::unique_ptr<StreamSession> session,
                            std::optional<std::uint32_t> echo) {
  if (outgoing() >= config_.max_outgoing) {
    counters_.refused_outgoing.Add();
    failed_.push_back(std::move(session));
    next_deadline_ = std::min(next_deadline_, now);
    return;
  }
  Stream& stream = Add(now, false, std::move(session));
  stream.last_deadline = now + at_most;
  stream.handshake.emplace(PeerHandshake::Side::kConnecting, OwnHello(), keys_, expected);
  SetDeadline(stream, now + config_.handshake_timeout, LinkEnd::kHandshakeTimeout);
  if (echo) {
    stream.is_echo = true;
    stream.echo = *echo;
    echoes_[*echo] = stream.number;
  }
  shell_.Connect(stream.number, to);
}

std::optional<StreamNumber> MemberStreams::Accept(TimePoint now) {
  if (incoming_ >= config_.max_incoming) {
    counters_.refused_incoming.Add();
    return std::nullopt;
  }
  Stream& stream = Add(now, true, std::make_unique<StreamAnswer>(answerers_));
  stream.handshake.emplace(PeerHandshake::Side::kAccepting, OwnHello(), keys_);
  return stream.number;
}

std::optional<StreamNumber> MemberStreams::AcceptAfterHello(TimePoint now,
                                                            const PeerHello& theirs) {
  if (incoming_ >= config_.max_incoming) {
    counters_.refused_incoming.Add();
    return std::nullopt;
  }
  Stream& stream = Add(now, true, std::make_unique<StreamAnswer>(answerers_));
  stream.began = true;
  OnUp(now, stream, theirs);
  return stream.number;
}

void MemberStreams::OnUp(TimePoint now, Stream& stream, const PeerHello& theirs) {
  stream.up = true;
  stream.reader.SetMaxBodyBytes(kMaxStreamBodyBytes);
  counters_.opened.Add();
  const Duration timeout = stream.accepted ? config_.idle_timeout : config_.stall_timeout;
  SetDeadline(stream, now + timeout, stream.accepted ? LinkEnd::kIdle : LinkEnd::kStalled);
  stream.session->OnUp(now, theirs, stream.out);
}

// --- What becomes of connections ---

void MemberStreams::OnConnected(TimePoint now, StreamNumber number) {
  Stream* const stream = Find(number);
  if (stream == nullptr) return;
  stream->out += stream->handshake->Opening();
  Advance(now, *stream);
}

void MemberStreams::OnBytes(TimePoint now, StreamNumber number, ByteSpan bytes) {
  Stream* const stream = Find(number);
  if (stream == nullptr) return;
  counters_.bytes_in.Add(bytes.size());
  if (stream->end_when_sent || bytes.empty()) return;
  if (stream->accepted && !stream->began) {
    stream->began = true;
    if (AsText(bytes).front() != kPeerProtocolByte) return End(now, *stream, LinkEnd::kBadFrame);
    bytes = bytes.subspan(1);
  }
  stream->reader.Append(bytes);
  if (ReadFrames(now, *stream)) Advance(now, *stream);
}

bool MemberStreams::ReadFrames(TimePoint now, Stream& stream) {
  while (!stream.end_when_sent && !(stream.up && stream.session->is_done())) {
    ByteSpan body;
    switch (stream.reader.Next(body)) {
      case FrameReader::Result::kNeedMore:
        return true;
      case FrameReader::Result::kRefused:
        End(now, stream, LinkEnd::kBadLength);
        return false;
      case FrameReader::Result::kFrame:
        if (!OnFrame(now, stream, body)) return false;
    }
    if (stream.out.size() > config_.max_queue_bytes) {
      End(now, stream, LinkEnd::kStalled);
      return false;
    }
  }
  return true;
}

bool MemberStreams::OnFrame(TimePoint now, Stream& stream, ByteSpan body) {
  if (!stream.up) return OnHelloFrame(now, stream, body);
  const std::optional<std::uint8_t> type = FrameTypeOf(body);
  bool ok = type.has_value() && *type != kHelloFrame;
  if (ok && !IsStreamType(*type)) {
    counters_.unknown_frames.Add();
    return true;
  }
  if (ok) {
    const std::optional<StreamFrame> frame = DecodeStreamFrame(body);
    ok = frame && stream.session->OnFrame(now, *frame, stream.out);
  }
  if (!ok) {
    End(now, stream, LinkEnd::kBadFrame);
    return false;
  }
  NoteProgress(now, stream);
  return true;
}

bool MemberStreams::OnHelloFrame(TimePoint now, Stream& stream, ByteSpan body) {
  PeerHandshake& handshake = *stream.handshake;
  const PeerHandshake::Step step = handshake.OnFrame(body);
  stream.out += step.send;
  if (step.refusal) {
    // The side that connected is told who refuses it.
    stream.end_when_sent = step.refusal->end;
  } else if (handshake.is_done()) {
    const PeerHello theirs = handshake.theirs();
    stream.handshake.reset();
    OnUp(now, stream, theirs);
  }
  return true;
}

void MemberStreams::OnSent(TimePoint now, StreamNumber number) {
  Stream* const stream = Find(number);
  if (stream == nullptr || !stream->sending) return;
  stream->sending = false;
  if (stream->up) NoteProgress(now, *stream);
  Advance(now, *stream);
}

void MemberStreams::Advance(TimePoint now, Stream& stream) {
  if (stream.sending) return;
  if (stream.out.empty() && stream.up && !stream.session->is_done()) {
    stream.session->OnSent(now, stream.out);
  }
  if (!stream.out.empty()) {
    stream.sending = true;
    counters_.bytes_out.Add(stream.out.size());
    return shell_.Send(stream.number, std::exchange(stream.out, {}));
  }
  if (stream.end_when_sent) return End(now, stream, *stream.end_when_sent);
  if (stream.up && stream.session->is_done()) End(now, stream, LinkEnd::kStopped);
}

void MemberStreams::OnEnd(TimePoint now, StreamNumber number, LinkEnd why) {
  Stream* const stream = Find(number);
  if (stream != nullptr) End(now, *stream, stream->end_when_sent.value_or(why));
}

// --- Time ---

void MemberStreams::NoteProgress(TimePoint now, Stream& stream) {
  SetDeadline(stream, now + config_.stall_timeout, LinkEnd::kStalled);
}

void MemberStreams::SetDeadline(Stream& stream, TimePoint at, LinkEnd then) {
  stream.deadline = std::min(at, stream.last_deadline);
  stream.at_deadline = then;
  next_deadline_ = std::min(next_deadline_, stream.deadline);
}

void MemberStreams::OnTimer(TimePoint now) {
  if (now < next_deadline_) return;
  for (const auto& session : std::exchange(failed_, {})) session->OnOver(now, LinkEnd::kStopped);
  std::vector<StreamNumber> due;
  for (const auto& [number, stream] : streams_) {
    if (stream.deadline <= now) due.push_back(number);
  }
  for (const StreamNumber number : due) {
    Stream& stream = *Find(number);
    End(now, stream, stream.end_when_sent.value_or(stream.at_deadline));
  }
  if (forget_at_ <= now) {
    forget_at_ = kNever;
    buckets_.Forget();
  }
  FindNextDeadline();
}

void MemberStreams::FindNextDeadline() {
  next_deadline_ = failed_.empty() ? forget_at_ : TimePoint::min();
  for (const auto& [number, stream] : streams_) {
    next_deadline_ = std::min(next_deadline_, stream.deadline);
  }
}

// --- Ends ---

void MemberStreams::End(TimePoint now, Stream& stream, LinkEnd why) {
  counters_.ends[static_cast<std::size_t>(why)].Add();
  shell_.Close(stream.number);
  const std::unique_ptr<StreamSession> session = std::move(stream.session);
  Remove(now, stream);
  session->OnOver(now, why);
}

void MemberStreams::Remove(TimePoint now, Stream& stream) {
  if (stream.up) counters_.closed.Add();
  if (stream.accepted) --incoming_;
  if (stream.is_echo) echoes_.erase(stream.echo);
  streams_.erase(stream.number);
  if (!streams_.empty()) return;
  forget_at_ = now + config_.encoded_kept;
  next_deadline_ = std::min(next_deadline_, forget_at_);
}

void MemberStreams::CloseAll() {
  for (const auto& [number, stream] : streams_) {
    shell_.Close(number);
    if (stream.up) counters_.closed.Add();
  }
  streams_.clear();
  echoes_.clear();
  failed_.clear();
  incoming_ = 0;
  answerers_.serving = 0;
  next_deadline_ = forget_at_ = kNever;
}

}  // namespace vf
