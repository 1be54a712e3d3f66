#include "node/placement/partition.h"

#include "base/bytes.h"

namespace vf {

std::string PartitionText(Partition partition, int digits) {
  return ToHex64(partition).substr(static_cast<std::size_t>(16 - digits));
}

}  // namespace vf
