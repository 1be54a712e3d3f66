// What the frontend says about a key, in the words of the replicator, and the replicator's answers
// in those of the frontend.
#pragma once

#include <string_view>

#include "base/time.h"
#include "http/kv_service.h"
#include "node/replication/operation.h"
#include "node/replication/quorum_read.h"
#include "node/replication/write_operation.h"
#include "node/store/record.h"

namespace vf {

AcksWanted ToAcksWanted(const WriteOptions& options);
OwnersWanted ToOwnersWanted(const ReplicaCount& r);

// The draft of what a client writes at `wall`, whose version is stamped later. A view of the
// arguments.
RecordView DraftOf(WallTime wall, std::string_view key, std::string_view value,
                   const WriteOptions& options);
RecordView DraftOfDeletion(std::string_view key);

// Each calls `done` once. A record is absent when there is none, when it is a tombstone, and when
// it has expired at `wall`.
void AnswerRead(WallTime wall, KvCallback& done, const RecordRef& record);
void AnswerWrite(KvCallback& done, const RecordRef& stored);
// REQUIRES: result.status is not kOk.
void AnswerFailure(KvCallback& done, const OperationResult& result);
// This process has not met a founded cluster with a serving storage node yet.
void AnswerJoining(KvCallback& done);

// Why it is so, for whoever asks.
inline constexpr std::string_view kJoiningText =
    "joining: this process has not met a founded cluster with a serving storage node yet";

}  // namespace vf
