// Walks the records of some buckets of a partition.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "node/store/bucket_digests.h"
#include "node/store/scan_order.h"
#include "node/store/store.h"

namespace vf {

// Calls visit(order, record) for the records of `buckets` with a ScanOrder() >= `from`, in that
// order, until it returns false. Returns whether it came to the end. Writes go on meanwhile:
// what was there at the beginning and is not replaced is seen.
template <typename Visit>
bool WalkBuckets(const Store& store, Partition partition, const BucketSet& buckets,
                 std::uint64_t from, Visit visit) {
  // A bucket that is not asked for is skipped, at the cost of one such step at most; and what a
  // batch has no room for is read for nothing.
  constexpr std::size_t kStepBytes = std::size_t{8} << 10;
  std::size_t bucket = NextBucket(buckets, BucketOf(from));
  while (bucket < kBuckets) {
    const StorePage page = store.Scan(partition, std::max(from, FirstHashOf(bucket)), kStepBytes);
    for (const RecordRef& record : page.records) {
      const std::uint64_t order = ScanOrder(record.key());
      if (buckets.test(BucketOf(order)) && !visit(order, record)) return false;
    }
    if (page.last) return true;
    from = page.next;
    bucket = NextBucket(buckets, BucketOf(from));
  }
  return true;
}

}  // namespace vf
