#include "base/os/log.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>
#include <memory>

namespace vf {
namespace {

struct LevelName {
  std::string_view name;
  spdlog::level::level_enum level;
};
constexpr std::array<LevelName, 5> kLevels = {{{"trace", spdlog::level::trace},
                                               {"debug", spdlog::level::debug},
                                               {"info", spdlog::level::info},
                                               {"warn", spdlog::level::warn},
                                               {"error", spdlog::level::err}}};

const LevelName& Named(LogLevel level) { return kLevels[static_cast<std::size_t>(level)]; }

// Made at the first event and never destroyed: a thread may log while the process ends.
spdlog::logger& Logger() {
  static spdlog::logger* const logger = [] {
    auto* made =
        new spdlog::logger("velour-fog", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_formatter(std::make_unique<spdlog::pattern_formatter>(
        "%Y-%m-%dT%H:%M:%S.%eZ %v", spdlog::pattern_time_type::utc));
    made->set_level(spdlog::level::info);
    return made;
  }();
  return *logger;
}

}  // namespace

std::optional<LogLevel> ParseLogLevel(std::string_view name) {
  for (std::size_t i = 0; i < kLevels.size(); ++i) {
    if (kLevels[i].name == name) return static_cast<LogLevel>(i);
  }
  return std::nullopt;
}

void SetLogLevel(LogLevel level) { Logger().set_level(Named(level).level); }

bool LogEnabled(LogLevel level) { return Logger().should_log(Named(level).level); }

void Log(LogLevel level, std::string_view text) {
  if (!LogEnabled(level)) return;
  std::string line(Named(level).name);
  line += ' ';
  line += EscapeForLog(text);
  Logger().log(Named(level).level, spdlog::string_view_t(line.data(), line.size()));
}

std::string EscapeForLog(std::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\') {
      out += "\\\\";
    } else if (byte >= 0x20 && byte < 0x7f) {
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      out += "\\x";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

bool LogLimiter::Allow(TimePoint now, std::string_view reason) {
  if (const auto it = last_.find(reason); it != last_.end()) {
    if (now - it->second < interval_) return false;
    it->second = now;
    return true;
  }
  if (last_.size() >= kMaxReasons) {
    std::erase_if(last_, [&](const auto& entry) { return now - entry.second >= interval_; });
    if (last_.size() >= kMaxReasons) return false;
  }
  last_.emplace(reason, now);
  return true;
}

}  // namespace vf
