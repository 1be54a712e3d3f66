#include "node/data/kv_answers.h"

#include <cstdint>

#include "base/check.h"

namespace vf {
namespace {

KvStatus ToKvStatus(OperationStatus status) {
  switch (status) {
    case OperationStatus::kOk:
      return KvStatus::kOk;
    case OperationStatus::kBadRequest:
      return KvStatus::kBadRequest;
    case OperationStatus::kUnavailable:
      return KvStatus::kUnavailable;
    case OperationStatus::kOverloaded:
      return KvStatus::kOverloaded;
    case OperationStatus::kNoSpace:
      return KvStatus::kNoSpace;
  }
  return KvStatus::kUnavailable;
}

}  // namespace

AcksWanted ToAcksWanted(const WriteOptions& options) {
  if (!options.acks) return {};
  if (options.acks->count == ReplicaCount::kAll) return {AcksWanted::Kind::kAll, 0};
  return {AcksWanted::Kind::kCount, options.acks->count};
}

OwnersWanted ToOwnersWanted(const ReplicaCount& r) {
  return {r.count == ReplicaCount::kAll ? OwnersWanted::kAll : r.count};
}

RecordView DraftOf(WallTime wall, std::string_view key, std::string_view value,
                   const WriteOptions& options) {
  const std::uint64_t expiry_ms =
      options.ttl ? wall.ms + static_cast<std::uint64_t>(ToMilliseconds(*options.ttl)) : 0;
  return {.key = key, .value = value, .version = {}, .expiry_ms = expiry_ms, .tombstone = false};
}

RecordView DraftOfDeletion(std::string_view key) {
  return {.key = key, .value = {}, .version = {}, .expiry_ms = 0, .tombstone = true};
}

void AnswerRead(WallTime wall, KvCallback& done, const RecordRef& record) {
  if (record) {
    const RecordView view = record.view();
    if (IsLive(view, wall)) {
      done({.status = KvStatus::kOk, .version = view.version, .value = view.value, .text = {}});
      return;
    }
  }
  done({.status = KvStatus::kAbsent, .version = {}, .value = {}, .text = {}});
}

void AnswerWrite(KvCallback& done, const RecordRef& stored) {
  done({.status = KvStatus::kOk, .version = stored.version(), .value = {}, .text = {}});
}

void AnswerFailure(KvCallback& done, const OperationResult& result) {
  VF_CHECK(result.status != OperationStatus::kOk, "a failure that is none");
  done({.status = ToKvStatus(result.status), .version = {}, .value = {}, .text = result.text});
}

void AnswerJoining(KvCallback& done) {
  done({.status = KvStatus::kUnavailable, .version = {}, .value = {}, .text = kJoiningText});
}

}  // namespace vf
