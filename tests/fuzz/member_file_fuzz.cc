// Any bytes as a member file: refused, or a file that survives encoding; and a Swim that remembers
// it goes on, and tells nobody of those whom only the file knew.
//
// The checksum would stop nearly all inputs: it is put right.
#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/hash64.h"
#include "gossip/members/member_file.h"
#include "gossip/swim.h"

namespace vf {
namespace {

constexpr WallTime kWall{1'800'000'000'000};
constexpr std::size_t kChecksumAt = 8;
constexpr std::size_t kBodyAt = 16;

std::vector<std::byte> WithChecksum(ByteSpan input) {
  std::vector<std::byte> bytes(input.begin(), input.end());
  if (bytes.size() < kBodyAt) return bytes;
  const auto format = LoadBigEndian<std::uint32_t>(bytes.data() + 4);
  StoreBigEndian(bytes.data() + kChecksumAt, Hash64(ByteSpan(bytes).subspan(kBodyAt), format));
  return bytes;
}

void Remember(const MemberFile& file) {
  MemberRecord self;
  self.id = file.own_id;
  self.boot = kWall.ms / 64;
  self.endpoint = Endpoint::Loopback(8000);
  self.roles = kRoleController;
  const TimePoint start{hours(1'000)};
  Swim swim(SwimConfig::Lan(), self, {}, start, kWall, Rng(1));
  swim.Remember(start, file.remembered);
  SwimOutputs out;
  swim.TakeOutputs(out);
  for (const TimePoint end = start + seconds(8); swim.NextDeadline() < end;) {
    const TimePoint now = swim.NextDeadline();
    swim.OnTimer(now, {kWall.ms + static_cast<std::uint64_t>(ToMilliseconds(now - start))});
    swim.TakeOutputs(out);
    VF_CHECK(swim.NextDeadline() > now, "a deadline that is never met");
  }
  for (const Member& member : swim.Snapshot().members) {
    const bool self_alone = member.record.key() == self.key() || !member.record.IsLive();
    VF_CHECK(self_alone, "somebody is alive because a file says so");
  }
}

}  // namespace
}  // namespace vf

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<std::byte> bytes = vf::WithChecksum(std::as_bytes(std::span(data, size)));
  const auto decoded = vf::DecodeMemberFile(bytes);
  const vf::MemberFile* file = std::get_if<vf::MemberFile>(&decoded);
  if (file == nullptr) return 0;
  const auto again = vf::DecodeMemberFile(vf::EncodeMemberFile(*file));
  VF_CHECK(std::holds_alternative<vf::MemberFile>(again), "what is encoded can be decoded");
  VF_CHECK(std::get<vf::MemberFile>(again) == *file, "nothing is lost by encoding");
  vf::Remember(*file);
  return 0;
}
