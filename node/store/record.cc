#include "node/store/record.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>

#include "base/bytes.h"
#include "base/check.h"
#include "base/hash64.h"
#include "base/planted_bug.h"

namespace vf {
namespace {

constexpr std::uint8_t kTombstone = 1;
constexpr std::uint8_t kHasExpiry = 2;
constexpr std::uint8_t kHasHash = 4;

// Records with longer values keep their hash: replacing one happens under the partition's lock, and
// hashing 16 MiB there would hold up every reader of the partition.
constexpr std::size_t kLongValueBytes = 512;

std::uint64_t LoadUint64(const char* in) {
  std::uint64_t value;
  std::memcpy(&value, in, sizeof(value));
  return value;
}

void StoreUint64(char* out, std::uint64_t value) { std::memcpy(out, &value, sizeof(value)); }

// What 64-bit glibc takes from the heap for a request: 8 bytes of its own, in steps of 16. A
// formula and not malloc_usable_size(), since limits must strike alike in every build.
std::size_t HeapBytes(std::size_t request) {
  return std::max<std::size_t>(32, (request + 8 + 15) & ~std::size_t{15});
}

}  // namespace

std::strong_ordering CompareRecords(const RecordView& a, const RecordView& b) {
  if (VF_PLANTED(kTombstoneBeforeVersion) && a.tombstone != b.tombstone) {
    return a.tombstone <=> b.tombstone;
  }
  if (const auto order = a.version <=> b.version; order != 0) return order;
  if (VF_PLANTED(kFirstOfEqualVersionsWins)) return std::strong_ordering::equal;
  if (const auto order = a.tombstone <=> b.tombstone; order != 0) return order;
  // char_traits<char> compares as unsigned bytes, then by length.
  if (const int order = a.value.compare(b.value); order != 0) return order <=> 0;
  // "None" (0) becomes the greatest by wrapping around.
  return (a.expiry_ms - 1) <=> (b.expiry_ms - 1);
}

bool IsLive(const RecordView& record, WallTime wall) {
  return !record.tombstone && (record.expiry_ms == 0 || wall.ms < record.expiry_ms);
}

std::uint64_t RecordHash(const RecordView& record) {
  // Key and value enter by their own hashes, so no byte can move from one into the other.
  std::byte input[33];
  StoreLittleEndian(input, Hash64(AsBytes(record.key)));
  StoreLittleEndian(input + 8, record.version.value);
  StoreLittleEndian(input + 16, record.expiry_ms);
  StoreLittleEndian(input + 24, Hash64(AsBytes(record.value)));
  input[32] = std::byte{record.tombstone};
  return Hash64(input);
}

// Followed, from payload on, by: expiry (if it has one), hash (if it keeps one), key, value.
struct RecordRef::Block {
  std::atomic<std::uint32_t> references;
  std::uint32_t value_length;
  std::uint64_t version;
  std::uint16_t key_length;
  std::uint8_t flags;
  char payload[5];  // up to the struct's alignment; goes on behind it

  char* bytes();
  std::size_t extra_bytes() const {
    return ((flags & kHasExpiry) != 0 ? 8u : 0u) + ((flags & kHasHash) != 0 ? 8u : 0u);
  }
  std::size_t size() const;
};

namespace {
constexpr std::size_t kPayloadOffset = 19;
constexpr std::size_t kBlockBytes = 24;
}  // namespace

char* RecordRef::Block::bytes() {
  static_assert(offsetof(Block, payload) == kPayloadOffset && sizeof(Block) == kBlockBytes);
  return reinterpret_cast<char*>(this) + kPayloadOffset;
}

std::size_t RecordRef::Block::size() const {
  return std::max(kBlockBytes, kPayloadOffset + extra_bytes() + key_length + value_length);
}

RecordRef RecordRef::Make(const RecordView& view) {
  VF_CHECK(view.key.size() <= std::numeric_limits<std::uint16_t>::max(), "key too long");
  VF_CHECK(view.value.size() <= std::numeric_limits<std::uint32_t>::max(), "value too long");
  VF_CHECK(!view.tombstone || view.value.empty(), "a tombstone with a value");
  std::uint8_t flags = view.tombstone ? kTombstone : 0;
  std::size_t extra = 0;
  if (view.expiry_ms != 0) {
    flags |= kHasExpiry;
    extra += 8;
  }
  if (view.value.size() > kLongValueBytes) {
    flags |= kHasHash;
    extra += 8;
  }
  const std::size_t size =
      std::max(kBlockBytes, kPayloadOffset + extra + view.key.size() + view.value.size());
  auto* block = new (::operator new(size)) Block;
  block->references.store(1, std::memory_order_relaxed);
  block->value_length = static_cast<std::uint32_t>(view.value.size());
  block->version = view.version.value;
  block->key_length = static_cast<std::uint16_t>(view.key.size());
  block->flags = flags;
  char* out = block->bytes();
  if ((flags & kHasExpiry) != 0) {
    StoreUint64(out, view.expiry_ms);
    out += 8;
  }
  if ((flags & kHasHash) != 0) {
    StoreUint64(out, RecordHash(view));
    out += 8;
  }
  if (!view.key.empty()) std::memcpy(out, view.key.data(), view.key.size());
  if (!view.value.empty()) std::memcpy(out + view.key.size(), view.value.data(), view.value.size());
  return RecordRef(block);
}

RecordRef::RecordRef(const RecordRef& other) : block_(other.block_) {
  if (block_ != nullptr) block_->references.fetch_add(1, std::memory_order_relaxed);
}

RecordRef::~RecordRef() {
  // Release, so that what others did with the bytes is over; acquire, so that it is over for us.
  if (block_ != nullptr && block_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    block_->~Block();
    ::operator delete(block_);
  }
}

RecordView RecordRef::view() const {
  VF_CHECK(block_ != nullptr, "no record");
  const char* key = block_->bytes() + block_->extra_bytes();
  return {.key = {key, block_->key_length},
          .value = {key + block_->key_length, block_->value_length},
          .version = {block_->version},
          .expiry_ms = (block_->flags & kHasExpiry) != 0 ? LoadUint64(block_->bytes()) : 0,
          .tombstone = (block_->flags & kTombstone) != 0};
}

std::string_view RecordRef::key() const {
  VF_CHECK(block_ != nullptr, "no record");
  return {block_->bytes() + block_->extra_bytes(), block_->key_length};
}

Version RecordRef::version() const {
  VF_CHECK(block_ != nullptr, "no record");
  return {block_->version};
}

std::uint64_t RecordRef::hash() const {
  VF_CHECK(block_ != nullptr, "no record");
  if ((block_->flags & kHasHash) == 0) return RecordHash(view());
  return LoadUint64(block_->bytes() + block_->extra_bytes() - 8);
}

std::size_t RecordRef::allocated_bytes() const {
  VF_CHECK(block_ != nullptr, "no record");
  return HeapBytes(block_->size());
}

}  // namespace vf
