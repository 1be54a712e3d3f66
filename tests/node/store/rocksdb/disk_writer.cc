// Writes to a store until it is killed, and tells what is stored: kill_test starts it.
//
//   vf_disk_writer FOLDER SYNC(0|1) FIRST     numbers from FIRST on; each that is stored, and with
//                                             SYNC durable, as 8 bytes on stdout
#include <unistd.h>

#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>

#include "node/store/rocksdb/open_store.h"
#include "tests/node/store/rocksdb/numbered_record.h"

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  absl::StatusOr<vf::DiskStore> opened =
      vf::OpenDiskStore({.folder = argv[1],
                         .partition_count = 16,
                         .sync = std::strcmp(argv[2], "1") == 0,
                         .memory_bytes = std::uint64_t{8} << 20});
  if (!opened.ok()) return 1;
  vf::Store& store = *opened->store;
  for (std::uint64_t number = std::strtoull(argv[3], nullptr, 10);; ++number) {
    const vf::RecordRef record = vf::NumberedRecord(number);
    if (store.Put(vf::PartitionOfNumber(number), record).outcome !=
        vf::PutResult::Outcome::kStored) {
      return 1;
    }
    store.WhenDurable([number](bool durable) {
      if (durable && write(STDOUT_FILENO, &number, sizeof(number)) != sizeof(number)) _exit(1);
    });
  }
}
