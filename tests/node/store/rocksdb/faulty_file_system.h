// A file system that fails as a test wants it, and that knows what a power cut would leave.
//
// Threads: any. Syncs are noted and not done: what is "synced" here has only been written.
#pragma once

#include <rocksdb/file_system.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/rng.h"

namespace vf {

class FaultyFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  // The calls that change something, in the order in which they came.
  enum class Call { kCreate, kAppend, kSync, kRename, kDelete, kSyncFolder };

  FaultyFileSystem();
  ~FaultyFileSystem() override;
  static const char* kClassName() { return "FaultyFileSystem"; }
  const char* Name() const override { return kClassName(); }

  // --- Power ---

  // Before the call of this number (from 0) the power is cut: it and all later ones fail, and what
  // was not synced is lost. None: UINT64_MAX.
  void CutBefore(std::uint64_t call);
  void Cut();
  bool IsCut() const;
  const std::vector<Call>& calls() const;  // while nobody else uses it
  // What the disk holds after the power cut: of each file what was synced and some of what was not
  // (`rng`; null: none of it); no file, and no new name, whose folder was not synced. And the power
  // is back. REQUIRES: all files are closed.
  void Restore(Rng* rng);

  // --- Faults, until the next call of the same ---

  void FailAppends(rocksdb::IOStatus status);  // half of the bytes are written
  void FailSyncs(rocksdb::IOStatus status);
  void FailReads(rocksdb::IOStatus status);
  void SetFreeBytes(std::uint64_t bytes);  // for whoever asks; appends do not care

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewRandomAccessFile(const std::string& name,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                        rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& name, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* folder,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus GetFreeSpace(const std::string& path, const rocksdb::IOOptions& options,
                                 std::uint64_t* bytes, rocksdb::IODebugContext* debug) override;

  struct State;

 private:
  const std::shared_ptr<State> state_;
};

}  // namespace vf
