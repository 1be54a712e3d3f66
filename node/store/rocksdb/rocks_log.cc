#include "node/store/rocksdb/rocks_log.h"

#include <cstdio>
#include <string_view>

#include "base/os/log.h"

namespace vf::disk {
namespace {

constexpr std::size_t kMostTextBytes = 1'024;

// Of the release that is linked; a test with a torn log holds it.
constexpr std::string_view kPassedOver = ": dropping ";

std::string Format(const char* format, va_list arguments) {
  char text[kMostTextBytes];
  const int length = std::vsnprintf(text, sizeof(text), format, arguments);
  if (length < 0) return {};
  return {text, std::min(static_cast<std::size_t>(length), sizeof(text) - 1)};
}

}  // namespace

void RocksLog::Logv(const char* format, va_list arguments) {
  Logv(rocksdb::InfoLogLevel::INFO_LEVEL, format, arguments);
}

void RocksLog::Logv(rocksdb::InfoLogLevel level, const char* format, va_list arguments) {
  if (level < rocksdb::InfoLogLevel::WARN_LEVEL || level >= rocksdb::InfoLogLevel::HEADER_LEVEL) {
    return;
  }
  const std::string text = Format(format, arguments);
  if (text.find(kPassedOver) != std::string::npos) {
    const std::lock_guard lock(mutex_);
    if (damage_.empty()) damage_ = text;
  }
  Log(LogLevel::kWarn, "rocksdb: " + text);
}

std::string RocksLog::damage() const {
  const std::lock_guard lock(mutex_);
  return damage_;
}

}  // namespace vf::disk
