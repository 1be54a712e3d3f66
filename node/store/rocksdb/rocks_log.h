// Where RocksDB's own log goes: what it warns of into the log of the process, and nothing else.
//
// It also is the only place where RocksDB says that it has passed over damaged bytes of its log
// (the write-ahead log): it starts without them, and without a word to its caller.
//
// Threads: any.
#pragma once

#include <rocksdb/env.h>

#include <cstdarg>
#include <mutex>
#include <string>

namespace vf::disk {

class RocksLog final : public rocksdb::Logger {
 public:
  RocksLog() : rocksdb::Logger(rocksdb::InfoLogLevel::INFO_LEVEL) {}

  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override;
  void Logv(rocksdb::InfoLogLevel level, const char* format, va_list arguments) override;

  // The first damage of the write-ahead log that was passed over; empty: none.
  std::string damage() const;

 private:
  mutable std::mutex mutex_;
  std::string damage_;  // guarded by mutex_
};

}  // namespace vf::disk
