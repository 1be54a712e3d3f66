// Makes digests and figures from the rows, when a store is opened: the rows are read once, by some
// threads, without the values that stand apart.
//
// That reads every block that holds a row, and checks its checksum: whoever starts has whole rows.
#pragma once

#include <absl/status/status.h>
#include <rocksdb/db.h>

#include "node/store/rocksdb/partition_state.h"

namespace vf::disk {

// REQUIRES: the generations are loaded; nobody else uses `states` meanwhile.
absl::Status ScanRows(rocksdb::DB& db, PartitionState* states, Partition count);

}  // namespace vf::disk
