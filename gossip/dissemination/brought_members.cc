#include "gossip/dissemination/brought_members.h"

#include "gossip/config.h"
#include "gossip/members/view_hash.h"

namespace vf {

void BroughtMembers::Add(MemberKey key, std::uint64_t hash) {
  Bucket& bucket = buckets_[BucketOf(key)];
  std::uint64_t* known = hashes_.Find(key);
  if (known == nullptr) {
    if (hashes_.Size() == kMaxMembers + kMaxTombstones) return;
    ++bucket.count;
    known = &hashes_[key];
  }
  bucket.hash ^= *known ^ hash;
  *known = hash;
}

void BroughtMembers::Add(const Exchange& part) {
  for (const MemberRecord& r : part.members) Add(r.key(), ViewHashOf(r));
  for (const MemberRecord& r : part.tombstones) Add(r.key(), 0);
}

}  // namespace vf
