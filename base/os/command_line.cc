#include "base/os/command_line.h"

#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>

#include "base/check.h"
#include "base/near_name.h"
#include "base/os/config_file.h"
#include "base/os/log.h"
#include "base/os/release.h"

namespace vf {
namespace {

constexpr std::string_view kPrefix = "VF_";

// "max-memory" -> "VF_MAX_MEMORY"
std::string VariableName(std::string_view option) {
  std::string name(kPrefix);
  for (const char c : option) {
    name += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  }
  return name;
}

std::optional<bool> ParseFlag(std::string_view text) {
  for (const char* yes : {"true", "yes", "on", "1"}) {
    if (text == yes) return true;
  }
  for (const char* no : {"false", "no", "off", "0"}) {
    if (text == no) return false;
  }
  return std::nullopt;
}

std::vector<std::string> SplitAtCommas(const std::vector<std::string>& values) {
  std::vector<std::string> parts;
  for (const std::string& value : values) {
    std::size_t begin = 0;
    for (;;) {
      const std::size_t comma = value.find(',', begin);
      parts.push_back(value.substr(begin, comma - begin));
      if (comma == std::string::npos) break;
      begin = comma + 1;
    }
  }
  return parts;
}

class HelpLayout : public CLI::Formatter {
 public:
  explicit HelpLayout(std::string usage) : usage_(std::move(usage)) { column_width(29); }
  std::string make_usage(const CLI::App*, std::string) const override { return usage_; }
  std::string make_positionals(const CLI::App*) const override { return ""; }
  std::string make_option_opts(const CLI::Option* option) const override {
    return option->get_type_name().empty() ? "" : " " + option->get_type_name();
  }

 private:
  std::string usage_;
};

}  // namespace

Environment ProcessEnvironment() {
  Environment variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || text.substr(0, kPrefix.size()) != kPrefix) continue;
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

std::optional<int> PrintOutcome(const ParseOutcome& outcome) {
  switch (outcome.kind) {
    case ParseOutcome::Kind::kRun:
      return std::nullopt;
    case ParseOutcome::Kind::kPrint:
      std::fputs(outcome.text.c_str(), stdout);
      // A full disk or a closed pipe behind stdout must not look like success.
      return std::fflush(stdout) == 0 ? 0 : 1;
    case ParseOutcome::Kind::kWrong:
      std::fprintf(stderr, "%s\n", outcome.text.c_str());
      return 2;
  }
  return 2;
}

// The command line as CLI11 cuts it, values still text.
struct CommandLine::Splitter {
  explicit Splitter(const CommandLine& owner) : app(owner.purpose_, owner.program_) {
    const std::string& arguments_usage = owner.positional_usage_;
    app.formatter(std::make_shared<HelpLayout>("Usage: " + owner.program_ +
                                               (arguments_usage.empty() ? "" : " ") +
                                               arguments_usage + " [options]\n"));
    app.footer(owner.examples_);
    app.set_help_flag("-h,--help", "Show this text and exit");
    app.add_flag("--version", version, "Show the release and exit");
    app.allow_extras();
    app.add_option("arguments", arguments);
    if (!owner.arguments_only_) {
      app.add_option("--config", config, "File with a line `name = value` for each option")
          ->type_name("FILE")
          ->allow_extra_args(false)
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }
    values.resize(owner.options_.size());
    for (std::size_t i = 0; i < owner.options_.size(); ++i) {
      const Option& option = owner.options_[i];
      CLI::Option* added = nullptr;
      if (option.kind == Kind::kFlag) {
        added = app.add_flag("--" + option.name, option.help)
                    ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
      } else {
        added = app.add_option("--" + option.name, values[i], option.help)
                    ->type_name(option.value)
                    ->allow_extra_args(false)
                    ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
      }
      if (option.kind == Kind::kRefused || option.kind == Kind::kForeign) {
        added->group("")->expected(0, 1);
      }
      added_options.push_back(added);
    }
  }

