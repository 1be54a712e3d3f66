#include "node/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace vf {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr Machine kMachine{4, std::uint64_t{8} << 30};

ParsedNodeOptions Parse(const std::vector<std::string>& args, const Environment& environment = {}) {
  return ParseNodeOptions(args, environment, kMachine);
}

NodeOptions Accepted(const std::vector<std::string>& args, const Environment& environment = {}) {
  const ParsedNodeOptions parsed = Parse(args, environment);
  EXPECT_EQ(parsed.outcome.kind, ParseOutcome::Kind::kRun) << parsed.outcome.text;
  return parsed.options;
}

// The line that a wrong command line gives.
std::string Refused(const std::vector<std::string>& args, const Environment& environment = {}) {
  const ParsedNodeOptions parsed = Parse(args, environment);
  EXPECT_EQ(parsed.outcome.kind, ParseOutcome::Kind::kWrong) << parsed.outcome.text;
  EXPECT_THAT(parsed.outcome.text, Not(HasSubstr("\n")));
  EXPECT_EQ(parsed.outcome.text.compare(0, 8, "vfnode: "), 0) << parsed.outcome.text;
  return parsed.outcome.text;
}

class ConfigFile {
 public:
  explicit ConfigFile(const std::string& text)
      : path_(::testing::TempDir() + "vf_options_test." + std::to_string(getpid())) {
    std::ofstream(path_) << text;
  }
  ~ConfigFile() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(NodeOptionsTest, DefaultsAreThoseOfTheContract) {
  const NodeOptions options = Accepted({"8000"});
  EXPECT_EQ(options.common.port, 8000);
  EXPECT_TRUE(options.common.contacts.empty());
  EXPECT_EQ(options.common.cluster, "velour-fog");
  EXPECT_EQ(options.common.bind.ToString(), "0.0.0.0:0");
  EXPECT_FALSE(options.common.advertise);
  EXPECT_EQ(options.common.log_level, LogLevel::kInfo);
  EXPECT_EQ(options.common.replicas, 0);
  EXPECT_EQ(options.common.partition_digits, 0);
  EXPECT_EQ(options.common.tombstone_age_s, 0u);
  EXPECT_EQ(options.min_acks, 0);
  EXPECT_FALSE(options.frontend_only);
  EXPECT_EQ(options.threads, 4);
  EXPECT_EQ(options.max_value_size, std::uint64_t{16} << 20);
  EXPECT_EQ(options.max_memory_bytes, std::uint64_t{6} << 30);
  for (const char* inside : {"127.0.0.1", "10.1.2.3", "192.168.0.1", "::1", "fe80::1", "fd00::1"}) {
    EXPECT_TRUE(options.common.allow.Allows(*Endpoint::ParseAddress(inside, 1))) << inside;
  }
  EXPECT_FALSE(options.common.allow.Allows(*Endpoint::ParseAddress("8.8.8.8", 1)));
}

TEST(NodeOptionsTest, TakesEveryOptionFromTheCommandLine) {
  const NodeOptions options = Accepted({"0",
                                        "a.example:7000",
                                        "[::1]:7001",
                                        "--cluster",
                                        "blue",
                                        "--bind=::",
                                        "--advertise",
                                        "node1:80",
                                        "--tombstone-age",
                                        "60",
                                        "--allow",
                                        "10.0.0.0/8",
                                        "127.0.0.1:7002",
                                        "--allow",
                                        "::1",
                                        "--replicas",
                                        "5",
                                        "--partition-digits",
                                        "4",
                                        "--min-acks",
                                        "5",
                                        "--frontend-only",
                                        "--threads",
                                        "2",
                                        "--max-value-size",
                                        "1K",
                                        "--max-memory",
                                        "3G",
                                        "--log-level",
                                        "debug"});
  EXPECT_EQ(options.common.port, 0);
  EXPECT_EQ(options.common.contacts,
            (std::vector<HostPort>{{"a.example", 7000}, {"::1", 7001}, {"127.0.0.1", 7002}}));
  EXPECT_EQ(options.common.cluster, "blue");
  EXPECT_EQ(options.common.bind.AddressText(), "::");
  EXPECT_EQ(options.common.advertise->host, "node1");
  EXPECT_EQ(options.common.advertise->port, 80);
  EXPECT_EQ(options.common.tombstone_age_s, 60u);
  EXPECT_TRUE(options.common.allow.Allows(*Endpoint::ParseAddress("10.9.9.9", 1)));
  EXPECT_TRUE(options.common.allow.Allows(*Endpoint::ParseAddress("::1", 1)));
  EXPECT_FALSE(options.common.allow.Allows(*Endpoint::ParseAddress("127.0.0.1", 1)));
  EXPECT_EQ(options.common.replicas, 5);
  EXPECT_EQ(options.common.partition_digits, 4);
  EXPECT_EQ(options.min_acks, 5);
  EXPECT_TRUE(options.frontend_only);
  EXPECT_EQ(options.threads, 2);
  EXPECT_EQ(options.max_value_size, 1024u);
  EXPECT_EQ(options.max_memory_bytes, std::uint64_t{3} << 30);
  EXPECT_EQ(options.common.log_level, LogLevel::kDebug);
}

TEST(NodeOptionsTest, TakesAdvertiseWithAndWithoutPort) {
  EXPECT_EQ(Accepted({"1", "--advertise", "10.0.0.7"}).common.advertise->host, "10.0.0.7");
  EXPECT_EQ(Accepted({"1", "--advertise", "fd00::7"}).common.advertise->host, "fd00::7");
  EXPECT_FALSE(Accepted({"1", "--advertise", "fd00::7"}).common.advertise->port);
  EXPECT_EQ(Accepted({"1", "--advertise", "[fd00::7]:9"}).common.advertise->host, "fd00::7");
  EXPECT_EQ(Accepted({"1", "--advertise", "name"}).common.advertise->host, "name");
}

TEST(NodeOptionsTest, TakesOptionsFromTheEnvironment) {
  const NodeOptions options = Accepted({"8000"}, {{"VF_CLUSTER", "green"},
                                                  {"VF_ALLOW", "10.0.0.0/8,127.0.0.1"},
                                                  {"VF_MAX_MEMORY", "2G"},
                                                  {"VF_FRONTEND_ONLY", "1"},
                                                  {"VF_BIND", ""},
                                                  {"VF_SOMETHING_ELSE", "x"}});
  EXPECT_EQ(options.common.cluster, "green");
  EXPECT_TRUE(options.common.allow.Allows(*Endpoint::ParseAddress("127.0.0.1", 1)));
  EXPECT_FALSE(options.common.allow.Allows(*Endpoint::ParseAddress("127.0.0.2", 1)));
  EXPECT_EQ(options.max_memory_bytes, std::uint64_t{2} << 30);
  EXPECT_TRUE(options.frontend_only);
}

TEST(NodeOptionsTest, TakesOptionsFromTheConfigFile) {
  const ConfigFile file(
      "# what this node is\n\n  cluster = \"blue\"  \r\nallow = 10.0.0.0/8\nallow=127.0.0.1,::1\n"
      "frontend-only = true\nthreads\t=\t3");
  const NodeOptions options = Accepted({"8000", "--config", file.path()});
  EXPECT_EQ(options.common.cluster, "blue");
  EXPECT_TRUE(options.common.allow.Allows(*Endpoint::ParseAddress("10.0.0.1", 1)));
  EXPECT_TRUE(options.common.allow.Allows(*Endpoint::ParseAddress("::1", 1)));
  EXPECT_TRUE(options.frontend_only);
  EXPECT_EQ(options.threads, 3);
  EXPECT_EQ(Accepted({"8000"}, {{"VF_CONFIG", file.path()}}).threads, 3);
}

TEST(NodeOptionsTest, CommandLineWinsOverConfigFileAndThatOverEnvironment) {
  const ConfigFile file("cluster = from-file\nthreads = 3\nallow = 10.0.0.0/8\n");
  const Environment environment = {{"VF_CLUSTER", "from-environment"},
                                   {"VF_THREADS", "5"},
                                   {"VF_LOG_LEVEL", "error"},
                                   {"VF_ALLOW", "::1"}};
  const NodeOptions options =
      Accepted({"8000", "--config", file.path(), "--cluster", "from-line"}, environment);
  EXPECT_EQ(options.common.cluster, "from-line");
  EXPECT_EQ(options.threads, 3);
  EXPECT_EQ(options.common.log_level, LogLevel::kError);
  // A list is taken whole from one place.
  EXPECT_TRUE(options.common.allow.Allows(*Endpoint::ParseAddress("10.0.0.1", 1)));
  EXPECT_FALSE(options.common.allow.Allows(*Endpoint::ParseAddress("::1", 1)));
}

TEST(NodeOptionsTest, AValueThatLosesIsNotJudged) {
  EXPECT_EQ(Accepted({"8000", "--threads", "2"}, {{"VF_THREADS", "many"}}).threads, 2);
}

TEST(NodeOptionsTest, HelpAndVersionGoToStdout) {
  for (const char* flag : {"--help", "-h"}) {
    const ParseOutcome help = Parse({flag}).outcome;
    EXPECT_EQ(help.kind, ParseOutcome::Kind::kPrint);
    for (const char* part :
         {"Usage: vfnode PORT [HOST:PORT ...] [options]", "--cluster NAME", "--max-memory BYTES",
          "--frontend-only", "--version", "curl -d VALUE localhost:8000/KEY", "VF_"}) {
      EXPECT_THAT(help.text, HasSubstr(part));
    }
    EXPECT_THAT(help.text, HasSubstr("--data-dir and --fsync come with a later release"));
  }
  const ParseOutcome version = Parse({"--version"}).outcome;
  EXPECT_EQ(version.kind, ParseOutcome::Kind::kPrint);
  EXPECT_THAT(version.text, ::testing::MatchesRegex("vfnode [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST(NodeOptionsTest, RefusesAMissingOrWrongPort) {
  EXPECT_THAT(Refused({}), HasSubstr("PORT is missing"));
  for (const char* port : {"65536", "x", "80x", "", "0x50", "1.5"}) {
    EXPECT_THAT(Refused({port}), HasSubstr("0 to 65535")) << port;
  }
  EXPECT_THAT(Refused({"-1"}), HasSubstr("-1"));
}

TEST(NodeOptionsTest, RefusesWrongContacts) {
  for (const char* contact :
       {"host", "host:", ":7000", "host:0", "host:70000", "::1:7000", "a:b"}) {
    EXPECT_THAT(Refused({"8000", contact}), HasSubstr("HOST:PORT")) << contact;
  }
  std::vector<std::string> many = {"8000"};
  for (int i = 0; i < 65; ++i) many.push_back("host:" + std::to_string(7000 + i));
  EXPECT_THAT(Refused(many), HasSubstr("at most 64"));
}

TEST(NodeOptionsTest, RefusesAContactOfAnotherFamilyThanTheOneBound) {
  EXPECT_THAT(Refused({"8000", "[::1]:7000"}),
              AllOf(HasSubstr("'[::1]:7000'"), HasSubstr("--bind ::")));
  EXPECT_THAT(Refused({"8000", "a.example:1", "10.0.0.1:7000", "--bind", "fd00::7"}),
              HasSubstr("'10.0.0.1:7000'"));
  Accepted({"8000", "[::1]:7000", "10.0.0.1:7000", "--bind", "::"});
  Accepted({"8000", "[fd00::1]:7000", "a.example:1", "--bind", "fd00::7"});
}

TEST(NodeOptionsTest, RefusesWrongValuesAndSaysWhatWouldBeRight) {
  const struct {
    const char* option;
    std::vector<const char*> values;
    const char* right;
  } cases[] = {
      {"cluster", {"", "a b", "a/b", "\xc3\xa9"}, "letters"},
      {"bind", {"localhost", "1.2.3", "0.0.0.0:80", "1.2.3.4/8"}, "0.0.0.0"},
      {"advertise", {"a:b:c", "host:0", "0.0.0.0", "::", "[::1]", "a b"}, "HOST"},
      {"allow", {"10.0.0.0/33", "10.0.0.1/8", "lan", "10.0.0.0/8,,::1", "10.0.0.0/8;::1"}, ""},
      {"replicas", {"0", "-3", "256", "three", "3.5", "+3", " 3", "33"}, "1 to 32"},
      {"partition-digits", {"0", "5", "-1", "two"}, "1 to 4"},
      {"tombstone-age", {"0", "-1", "1h", "99999999999999999999"}, "seconds"},
      {"min-acks", {"0", "-1", "all", "4294967297"}, "1 to K"},
      {"threads", {"0", "-1", "257", "x"}, "1 to 256"},
      {"max-value-size", {"0", "-5", "2G", "1T", "16MiB", "1.5M", "M", "16m"}, "K, M or G"},
      {"max-memory", {"-5", "1023K", "18446744073709551616", "99999999999G"}, "K, M or G"},
      {"profile", {"", "LAN", "wann", "lan,wan", "local"}, "lan, cloud or wan"},
      {"log-level", {"loud", "INFO"}, "trace, debug, info, warn or error"},
  };
  for (const auto& test : cases) {
    for (const char* value : test.values) {
      const std::string line = Refused({"8000", "--" + std::string(test.option), value});
      EXPECT_THAT(line, HasSubstr("--" + std::string(test.option))) << value;
      EXPECT_THAT(line, HasSubstr(*value == '\0' ? "" : test.right)) << value;
    }
  }
}

TEST(NodeOptionsTest, AMistakeNamesThePlaceItStandsIn) {
  EXPECT_THAT(Refused({"8000"}, {{"VF_THREADS", "x"}}), HasSubstr("VF_THREADS: 'x'"));
  const ConfigFile file("\nthreads = x\n");
  EXPECT_THAT(Refused({"8000", "--config", file.path()}),
              HasSubstr(file.path() + " line 2: threads: 'x'"));
}

TEST(NodeOptionsTest, RefusesUnknownOptions) {
  EXPECT_THAT(Refused({"8000", "--clustr", "x"}), HasSubstr("did you mean --cluster?"));
  EXPECT_THAT(Refused({"8000", "--something-else"}), HasSubstr("--help lists them"));
  EXPECT_THAT(Refused({"8000", "-x"}), HasSubstr("-x"));
  EXPECT_THAT(Refused({"8000", "--threads"}), HasSubstr("--threads: needs a value"));
  EXPECT_THAT(Refused({"8000", "--", "--x"}), HasSubstr("HOST:PORT"));
  EXPECT_THAT(Refused({"8000", "--frontend-only=perhaps"}), HasSubstr("frontend-only"));
}

TEST(NodeOptionsTest, RefusesAnOptionGivenTwice) {
  EXPECT_THAT(Refused({"8000", "--threads", "1", "--threads", "2"}), HasSubstr("give it once"));
  EXPECT_THAT(Refused({"8000", "--config", "a", "--config", "b"}), HasSubstr("give one file"));
  const ConfigFile file("threads = 1\nthreads = 2\n");
  EXPECT_THAT(Refused({"8000", "--config", file.path()}), HasSubstr("give it once"));
}

TEST(NodeOptionsTest, RefusesAWrongConfigFile) {
  EXPECT_THAT(Refused({"8000", "--config", "/does/not/exist"}), HasSubstr("No such file"));
  EXPECT_THAT(Refused({"8000", "--config", "/"}), HasSubstr("directory"));
  EXPECT_THAT(Refused({"8000", "--config", ""}), HasSubstr("--config"));
  EXPECT_THAT(Refused({"8000", "--config"}), HasSubstr("--config"));
  const ConfigFile unknown("clustr = x\n");
  EXPECT_THAT(Refused({"8000", "--config", unknown.path()}),
              HasSubstr("line 1: clustr: there is no such option; did you mean cluster?"));
  const ConfigFile nested("config = other\n");
  EXPECT_THAT(Refused({"8000", "--config", nested.path()}), HasSubstr("no such option"));
  const ConfigFile shapeless("cluster x\n");
  EXPECT_THAT(Refused({"8000", "--config", shapeless.path()}), HasSubstr("`name = value`"));
  const ConfigFile empty("cluster =\n");
  EXPECT_THAT(Refused({"8000", "--config", empty.path()}), HasSubstr("needs a value"));
}

TEST(NodeOptionsTest, RefusesOptionsOfLaterReleasesWhereverTheyTurnUp) {
  for (const char* option : {"data-dir", "fsync"}) {
    const std::string name(option);
    EXPECT_THAT(Refused({"8000", "--" + name, "x"}), HasSubstr("does not have this option"));
    EXPECT_THAT(Refused({"8000", "--" + name}), HasSubstr("does not have this option"));
    const ConfigFile file(name + " = x\n");
    EXPECT_THAT(Refused({"8000", "--config", file.path()}), HasSubstr("does not have this option"));
  }
  EXPECT_THAT(Refused({"8000"}, {{"VF_DATA_DIR", "/tmp"}}), HasSubstr("VF_DATA_DIR"));
  EXPECT_THAT(Refused({"8000"}, {{"VF_FSYNC", "1"}}), HasSubstr("does not have this option"));
}

TEST(NodeOptionsTest, TakesTheProfileFromEveryPlace) {
  EXPECT_EQ(Accepted({"8000"}).common.profile, TimingProfile::kLan);
  EXPECT_EQ(Accepted({"8000", "--profile", "wan"}).common.profile, TimingProfile::kWan);
  EXPECT_EQ(Accepted({"8000"}, {{"VF_PROFILE", "cloud"}}).common.profile, TimingProfile::kCloud);
  const ConfigFile file("profile = wan\n");
  EXPECT_EQ(Accepted({"8000", "--config", file.path()}, {{"VF_PROFILE", "cloud"}}).common.profile,
            TimingProfile::kWan);
  EXPECT_THAT(Refused({"8000"}, {{"VF_PROFILE", "x"}}), HasSubstr("VF_PROFILE: 'x'"));
}

TEST(NodeOptionsTest, TakesTheClusterKeyFileFromEveryPlace) {
  EXPECT_EQ(Accepted({"8000"}).common.cluster_key_file, "");
  EXPECT_EQ(Accepted({"8000", "--cluster-key-file", "k"}).common.cluster_key_file, "k");
  EXPECT_EQ(Accepted({"8000"}, {{"VF_CLUSTER_KEY_FILE", "e"}}).common.cluster_key_file, "e");
  const ConfigFile file("cluster-key-file = \"a b\"\n");
  EXPECT_EQ(Accepted({"8000", "--config", file.path()}).common.cluster_key_file, "a b");
  EXPECT_THAT(Refused({"8000", "--cluster-key-file", ""}), HasSubstr("needs a value"));
}

TEST(NodeOptionsTest, HoldsMinAcksAgainstTheReplicasItKnows) {
  EXPECT_EQ(Accepted({"8000", "--min-acks", "3"}).min_acks, 3);
  EXPECT_THAT(Refused({"8000", "--min-acks", "4"}), HasSubstr("K is 3"));  // The founder's default.
  EXPECT_THAT(Refused({"8000", "h:1", "--replicas", "2", "--min-acks", "3"}), HasSubstr("K is 2"));
  // K is the cluster's and not known here.
  EXPECT_EQ(Accepted({"8000", "h:1", "--min-acks", "4"}).min_acks, 4);
  EXPECT_EQ(Accepted({"8000", "--frontend-only", "--min-acks", "4"}).min_acks, 4);
}

TEST(NodeOptionsTest, KeepsAMistakeToOneLine) {
  EXPECT_THAT(Refused({"8000", "--cluster", "a\nb\x1b[2J"}), HasSubstr("a\\nb\\x1b[2J"));
}

TEST(NodeOptionsTest, DefaultsFitSmallMachines) {
  const NodeOptions options = ParseNodeOptions(std::vector<std::string>{"1"}, {}, {0, 0}).options;
  EXPECT_EQ(options.threads, 1);
  EXPECT_EQ(options.max_memory_bytes, NodeOptions::kMinMemoryBytes);
  const Machine machine = ThisMachine();
  EXPECT_GE(machine.cores, 1);
  EXPECT_GT(machine.memory_bytes, 0u);
}

}  // namespace
}  // namespace vf
