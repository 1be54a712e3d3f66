#include "node/replication/move_progress.h"

#include "base/check.h"

namespace vf {

void MoveProgress::OnIncomplete(TimePoint now, Partition partition) {
  if (incomplete_ == 0) {
    ++move_;
    figures_ = {};
    figures_.began = figures_.advanced = now;
  }
  ++incomplete_;
  if (counted_in_[partition] == move_) return;
  counted_in_[partition] = move_;
  ++figures_.partitions;
}

void MoveProgress::OnComplete(TimePoint now, Partition partition) {
  VF_CHECK(incomplete_ > 0 && counted_in_[partition] == move_, "only what is incomplete completes");
  --incomplete_;
  figures_.advanced = now;
}

void MoveProgress::OnLost(Partition partition, bool incomplete) {
  if (incomplete) {
    VF_CHECK(incomplete_ > 0, "a copy that is incomplete was counted as that");
    --incomplete_;
  }
  if (move_ == 0 || counted_in_[partition] != move_) return;
  counted_in_[partition] = 0;
  --figures_.partitions;
}

void MoveProgress::OnStep(TimePoint now, std::uint64_t records, std::uint64_t bytes) {
  figures_.records += records;
  figures_.bytes += bytes;
  figures_.advanced = now;
}

std::optional<MoveFigures> MoveProgress::figures() const {
  if (incomplete_ == 0) return std::nullopt;
  MoveFigures figures = figures_;
  figures.complete = figures.partitions - incomplete_;
  return figures;
}

}  // namespace vf
