#include "gossip/wire/message_codec.h"

#include <string_view>
#include <utility>

#include "gossip/wire/member_fields.h"

namespace vf {
namespace {

// The order of the statements in each function is the order of the fields.

// --- Writing ---

class MessageWriter {
 public:
  explicit MessageWriter(DatagramWriter& out) : out_(out) {}

  void operator()(const Ping& m) {
    Head(MessageType::kPing, 5);
    out_.Number(m.seq);
    out_.Number(m.target);
    out_.Number(m.target_boot32);
    out_.Value(m.status);
    out_.Number(m.incarnation);
  }
  void operator()(const PingAck& m) {
    Head(MessageType::kPingAck, 3);
    out_.Number(m.seq);
    out_.Number(m.load);
    out_.Number(m.flags);
  }
  void operator()(const PingReq& m) {
    Head(MessageType::kPingReq, 6);
    out_.Number(m.seq);
    out_.Number(m.target);
    WriteEndpoint(out_, m.endpoint);
    out_.Flag(m.want_nack);
    out_.Number(m.budget_ms);
  }
  void operator()(const PingNack& m) {
    Head(MessageType::kPingNack, 2);
    out_.Number(m.seq);
    out_.Value(m.reason);
  }
  void operator()(const NotMe& m) {
    Head(MessageType::kNotMe, 4);
    out_.Number(m.seq);
    out_.Number(m.key);
    out_.Number(m.boot32);
    out_.Number(m.incarnation);
  }
  void operator()(const Alive& m) {
    Head(MessageType::kAlive, kRecordFields);
    WriteRecordFields(out_, m.record);
  }
  void operator()(const Suspect& m) {
    Head(MessageType::kSuspect, 5);
    out_.Number(m.key);
    out_.Number(m.boot32);
    out_.Number(m.incarnation);
    out_.Number(m.from);
    out_.Number(m.evidence);
  }
  void operator()(const Dead& m) {
    Head(MessageType::kDead, 6);
    out_.Number(m.key);
    out_.Number(m.boot32);
    out_.Number(m.incarnation);
    out_.Number(m.from);
    out_.Value(m.reason);
    out_.Number(m.age_s);
  }
  void operator()(const Left& m) {
    Head(MessageType::kLeft, 5);
    out_.Number(m.key);
    out_.Number(m.boot32);
    out_.Number(m.incarnation);
    out_.Value(m.kind);
    out_.Number(m.age_s);
  }
  void operator()(const Join& m) {
    Head(MessageType::kJoin, kRecordFields + 5);
    WriteRecordFields(out_, m.record);
    WriteFoundation(out_, m.foundation);
    Settings(m.settings);
    out_.Flag(m.want_state);
  }
  void operator()(const JoinOk& m) {
    Head(MessageType::kJoinOk, 8);
    WriteFoundation(out_, m.foundation);
    Settings(m.settings);
    out_.Number(m.seat);
    Records(m.controllers);
    Records(m.sample);
    out_.Number(m.exchange_with);
  }
  void operator()(const JoinNo& m) {
    Head(MessageType::kJoinNo, 6);
    out_.Value(m.reason);
    out_.Number(m.replicas);
    out_.Number(m.partition_digits);
    out_.Text(std::string_view(m.text).substr(0, kMaxTextBytes));
    WriteFoundation(out_, m.foundation);
    out_.Number(m.holder_boot);
  }
  void operator()(const Digest& m) {
    Head(MessageType::kDigest, m.brief ? 5 : 4);
    out_.Number(m.first_bucket);
    std::vector<std::byte> bytes(m.hashes.size() * 8);
    for (std::size_t i = 0; i < m.hashes.size(); ++i) {
      StoreBigEndian(bytes.data() + 8 * i, m.hashes[i]);
    }
    out_.Bin(bytes);
    out_.Flag(m.answer);
    bytes.resize(m.counts.size() * 2);
    for (std::size_t i = 0; i < m.counts.size(); ++i) {
      StoreBigEndian(bytes.data() + 2 * i, m.counts[i]);
    }
    out_.Bin(bytes);
    if (m.brief) out_.Flag(true);
  }
  void operator()(const Exchange& m) {
    Head(MessageType::kExchange, 3);
    out_.Number(m.bucket);
    Records(m.members);
    out_.Array(m.tombstones.size());
    for (const MemberRecord& r : m.tombstones) {
      out_.Array(kTombstoneFields);
      WriteTombstoneFields(out_, r);
    }
  }
  void operator()(const Report& m) {
    Head(MessageType::kReport, 1);
    out_.Array(m.entries.size());
    for (const ReportEntry& e : m.entries) {
      out_.Array(6);
      out_.Number(e.key);
      out_.Number(e.boot32);
      out_.Value(e.reason);
      out_.Number(e.count);
      out_.Number(e.first_ms);
      out_.Number(e.last_ms);
    }
  }
  void operator()(const Batch& m) {
    Head(MessageType::kBatch, 1);
    out_.Array(m.updates.size());
    for (const Update& u : m.updates) std::visit(*this, u);
  }

