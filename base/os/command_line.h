// The command line of our programs: options, config file and environment.
//
// One table of options serves four places: `--name VALUE`, `name = VALUE` in the file of --config,
// `VF_NAME=VALUE` in the environment, and the text of --help. The command line wins over the config
// file, and that over the environment; an option is taken whole from the place that wins. Every
// mistake gives one line that says what is wrong and what would be right.
// Thread: one owner. CLI11 splits the command line and lays out the help; the rest is ours, since
// CLI11 wraps negative numbers, lets unknown config keys pass and does not split lists.
#pragma once

#include <absl/status/status.h>

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vf {

// Variables by name; an empty one counts as not set.
using Environment = std::map<std::string, std::string, std::less<>>;
// Those of this process whose names begin with VF_.
Environment ProcessEnvironment();

// What a parse came to.
struct ParseOutcome {
  enum class Kind {
    kRun,    // the options are set
    kPrint,  // --help or --version: `text` belongs on stdout, status 0
    kWrong   // `text`, one line, belongs on stderr, status 2
  };
  Kind kind = Kind::kRun;
  std::string text;
};
// Prints what is to be printed. The status to exit with, or none to run.
std::optional<int> PrintOutcome(const ParseOutcome& outcome);

class CommandLine {
 public:
  // `program`: "vfnode"; `purpose`: what it is, for the help; `examples`: whole lines below it.
  CommandLine(std::string program, std::string purpose, std::string examples);

  // Options come from the command line alone: no --config, no environment.
  void TakeOnlyArguments() { arguments_only_ = true; }

  // Takes one value. OK, or InvalidArgument with what would be right ("must be 1 to 4").
  using SetValue = std::function<absl::Status(std::string_view value)>;

  // `name`: without dashes. `value`: how the help names its value ("BYTES"). Empty values are
  // wrong.
  void AddOption(const std::string& name, std::string value, std::string help, SetValue set);
  // May be given several times and with commas; `set` is called for each.
  void AddList(const std::string& name, std::string value, std::string help, SetValue set);
  // Given or not; in config and environment true/false, yes/no, on/off or 1/0.
  void AddFlag(const std::string& name, std::string help, std::function<void(bool)> set);
  // Refused wherever it turns up, saying `reason`; not in the help.
  void AddRefused(const std::string& name, std::string reason);
  // Refused on the command line and in the config file, saying `reason`; in the environment, which
  // programs share, it is meant for others. Not in the help.
  void AddForeign(const std::string& name, std::string reason);

  // What stands on the command line without dashes: PORT, then contacts. Called once, with all.
  using SetArguments = std::function<absl::Status(const std::vector<std::string>& arguments)>;
  void SetPositional(std::string usage, SetArguments set);

  // Called last, when every option is set: checks between options.
  void SetFinalCheck(std::function<absl::Status()> check) { final_check_ = std::move(check); }

  // `args`: without the program's name. Setters run here.
  ParseOutcome Parse(std::span<const std::string> args, const Environment& environment);

 private:
  enum class Kind { kOne, kList, kFlag, kRefused, kForeign };
  struct Option {
    std::string name;  // without dashes
    std::string value;
    std::string help;
    Kind kind;
    SetValue set;
    std::string reason;
  };
  // Values of one option from one place, and how to name that place in an error.
  struct Given {
    std::vector<std::string> values;
    std::string place;
  };
  using GivenByName = std::map<std::string, Given, std::less<>>;
  struct Splitter;  // CLI11, in the .cc

  void Add(Kind kind, const std::string& name, std::string value, std::string help, SetValue set,
           std::string reason);
  const Option* Find(std::string_view name) const;
  absl::Status ReadConfig(const std::string& path, GivenByName& given) const;
  void ReadEnvironment(const Environment& environment, GivenByName& given) const;
  absl::Status Apply(const Option& option, const Given& given) const;
  absl::Status ApplyAll(const GivenByName& given) const;
  ParseOutcome Wrong(const absl::Status& status) const;

  std::string program_;
  std::string purpose_;
  std::string examples_;
  bool arguments_only_ = false;
  std::vector<Option> options_;
  std::string positional_usage_;
  SetArguments set_arguments_;
  std::function<absl::Status()> final_check_;
};

}  // namespace vf
