// The PARTs of a view, encoded once for all who ask for it.
//
// Each bucket is encoded when it is first needed after it has changed, and shared, immutable, by
// all connections that have yet to send it: a mass start asks for the same records again and again.
//
// Thread: none of its own; one owner.
// Limits: what it holds itself is one encoding of the view (about 75 bytes a member); connections
// hold older ones of the buckets that have changed since, for as long as they last.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "gossip/stream/stream_config.h"
#include "gossip/stream/stream_message.h"
#include "gossip/swim.h"

namespace vf {

// Of one bucket: the fields of its PARTs (EncodePartFields).
using BucketParts = std::shared_ptr<const std::vector<std::string>>;

class EncodedBuckets {
 public:
  // Both outlive it.
  EncodedBuckets(Swim& swim, const StreamConfig& config) : swim_(swim), config_(config) {}

  // Never null.
  BucketParts Get(TimePoint now, std::size_t bucket);
  // Drops what is kept.
  void Forget();

 private:
  struct Kept {
    BucketParts parts;  // null: to be made
    bool ages = false;  // has tombstones
    TimePoint made;
  };

  Kept Make(TimePoint now, std::size_t bucket) const;

  Swim& swim_;
  const StreamConfig& config_;
  std::array<Kept, kViewBuckets> kept_;
};

// What is left to say of a view to one peer: PARTs, then END.
class PartQueue {
 public:
  PartQueue(std::uint64_t request, std::vector<BucketParts> buckets, ExchangeEnd end)
      : request_(request), buckets_(std::move(buckets)), end_(std::move(end)) {}

  // Appends at least `bytes` and at most one PART more, or all that is left. How many PARTs.
  std::size_t Fill(std::size_t bytes, std::string& out);
  // END was appended.
  bool is_empty() const { return ended_; }

 private:
  const std::uint64_t request_;
  std::vector<BucketParts> buckets_;  // from next_bucket_ on; those before are given back
  const ExchangeEnd end_;
  std::size_t next_bucket_ = 0;
  std::size_t next_part_ = 0;
  bool ended_ = false;
};

}  // namespace vf
