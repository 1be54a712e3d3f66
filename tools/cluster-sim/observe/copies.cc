#include "tools/cluster-sim/observe/copies.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "node/data/stored_copies.h"

namespace vf::sim {
namespace {

constexpr std::size_t kRecent = 32;          // keys that are remembered as written lately
constexpr std::size_t kKeysALook = 12;       // of these
constexpr std::size_t kProcessesALook = 16;  // of more than that

SeenRecord Seen(const RecordRef& record) {
  const RecordView view = record.view();
  return {view.version.value, view.tombstone, view.expiry_ms, std::string(view.value)};
}

}  // namespace

Copies::Copies(const Cluster& cluster, KeyBook& book, const Rng& rng)
    : cluster_(cluster), book_(book), rng_(rng) {}

std::vector<ProcessNumber> Copies::Storing() const {
  std::vector<ProcessNumber> storing;
  for (const ProcessNumber number : cluster_.live()) {
    if (cluster_.Live(number)->copies() != nullptr) storing.push_back(number);
  }
  return storing;
}

Copies::Look Copies::LookAt(const SimProcess& process, const BookedKey& key) const {
  const StoredCopies& copies = *process.copies();
  Look look;
  if (key.partition >= copies.store.partition_count()) return look;  // Another cluster's.
  look.record = copies.store.Get(key.partition, key.bytes);
  const SharedClusterView view = process.data()->plane().views.Newest();
  if (!view->joined()) return look;
  look.owner = view->ListOf(key.partition).IsOwner(process.key());
  look.in_sync = copies.states.IsInSync(key.partition);
  return look;
}

// --- Samples ---

void Copies::OnWritten(KeyNumber key) {
  if (recent_.size() < kRecent) {
    recent_.push_back(key);
  } else {
    recent_[recent_count_ % kRecent] = key;
  }
  ++recent_count_;
}

void Copies::Note(SimTime at, const SimProcess& process, KeyNumber key, bool always) {
  const Look look = LookAt(process, book_.At(key));
  const std::uint64_t hash = (look.record ? look.record.hash() : 0) * 4 + (look.record ? 4 : 0) +
                             (look.owner ? 2 : 0) + (look.in_sync ? 1 : 0);
  std::uint64_t& noted = noted_[std::uint64_t{process.number()} << 32 | key];
  // 0 stands for the beginning, when every process holds nothing.
  if (noted == hash && !always) return;
  noted = hash;
  CopySample sample;
  sample.at = at;
  sample.process = process.number();
  sample.key = book_.At(key).bytes;
  if (look.record) sample.record = Seen(look.record);
  sample.owner = look.owner;
  sample.in_sync = look.in_sync;
  samples_.push_back(std::move(sample));
}

void Copies::Sample(SimTime at) {
  std::vector<KeyNumber> keys = rng_.Sample(recent_, kKeysALook);
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  std::vector<ProcessNumber> processes = Storing();
  if (processes.size() > kProcessesALook) {
    processes = rng_.Sample(std::move(processes), kProcessesALook);
    std::sort(processes.begin(), processes.end());
  }
  for (const ProcessNumber number : processes) {
    for (const KeyNumber key : keys) Note(at, *cluster_.Live(number), key);
  }
}

void Copies::SampleAll(SimTime at, ProcessNumber number) {
  const SimProcess& process = *cluster_.Live(number);
  if (process.copies() == nullptr) return;
  for (KeyNumber key = 0; key < book_.size(); ++key) Note(at, process, key);
}

void Copies::OnCopyInSync(SimTime at, ProcessNumber process, const CopyInSync& copy) {
  SyncReport report;
  report.at = at;
  report.began = (copy.began - kRunStart).count();
  report.process = process;
  for (const MemberKey member : copy.passed) {
    if (const auto number = cluster_.NumberOf(member)) report.passed.push_back(*number);
  }
  const std::vector<ProcessNumber> storing = Storing();
  for (KeyNumber key = 0; key < book_.size(); ++key) {
    if (book_.At(key).partition != copy.partition) continue;
    for (const ProcessNumber number : storing) {
      Note(at, *cluster_.Live(number), key, /*always=*/number == process);
    }
    report.key = book_.At(key).bytes;
    sync_reports_.push_back(report);
  }
}

void Copies::OnBeforeDrop(SimTime at, ProcessNumber process, Partition partition) {
  const std::vector<ProcessNumber> storing = Storing();
  const PartitionList& list =
      cluster_.Live(process)->data()->plane().views.Newest()->ListOf(partition);
  std::vector<ProcessNumber> owners;
  for (const auto* members : {&list.owners, &list.joining}) {
    for (const MemberKey member : *members) {
      if (const auto number = cluster_.NumberOf(member)) owners.push_back(*number);
    }
  }
  for (KeyNumber key = 0; key < book_.size(); ++key) {
    if (book_.At(key).partition != partition) continue;
    if (!LookAt(*cluster_.Live(process), book_.At(key)).record) continue;
    for (const ProcessNumber number : storing) Note(at, *cluster_.Live(number), key);
    drops_.push_back({at, process, book_.At(key).bytes, DropReason::kHandedOver, owners});
  }
}

// --- Holders ---

bool Copies::HasHolder(const BookedKey& key, std::uint64_t version, ProcessNumber except) const {
  for (const ProcessNumber number : cluster_.live()) {
    if (number == except) continue;
    const StoredCopies* const copies = cluster_.Live(number)->copies();
    if (copies == nullptr || key.partition >= copies->store.partition_count()) continue;
    const RecordRef record = copies->store.Get(key.partition, key.bytes);
    if (record && record.version().value >= version) return true;
  }
  // Processes that do not run have it, too, on their disks.
  for (HostNumber number = 0; number < cluster_.hosts(); ++number) {
    const Host& host = cluster_.host(number);
    const Store* const records = host.disk == nullptr ? nullptr : host.disk->records();
    if (records == nullptr || key.partition >= records->partition_count()) continue;
    const RecordRef record = records->Get(key.partition, key.bytes);
    if (record && record.version().value >= version) return true;
  }
  return false;
}

void Copies::NoteLastHolder(SimTime at, ProcessNumber leaving) {
  const StoredCopies* const copies = cluster_.Live(leaving)->copies();
  if (copies == nullptr) return;
  for (KeyNumber number = 0; number < book_.size(); ++number) {
    BookedKey& key = book_.At(number);
    if (key.partition >= copies->store.partition_count()) continue;
    const RecordRef record = copies->store.Get(key.partition, key.bytes);
    if (!record) continue;
    const std::uint64_t held = record.version().value;
    if (held < key.acked || HasHolder(key, held, leaving)) continue;
    key.gone = std::max(key.gone, held);
    if (key.acked != 0 && !HasHolder(key, key.acked, leaving)) {
      lost_.push_back({at, key.bytes, key.acked});
    }
  }
}

void Copies::NoteAcked(SimTime at, KeyNumber number) {
  const BookedKey& key = book_.At(number);
  // What no process took along was not lost with one, but by a mistake.
  if (key.gone >= key.acked && !HasHolder(key, key.acked, kNoProcess)) {
    lost_.push_back({at, key.bytes, key.acked});
  }
}

// --- The end ---

std::uint64_t Copies::ShareOf(const SimProcess& process) {
  const StoredCopies* const copies = process.copies();
  if (copies == nullptr) return 0;
  constexpr std::size_t kPage = 1 << 20;
  const SharedClusterView view = process.data()->plane().views.Newest();
  std::uint64_t bytes = 0;
  for (Partition partition = 0; partition < view->partition_count(); ++partition) {
    if (!view->ListOf(partition).HasPlace(process.key())) continue;
    StorePage page;
    for (std::uint64_t from = 0; !page.last; from = page.next) {
      page = copies->store.Scan(partition, from, kPage);
      for (const RecordRef& record : page.records) bytes += RecordBytes(record);
    }
  }
  return bytes;
}

std::vector<FinalCopy> Copies::Final() const {
  std::vector<FinalCopy> all;
  for (const ProcessNumber number : Storing()) {
    const SimProcess& process = *cluster_.Live(number);
    for (KeyNumber key = 0; key < book_.size(); ++key) {
      const Look look = LookAt(process, book_.At(key));
      if (!look.owner && !look.record) continue;
      FinalCopy copy{number, book_.At(key).bytes, look.owner, look.in_sync, std::nullopt};
      if (look.record) copy.record = Seen(look.record);
      all.push_back(std::move(copy));
    }
  }
  return all;
}

}  // namespace vf::sim
