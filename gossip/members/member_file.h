// The file in which a process keeps who it is and whom it knows, so that it finds its cluster
// again.
//
//   file   = "VFMB" format checksum head-length head count (length member)*
//   format = 4 bytes: 1. checksum = 8 bytes: XXH64, with the format as its seed, of all behind it
//   head   = [cluster, id, boot, roles, seat, foundation, replicas, digits, tombstone_age_s]
//   member = [last_seen_ms, record], a Member record or a tombstone of docs/gossip-protocol.md
//
// Numbers outside of msgpack are big-endian; both lengths are 2 bytes, the count 4. In every later
// format "VFMB", the format and the checksum stay where they are: so a newer file is told from a
// damaged one. Fields behind the known ones are ignored.
// Pure. Threads: any. Limits: kMaxMemberFileBytes, kMaxMemberFileMembers; checked before anything
// is allocated for what is beyond them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "gossip/config.h"
#include "gossip/members/remembered_cluster.h"
#include "gossip/types.h"

namespace vf {

inline constexpr std::uint32_t kMemberFileFormat = 1;
inline constexpr std::size_t kMaxMemberFileMembers = kMaxMembers + kMaxTombstones;
inline constexpr std::size_t kMaxMemberFileBytes = std::size_t{24} << 20;

struct MemberFile {
  std::string cluster;  // --cluster; 1 to 255 bytes
  MemberId own_id;      // its key is not 0
  std::uint64_t own_boot = 0;
  // kRoleReturned: it stores data, was ready, and not emptied since. kRoleOwnsStill: and it did not
  // begin to leave for good; whether it was away for long is not known here.
  std::uint8_t own_roles = 0;
  std::uint64_t own_seat = 0;    // 0: none yet, or no storage
  RememberedCluster remembered;  // without the own process
  bool operator==(const MemberFile&) const = default;
};

// REQUIRES: what MemberFile says; at most kMaxMemberFileMembers.
std::vector<std::byte> EncodeMemberFile(const MemberFile& file);

enum class MemberFileProblem {
  kDamaged,     // not ours, cut off, or changed since it was written
  kNewerFormat  // whole, but of a later release
};
std::variant<MemberFile, MemberFileProblem> DecodeMemberFile(ByteSpan bytes);

// What to keep of `membership`, as of `now` and `wall`. Of `before` (the last such file) it keeps
// those whom the membership does not have: for `tombstone_age` after they were last seen, unless
// the process has come into another cluster. They have been evicted, but their tombstones are still
// needed; or they are alive and have not been heard of again since the start.
MemberFile NextMemberFile(const MemberFile& before, const MembershipSnapshot& membership,
                          TimePoint now, WallTime wall, Duration tombstone_age);

}  // namespace vf