 private:
  void Head(MessageType type, std::size_t fields) {
    out_.Array(fields + 1);
    out_.Value(type);
  }
  void Settings(const ClusterSettings& s) {
    out_.Number(s.replicas);
    out_.Number(s.partition_digits);
    out_.Number(s.tombstone_age_s);
  }
  void Records(const std::vector<MemberRecord>& records) {
    out_.Array(records.size());
    for (const MemberRecord& r : records) {
      out_.Array(kRecordFields);
      WriteRecordFields(out_, r);
    }
  }

  DatagramWriter& out_;
};

// --- Reading ---

ClusterSettings ReadSettings(MsgpackReader& in) {
  ClusterSettings s;
  s.replicas = in.Number<std::uint8_t>();
  s.partition_digits = in.Number<std::uint8_t>();
  s.tombstone_age_s = in.Number<std::uint32_t>();
  return s;
}
std::vector<MemberRecord> ReadRecords(MsgpackReader& in) {
  return in.List<MemberRecord>(ReadRecordFields);
}

Ping ReadPing(MsgpackReader& in) {
  Ping m;
  m.seq = in.Number<std::uint32_t>();
  m.target = in.Number<MemberKey>();
  m.target_boot32 = in.Number<std::uint32_t>();
  m.status = in.Value(MemberState::kLeft);
  m.incarnation = in.Number<std::uint32_t>();
  return m;
}
PingAck ReadPingAck(MsgpackReader& in) {
  PingAck m;
  m.seq = in.Number<std::uint32_t>();
  m.load = in.Number<std::uint8_t>();
  m.flags = in.Number<std::uint8_t>();
  return m;
}
PingReq ReadPingReq(MsgpackReader& in) {
  PingReq m;
  m.seq = in.Number<std::uint32_t>();
  m.target = in.Number<MemberKey>();
  m.endpoint = ReadEndpoint(in);
  m.want_nack = in.Flag();
  m.budget_ms = in.Number<std::uint32_t>();
  return m;
}
PingNack ReadPingNack(MsgpackReader& in) {
  PingNack m;
  m.seq = in.Number<std::uint32_t>();
  m.reason = in.Value(NackReason::kNotMe);
  return m;
}
NotMe ReadNotMe(MsgpackReader& in) {
  NotMe m;
  m.seq = in.Number<std::uint32_t>();
  m.key = in.Number<MemberKey>();
  m.boot32 = in.Number<std::uint32_t>();
  m.incarnation = in.Number<std::uint32_t>();
  return m;
}
Suspect ReadSuspect(MsgpackReader& in) {
  Suspect m;
  m.key = in.Number<MemberKey>();
  m.boot32 = in.Number<std::uint32_t>();
  m.incarnation = in.Number<std::uint32_t>();
  m.from = in.Number<MemberKey>();
  m.evidence = in.Number<std::uint8_t>();
  return m;
}
Dead ReadDead(MsgpackReader& in) {
  Dead m;
  m.key = in.Number<MemberKey>();
  m.boot32 = in.Number<std::uint32_t>();
  m.incarnation = in.Number<std::uint32_t>();
  m.from = in.Number<MemberKey>();
  m.reason = in.Value(DeathReason::kOperator);
  m.age_s = in.Number<std::uint32_t>();
  return m;
}
Left ReadLeft(MsgpackReader& in) {
  Left m;
  m.key = in.Number<MemberKey>();
  m.boot32 = in.Number<std::uint32_t>();
  m.incarnation = in.Number<std::uint32_t>();
  m.kind = in.Value(LeaveKind::kEmptied);
  m.age_s = in.Number<std::uint32_t>();
  return m;
}
Join ReadJoin(MsgpackReader& in) {
  Join m;
  m.record = ReadRecordFields(in);
  m.foundation = ReadFoundation(in);
  m.settings = ReadSettings(in);
  m.want_state = in.Flag();
  return m;
}
JoinOk ReadJoinOk(MsgpackReader& in) {
  JoinOk m;
  m.foundation = ReadFoundation(in);
  m.settings = ReadSettings(in);
  m.seat = in.Number<std::uint64_t>();
  m.controllers = ReadRecords(in);
  m.sample = ReadRecords(in);
  m.exchange_with = in.Number<MemberKey>();
  return m;
}
JoinNo ReadJoinNo(MsgpackReader& in) {
  JoinNo m;
  m.reason = in.Value(JoinRefusal::kOtherFoundation);
  m.replicas = in.Number<std::uint8_t>();
  m.partition_digits = in.Number<std::uint8_t>();
  m.text = in.Text(kMaxTextBytes);
  m.foundation = ReadFoundation(in);
  m.holder_boot = in.Number<std::uint64_t>();
  return m;
}
Digest ReadDigest(MsgpackReader& in) {
  Digest m;
  m.first_bucket = in.Number<std::uint8_t>();
  const ByteSpan hashes = in.Bin();
  m.answer = in.Flag();
  const ByteSpan counts = in.Bin();
  if (in.left() > 0) m.brief = in.Flag();
  const std::size_t buckets = hashes.size() / 8;
  in.Require(hashes.size() % 8 == 0 && counts.size() == buckets * 2 &&
             m.first_bucket + buckets <= kViewBuckets);
  if (!in.ok()) return {};
  for (std::size_t i = 0; i < buckets; ++i) {
    m.hashes.push_back(LoadBigEndian<std::uint64_t>(hashes.data() + 8 * i));
    m.counts.push_back(LoadBigEndian<std::uint16_t>(counts.data() + 2 * i));
  }
  return m;
}
Exchange ReadExchange(MsgpackReader& in) {
  Exchange m;
  m.bucket = in.Number<std::uint8_t>();
  m.members = ReadRecords(in);
  m.tombstones = in.List<MemberRecord>(ReadTombstoneFields);
  return m;
}
Report ReadReport(MsgpackReader& in) {
  Report m;
  m.entries = in.List<ReportEntry>([](MsgpackReader& r) {
    ReportEntry e;
    e.key = r.Number<MemberKey>();
    e.boot32 = r.Number<std::uint32_t>();
    e.reason = r.Value(ComplaintReason::kRefused);
    e.count = r.Number<std::uint32_t>();
    e.first_ms = r.Number<std::uint64_t>();
    e.last_ms = r.Number<std::uint64_t>();
    return e;
  });
  return m;
}

// False if `type` is none of an update.
bool ReadUpdate(MessageType type, MsgpackReader& in, Update& out) {
  switch (type) {
    case MessageType::kAlive:
      out = Alive{ReadRecordFields(in)};
      return true;
    case MessageType::kSuspect:
      out = ReadSuspect(in);
      return true;
    case MessageType::kDead:
      out = ReadDead(in);
      return true;
    case MessageType::kLeft:
      out = ReadLeft(in);
      return true;
    default:
      return false;
  }
}

Batch ReadBatch(MsgpackReader& in) {
  Batch batch;
  MsgpackReader list = in.Array();
  batch.updates.reserve(list.left());
  while (list.left() > 0) {
    MsgpackReader item = list.Array();
    const auto type = static_cast<MessageType>(item.Number<std::uint8_t>());
    Update update;
    if (ReadUpdate(type, item, update)) batch.updates.push_back(std::move(update));
    list.Require(item.ok());
  }
  in.Require(list.ok());
  return batch;
}

}  // namespace

void WriteMessage(DatagramWriter& out, const Message& message) {
  std::visit(MessageWriter(out), message);
}

void WriteUpdate(DatagramWriter& out, const Update& update) {
  std::visit(MessageWriter(out), update);
}

bool ReadMessage(MsgpackReader& in, Message& out) {
  const auto type = static_cast<MessageType>(in.Number<std::uint8_t>());
  switch (type) {
    case MessageType::kPing:
      out = ReadPing(in);
      return true;
    case MessageType::kPingAck:
      out = ReadPingAck(in);
      return true;
    case MessageType::kPingReq:
      out = ReadPingReq(in);
      return true;
    case MessageType::kPingNack:
      out = ReadPingNack(in);
      return true;
    case MessageType::kNotMe:
      out = ReadNotMe(in);
      return true;
    case MessageType::kJoin:
      out = ReadJoin(in);
      return true;
    case MessageType::kJoinOk:
      out = ReadJoinOk(in);
      return true;
    case MessageType::kJoinNo:
      out = ReadJoinNo(in);
      return true;
    case MessageType::kDigest:
      out = ReadDigest(in);
      return true;
    case MessageType::kExchange:
      out = ReadExchange(in);
      return true;
    case MessageType::kReport:
      out = ReadReport(in);
      return true;
    case MessageType::kBatch:
      out = ReadBatch(in);
      return true;
    default: {
      Update update;
      if (!ReadUpdate(type, in, update)) return false;
      out = std::visit([](auto&& u) -> Message { return std::move(u); }, std::move(update));
      return true;
    }
  }
}

}  // namespace vf
