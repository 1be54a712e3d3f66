// Fields that several formats share: endpoints, foundations and member records, as
// docs/gossip-protocol.md shows them. Readers leave `in` not ok at what is none.
#pragma once

#include <cstddef>
#include <cstdint>

#include "gossip/types.h"
#include "gossip/wire/msgpack_reader.h"
#include "gossip/wire/msgpack_writer.h"

namespace vf {

inline constexpr std::size_t kRecordFields = 16;     // elements of a Member record, a port counts
inline constexpr std::size_t kTombstoneFields = 12;  // as many, of a tombstone

// Two elements: 4 or 16 bytes of address, port.
void WriteEndpoint(DatagramWriter& out, const Endpoint& endpoint);
Endpoint ReadEndpoint(MsgpackReader& in);

// 16 bytes, or none while unfounded.
template <typename Buffer>
void WriteFoundation(MsgpackWriter<Buffer>& out, const Foundation& foundation) {
  std::byte bytes[16];
  StoreBigEndian(bytes, foundation.founded_ms);
  StoreBigEndian(bytes + 8, foundation.random);
  out.Bin(foundation.IsFounded() ? ByteSpan(bytes) : ByteSpan());
}
Foundation ReadFoundation(MsgpackReader& in);

// A Member record without an array head.
void WriteRecordFields(DatagramWriter& out, const MemberRecord& record);
MemberRecord ReadRecordFields(MsgpackReader& in);

// The same of a member that is dead or has left: who it was, where, and how it ended. What only the
// living need (zone, protocol, phase, settings) reads as the defaults of MemberRecord.
void WriteTombstoneFields(DatagramWriter& out, const MemberRecord& record);
MemberRecord ReadTombstoneFields(MsgpackReader& in);

// The one or the other, as the state says.
MemberRecord ReadMemberFields(MsgpackReader& in);

}  // namespace vf
