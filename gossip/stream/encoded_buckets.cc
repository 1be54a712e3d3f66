#include "gossip/stream/encoded_buckets.h"

#include <utility>

#include "gossip/stream/stream_codec.h"
#include "gossip/wire/bucket_cutter.h"

namespace vf {

BucketParts EncodedBuckets::Get(TimePoint now, std::size_t bucket) {
  if (const auto changed = swim_.TakeChangedBuckets(); changed.any()) {
    for (std::size_t i = 0; i < kViewBuckets; ++i) {
      if (changed[i]) kept_[i].parts.reset();
    }
  }
  Kept& kept = kept_[bucket];
  const bool stale = kept.ages && now >= kept.made + config_.tombstones_fresh;
  if (kept.parts == nullptr || stale) kept = Make(now, bucket);
  return kept.parts;
}

void EncodedBuckets::Forget() {
  for (Kept& kept : kept_) kept.parts.reset();
}

EncodedBuckets::Kept EncodedBuckets::Make(TimePoint now, std::size_t bucket) const {
  const Exchange all = swim_.Bucket(now, bucket);
  auto parts = std::make_shared<std::vector<std::string>>();
  BucketCutter cutter(all.bucket, config_.records_in_part,
                      [&](const Exchange& part) { parts->push_back(EncodePartFields(part)); });
  for (const MemberRecord& record : all.members) cutter.Add(record);
  for (const MemberRecord& record : all.tombstones) cutter.Add(record);
  cutter.Finish();
  return {std::move(parts), !all.tombstones.empty(), now};
}

std::size_t PartQueue::Fill(std::size_t bytes, std::string& out) {
  const std::size_t enough = out.size() + bytes;
  std::size_t parts = 0;
  while (next_bucket_ < buckets_.size()) {
    BucketParts& bucket = buckets_[next_bucket_];
    if (next_part_ == bucket->size()) {
      bucket.reset();
      next_part_ = 0;
      ++next_bucket_;
      continue;
    }
    if (out.size() >= enough) return parts;
    AppendPart(request_, (*bucket)[next_part_++], out);
    ++parts;
  }
  if (!ended_) out += EncodeStreamFrame({request_, end_});
  ended_ = true;
  return parts;
}

}  // namespace vf
