// Bytes of one member record on its own: how the data path hands members on.
//
// One msgpack array: the Member record for a live member, the tombstone for a dead or left one, as
// they stand in datagrams. docs/peer-protocol.md describes both; the golden frames of
// tests/node/replication/testdata hold them. Threads: any.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "gossip/types.h"

namespace vf {

std::vector<std::byte> EncodeMemberRecord(const MemberRecord& record);

// None unless `bytes` are exactly one valid record. Fields behind the known ones are ignored.
std::optional<MemberRecord> DecodeMemberRecord(ByteSpan bytes);

}  // namespace vf
