#include "tools/cluster-sim/process/streams.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"

namespace vf::sim {
namespace {

constexpr Duration kCheckInterval = seconds(2);

constexpr std::uint64_t kSideBit = 1;
constexpr std::uint64_t kResetBit = 2;  // of a kSegment: no piece of the stream, but its end

std::uint64_t Payload(std::uint32_t generation, std::uint64_t bits) {
  return std::uint64_t{generation} << 8 | bits;
}

constexpr std::uint8_t Other(std::uint8_t side) { return side ^ 1; }

}  // namespace

Streams::Streams(Loop& loop, Network& network, StreamHosts& hosts)
    : loop_(loop), network_(network), hosts_(hosts) {
  loop_.SetHandler(EventKind::kSegment, *this);
  loop_.SetHandler(EventKind::kStreamRetry, *this);
  loop_.SetHandler(EventKind::kStreamCheck, *this);
}

Streams::~Streams() = default;

Streams::Stream* Streams::Find(std::uint32_t index, std::uint32_t generation) {
  Stream& stream = *streams_[index];
  return stream.open && stream.generation == generation ? &stream : nullptr;
}

Streams::Side* Streams::FindSide(StreamId id) {
  Stream* const stream = Find(id.index, id.generation);
  if (stream == nullptr || stream->sides[id.side].user == nullptr) return nullptr;
  return &stream->sides[id.side];
}

// --- What users ask for ---

StreamId Streams::Connect(HostNumber from, HostNumber to, StreamUser& user) {
  std::uint32_t index = 0;
  if (free_.empty()) {
    index = static_cast<std::uint32_t>(streams_.size());
    streams_.push_back(std::make_unique<Stream>());
  } else {
    index = free_.back();
    free_.pop_back();
  }
  Stream& stream = *streams_[index];
  const std::uint32_t generation = stream.generation + 1;
  stream = Stream();
  stream.generation = generation;
  stream.open = true;
  stream.sides[0].host = from;
  stream.sides[0].user = &user;
  stream.sides[1].host = to;
  for (Side& side : stream.sides) side.last_arrival = side.heard = loop_.now();
  Queue(index, 0, Segment::kConnect);
  loop_.Push(loop_.now() + kCheckInterval, EventKind::kStreamCheck, index, Payload(generation, 0));
  return {index, generation, 0};
}

bool Streams::Write(StreamId id, std::string_view bytes) {
  Side* const side = FindSide(id);
  if (side == nullptr) return true;  // Its user hears of the end, or has closed it.
  if (side->unread >= kBufferBytes) {
    side->wants_room = true;
    return false;
  }
  side->unread += bytes.size();
  // What is sent at one moment arrives at one moment.
  if (!side->pieces.empty()) {
    Piece& last = side->pieces.back();
    const bool on_its_way = side->scheduled == side->pieces.size();
    if (last.what == Segment::kBytes && (!on_its_way || last.sent == loop_.now())) {
      last.bytes += bytes;
      return true;
    }
  }
  side->pieces.push_back({Segment::kBytes, loop_.now(), std::string(bytes)});
  if (side->unacked_since == kNever) side->unacked_since = loop_.now();
  Schedule(id.index, id.side);
  return true;
}

void Streams::Read(StreamId id, std::size_t bytes) {
  Stream* const stream = Find(id.index, id.generation);
  if (stream == nullptr) return;
  Side& sender = stream->sides[Other(id.side)];
  sender.unread -= std::min(bytes, sender.unread);
  if (sender.wants_room && sender.user != nullptr && sender.unread < kBufferBytes) {
    sender.wants_room = false;
    sender.user->OnStreamWritable();
  }
}

bool Streams::SetUser(StreamId id, StreamUser& user) {
  Side* const side = FindSide(id);
  if (side == nullptr) return false;
  side->user = &user;
  return true;
}

void Streams::Close(StreamId id) {
  Side* const side = FindSide(id);
  if (side == nullptr) return;
  side->user = nullptr;
  Queue(id.index, id.side, Segment::kFinish);
  FreeIfOver(id.index);
}

// --- What happens to hosts ---

void Streams::DropHost(HostNumber host) {
  for (std::uint32_t i = 0; i < streams_.size(); ++i) {
    Stream& stream = *streams_[i];
    for (std::uint8_t s = 0; s < 2 && stream.open; ++s) {
      Side& side = stream.sides[s];
      if (side.host != host) continue;
      side.user = nullptr;
      side.pieces.resize(side.scheduled);  // The rest had not left it.
      FreeIfOver(i);
    }
  }
}

std::size_t Streams::ResetHost(HostNumber host) {
  std::size_t resets = 0;
  const std::size_t before = streams_.size();
  for (std::uint32_t i = 0; i < before; ++i) {
    const Stream& stream = *streams_[i];
    if (!stream.open || (stream.sides[0].host != host && stream.sides[1].host != host)) continue;
    ++resets;
    const std::uint32_t generation = stream.generation;
    for (std::uint8_t s = 0; s < 2; ++s) {
      if (Find(i, generation) != nullptr) End(i, s, StreamEnd::kReset);
    }
  }
  return resets;
}

std::size_t Streams::CountOf(HostNumber host) const {
  return static_cast<std::size_t>(
      std::count_if(streams_.begin(), streams_.end(), [host](const auto& stream) {
        return stream->open && (stream->sides[0].host == host || stream->sides[1].host == host);
      }));
}

// --- Pieces on their way ---

void Streams::Queue(std::uint32_t index, std::uint8_t side, Segment what) {
  Side& sender = streams_[index]->sides[side];
  sender.pieces.push_back({what, loop_.now(), {}});
  if (sender.unacked_since == kNever) sender.unacked_since = loop_.now();
  Schedule(index, side);
}

void Streams::Schedule(std::uint32_t index, std::uint8_t side) {
  Stream& stream = *streams_[index];
  Side& sender = stream.sides[side];
  while (!sender.retrying && sender.scheduled < sender.pieces.size()) {
    const TimePoint at =
        network_.SendSegment(loop_.now(), sender.host, stream.sides[Other(side)].host);
    if (at == kNever) {
      sender.retrying = true;
      loop_.Push(Network::NextStreamTry(loop_.now(), sender.tries++), EventKind::kStreamRetry,
                 index, Payload(stream.generation, side));
      return;
    }
    sender.tries = 0;
    sender.last_arrival = std::max(sender.last_arrival, at);
    sender.pieces[sender.scheduled++].sent = loop_.now();
    loop_.Push(sender.last_arrival, EventKind::kSegment, index, Payload(stream.generation, side));
  }
}

void Streams::OnEvent(const Event& event) {
  const std::uint32_t index = event.target;
  Stream* const stream = Find(index, static_cast<std::uint32_t>(event.payload >> 8));
  if (stream == nullptr) return;
  const std::uint8_t side = event.payload & kSideBit;
  switch (static_cast<EventKind>(event.kind)) {
    case EventKind::kStreamRetry:
      stream->sides[side].retrying = false;
      return Schedule(index, side);
    case EventKind::kStreamCheck:
      return Check(index);
    default:
      break;
  }
  if ((event.payload & kResetBit) == 0) return Arrive(index, side);
  End(index, side, stream->sides[side].connected ? StreamEnd::kReset : StreamEnd::kRefused);
}

// The next piece from `side` has come to the other host.
void Streams::Arrive(std::uint32_t index, std::uint8_t side) {
  Stream& stream = *streams_[index];
  Side& sender = stream.sides[side];
  Side& receiver = stream.sides[Other(side)];
  if (!hosts_.IsHostUp(receiver.host)) return;  // Nothing is acknowledged: see CheckSide().
  Piece piece = std::move(sender.pieces.front());
  sender.pieces.pop_front();
  --sender.scheduled;
  loop_.trace().Add(loop_.now(), index, side, AsBytes(piece.bytes));
  receiver.heard = loop_.now();
  if (!network_.IsCut(receiver.host, sender.host, Traffic::kStreams)) {
    sender.heard = loop_.now();
    if (sender.pieces.empty()) sender.unacked_since = kNever;
  }
  HandOver(index, side, std::move(piece));
}

void Streams::HandOver(std::uint32_t index, std::uint8_t from, Piece piece) {
  Side& sender = streams_[index]->sides[from];
  const std::uint8_t to = Other(from);
  Side& receiver = streams_[index]->sides[to];
  if (piece.what == Segment::kConnect) {
    const StreamId id{index, streams_[index]->generation, to};
    receiver.user = hosts_.OnStreamAccept(receiver.host, id);
    if (receiver.user == nullptr) return SendReset(index, from);
    receiver.connected = true;
    return Queue(index, to, Segment::kAccept);
  }
  if (receiver.user == nullptr) {
    // Nobody reads it any more.
    if (piece.what == Segment::kBytes && sender.user != nullptr) SendReset(index, from);
    return;
  }
  switch (piece.what) {
    case Segment::kConnect:
      break;
    case Segment::kAccept:
      receiver.connected = true;
      return receiver.user->OnStreamConnected();
    case Segment::kBytes:
      return receiver.user->OnStreamBytes(std::move(piece.bytes));
    case Segment::kFinish:
      return End(index, to, StreamEnd::kClosed);
  }
}

void Streams::SendReset(std::uint32_t index, std::uint8_t to) {
  const Stream& stream = *streams_[index];
  const HostNumber from = stream.sides[Other(to)].host;
  if (network_.IsCut(from, stream.sides[to].host, Traffic::kStreams)) return;
  loop_.Push(loop_.now() + network_.Delay(from, stream.sides[to].host), EventKind::kSegment, index,
             Payload(stream.generation, kResetBit | to));
}

// --- Silence ---

void Streams::Check(std::uint32_t index) {
  const std::uint32_t generation = streams_[index]->generation;
  for (std::uint8_t side = 0; side < 2; ++side) {
    if (Find(index, generation) != nullptr) CheckSide(index, side);
  }
  if (Find(index, generation) == nullptr) return;
  loop_.Push(loop_.now() + kCheckInterval, EventKind::kStreamCheck, index, Payload(generation, 0));
}

bool Streams::Reaches(const Stream& stream, std::uint8_t from) const {
  const Side& side = stream.sides[from];
  const Side& other = stream.sides[Other(from)];
  return hosts_.IsHostUp(other.host) && !network_.IsCut(side.host, other.host, Traffic::kStreams) &&
         !network_.IsCut(other.host, side.host, Traffic::kStreams);
}

void Streams::CheckSide(std::uint32_t index, std::uint8_t side) {
  Stream& stream = *streams_[index];
  Side& self = stream.sides[side];
  if (self.user == nullptr || !self.connected) return;
  const TimePoint now = loop_.now();
  const bool reaches = Reaches(stream, side);
  if (reaches && self.unacked_since != kNever) {
    if (self.pieces.empty()) self.unacked_since = kNever;  // Acknowledged at last.
    // What a host without power swallowed: it knows of no such connection.
    const bool swallowed = self.scheduled > 0 && self.last_arrival + kCheckInterval < now;
    if (swallowed) return End(index, side, StreamEnd::kReset);
  }
  if (self.unacked_since != kNever && now - self.unacked_since > kUserTimeout) {
    return End(index, side, StreamEnd::kReset);
  }
  if (now - self.heard <= kKeepalive) return;
  // The other kernel answers, for its process or without one.
  const Side& other = stream.sides[Other(side)];
  const bool is_there = other.user != nullptr || !other.pieces.empty();
  if (!reaches || !is_there) return End(index, side, StreamEnd::kReset);
  self.heard = now;
}

// --- Ends ---

void Streams::End(std::uint32_t index, std::uint8_t side, StreamEnd end) {
  Side& ending = streams_[index]->sides[side];
  StreamUser* const user = std::exchange(ending.user, nullptr);
  if (end != StreamEnd::kClosed) {
    ending.pieces.resize(ending.scheduled);  // What has not left is dropped.
  } else if (user != nullptr) {
    Queue(index, side, Segment::kFinish);
  }
  const std::uint32_t generation = streams_[index]->generation;
  if (user != nullptr) user->OnStreamEnd(end);
  if (Find(index, generation) != nullptr) FreeIfOver(index);
}

void Streams::FreeIfOver(std::uint32_t index) {
  Stream& stream = *streams_[index];
  if (stream.sides[0].user != nullptr || stream.sides[1].user != nullptr) return;
  stream.open = false;
  for (Side& side : stream.sides) side = Side();
  free_.push_back(index);
}

}  // namespace vf::sim