  CLI::App app;
  bool version = false;
  std::vector<std::string> arguments;
  std::vector<std::string> config;
  std::vector<std::vector<std::string>> values;
  std::vector<CLI::Option*> added_options;
};

CommandLine::CommandLine(std::string program, std::string purpose, std::string examples)
    : program_(std::move(program)), purpose_(std::move(purpose)), examples_(std::move(examples)) {}

void CommandLine::Add(Kind kind, const std::string& name, std::string value, std::string help,
                      SetValue set, std::string reason) {
  VF_CHECK(name.size() > 2 && name.compare(0, 2, "--") == 0, "an option begins with --");
  VF_CHECK(Find(name.substr(2)) == nullptr, "an option is declared once");
  options_.push_back(
      {name.substr(2), std::move(value), std::move(help), kind, std::move(set), std::move(reason)});
}

void CommandLine::AddOption(const std::string& name, std::string value, std::string help,
                            SetValue set) {
  Add(Kind::kOne, name, std::move(value), std::move(help), std::move(set), "");
}

void CommandLine::AddList(const std::string& name, std::string value, std::string help,
                          SetValue set) {
  Add(Kind::kList, name, std::move(value), std::move(help), std::move(set), "");
}

void CommandLine::AddFlag(const std::string& name, std::string help,
                          std::function<void(bool)> set) {
  SetValue parse = [set = std::move(set)](std::string_view value) -> absl::Status {
    const std::optional<bool> on = ParseFlag(value);
    if (!on) return absl::InvalidArgumentError("must be true or false");
    set(*on);
    return absl::OkStatus();
  };
  Add(Kind::kFlag, name, "", std::move(help), std::move(parse), "");
}

void CommandLine::AddRefused(const std::string& name, std::string reason) {
  Add(Kind::kRefused, name, "", "", nullptr, std::move(reason));
}

void CommandLine::AddForeign(const std::string& name, std::string reason) {
  Add(Kind::kForeign, name, "", "", nullptr, std::move(reason));
}

void CommandLine::SetPositional(std::string usage, SetArguments set) {
  positional_usage_ = std::move(usage);
  set_arguments_ = std::move(set);
}

const CommandLine::Option* CommandLine::Find(std::string_view name) const {
  const auto it = std::find_if(options_.begin(), options_.end(),
                               [&](const Option& option) { return option.name == name; });
  return it == options_.end() ? nullptr : &*it;
}

ParseOutcome CommandLine::Wrong(const absl::Status& status) const {
  // Texts quote what was given, so the line break that would make two lines of one is escaped.
  return {ParseOutcome::Kind::kWrong,
          EscapeForLog(program_ + ": " + std::string(status.message()))};
}

namespace {

absl::Status UnknownOption(std::string_view shown, std::string_view name,
                           const std::vector<std::string>& known, const std::string& form) {
  std::string text = std::string(shown) + ": there is no such option; ";
  if (const std::optional<std::string> near = NearName(name, known)) {
    return absl::InvalidArgumentError(text + "did you mean " + form + *near + "?");
  }
  return absl::InvalidArgumentError(text + "--help lists them");
}

}  // namespace

absl::Status CommandLine::ReadConfig(const std::string& path, GivenByName& given) const {
  const auto lines = ReadConfigFile(path);
  if (!lines.ok()) {
    return absl::InvalidArgumentError("--config " + path + ": " +
                                      std::string(lines.status().message()) +
                                      "; give a file with lines `name = value`");
  }
  std::vector<std::string> known;
  for (const Option& option : options_) {
    if (option.kind != Kind::kRefused && option.kind != Kind::kForeign)
      known.push_back(option.name);
  }
  GivenByName here;
  for (const ConfigLine& line : *lines) {
    const std::string place = path + " line " + std::to_string(line.number) + ": " + line.name;
    if (Find(line.name) == nullptr) return UnknownOption(place, line.name, known, "");
    Given& entry = here[line.name];
    if (entry.values.empty()) entry.place = place;
    entry.values.push_back(line.value);
  }
  for (auto& [name, entry] : here) given.try_emplace(name, std::move(entry));
  return absl::OkStatus();
}

void CommandLine::ReadEnvironment(const Environment& environment, GivenByName& given) const {
  for (const Option& option : options_) {
    if (option.kind == Kind::kForeign) continue;
    const std::string variable = VariableName(option.name);
    const auto it = environment.find(variable);
    if (it == environment.end() || it->second.empty()) continue;
    given.try_emplace(option.name, Given{{it->second}, variable});
  }
}

absl::Status CommandLine::Apply(const Option& option, const Given& given) const {
  const auto wrong = [&](const std::string& what) {
    return absl::InvalidArgumentError(given.place + ": " + what);
  };
  if (option.kind == Kind::kRefused || option.kind == Kind::kForeign) return wrong(option.reason);
  if (option.kind != Kind::kList && given.values.size() > 1) {
    return wrong("given " + std::to_string(given.values.size()) + " times; give it once");
  }
  const auto values = option.kind == Kind::kList ? SplitAtCommas(given.values) : given.values;
  for (const std::string& value : values) {
    if (value.empty()) return wrong("needs a value (" + option.value + ")");
    const absl::Status status = option.set(value);
    if (!status.ok()) return wrong("'" + value + "' " + std::string(status.message()));
  }
  return absl::OkStatus();
}

absl::Status CommandLine::ApplyAll(const GivenByName& given) const {
  for (const Option& option : options_) {
    const auto it = given.find(option.name);
    if (it == given.end()) continue;
    if (absl::Status status = Apply(option, it->second); !status.ok()) return status;
  }
  return final_check_ ? final_check_() : absl::OkStatus();
}

ParseOutcome CommandLine::Parse(std::span<const std::string> args, const Environment& environment) {
  VF_CHECK(set_arguments_ != nullptr, "SetPositional() comes first");
  Splitter splitter(*this);
  try {
    // CLI11 takes the arguments in reverse order.
    splitter.app.parse(std::vector<std::string>(args.rbegin(), args.rend()));
  } catch (const CLI::CallForHelp&) {
    return {ParseOutcome::Kind::kPrint, splitter.app.help()};
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string text = error.what();  // The option, a colon, and more.
    return Wrong(
        absl::InvalidArgumentError(text.substr(0, text.find(':')) + ": needs a value; see --help"));
  } catch (const CLI::ParseError& error) {
    return Wrong(absl::InvalidArgumentError(std::string(error.what()) + "; see --help"));
  }
  if (splitter.version) {
    return {ParseOutcome::Kind::kPrint, program_ + " " + std::string(Release()) + "\n"};
  }

  std::vector<std::string> known = {"--help", "--version"};
  if (!arguments_only_) known.push_back("--config");
  GivenByName given;
  for (std::size_t i = 0; i < options_.size(); ++i) {
    const Option& option = options_[i];
    if (option.kind != Kind::kRefused && option.kind != Kind::kForeign) {
      known.push_back("--" + option.name);
    }
    const std::size_t count = splitter.added_options[i]->count();
    if (count == 0) continue;
    auto& values = splitter.values[i];
    if (option.kind == Kind::kFlag) values = splitter.added_options[i]->results();
    given[option.name] = {values, "--" + option.name};
  }
  for (const std::string& extra : splitter.app.remaining()) {
    if (extra == "--") continue;  // What follows it are arguments.
    return Wrong(UnknownOption(extra, extra.substr(0, extra.find('=')), known, ""));
  }
  if (splitter.config.size() > 1) {
    return Wrong(absl::InvalidArgumentError("--config: given twice; give one file"));
  }
  if (!splitter.config.empty() && splitter.config.front().empty()) {
    return Wrong(absl::InvalidArgumentError("--config: needs the name of a file"));
  }
  std::string config = splitter.config.empty() ? "" : splitter.config.front();
  if (const auto it = environment.find("VF_CONFIG");
      config.empty() && it != environment.end() && !arguments_only_) {
    config = it->second;
  }
  if (!config.empty()) {
    if (absl::Status status = ReadConfig(config, given); !status.ok()) return Wrong(status);
  }
  if (!arguments_only_) ReadEnvironment(environment, given);
  // Arguments first, so that the final check sees everything.
  if (absl::Status status = set_arguments_(splitter.arguments); !status.ok()) return Wrong(status);
  if (absl::Status status = ApplyAll(given); !status.ok()) return Wrong(status);
  return {};
}

}  // namespace vf
