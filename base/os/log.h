// The log: one line an event on stderr, `<UTC time> <level> <text>`.
//
// Threads: any. Texts come from everywhere, so what is not printable ASCII is escaped: an event is
// always one line. The core never logs; shells do. Whatever can happen often goes through a
// LogLimiter. The word "ready" belongs to the one line that says so: no other text may contain it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace vf {

enum class LogLevel { kTrace, kDebug, kInfo, kWarn, kError };

// "trace", "debug", "info", "warn" or "error"; none for anything else.
std::optional<LogLevel> ParseLogLevel(std::string_view name);

// Events below `level` are dropped from now on. kInfo until then.
void SetLogLevel(LogLevel level);
bool LogEnabled(LogLevel level);

void Log(LogLevel level, std::string_view text);
inline void LogInfo(std::string_view text) { Log(LogLevel::kInfo, text); }
inline void LogWarn(std::string_view text) { Log(LogLevel::kWarn, text); }
inline void LogError(std::string_view text) { Log(LogLevel::kError, text); }

// `text` with \n, \r, \t, \\ and \xNN in place of what is not printable ASCII.
std::string EscapeForLog(std::string_view text);

// Lets one event a reason and interval through. Thread: one owner. Knows at most kMaxReasons at a
// time; while that many are fresh, further reasons are refused.
class LogLimiter {
 public:
  static constexpr std::size_t kMaxReasons = 1024;
  explicit LogLimiter(Duration interval = minutes(1)) : interval_(interval) {}
  bool Allow(TimePoint now, std::string_view reason);

 private:
  Duration interval_;
  std::map<std::string, TimePoint, std::less<>> last_;
};

}  // namespace vf
