#include "tools/vfctl/options.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vf::ctl {
namespace {

constexpr char kId[] = "00112233445566778899aabbccddeeff";

std::string TargetOf(const std::vector<std::string>& args) {
  const ParsedCtlOptions parsed = ParseCtlOptions(args);
  EXPECT_EQ(parsed.outcome.kind, ParseOutcome::Kind::kRun) << parsed.outcome.text;
  return RequestTarget(parsed.options);
}

// The one line that says what is wrong.
std::string WrongOf(const std::vector<std::string>& args) {
  const ParsedCtlOptions parsed = ParseCtlOptions(args);
  EXPECT_EQ(parsed.outcome.kind, ParseOutcome::Kind::kWrong);
  EXPECT_EQ(parsed.outcome.text.find('\n'), std::string::npos);
  EXPECT_EQ(parsed.outcome.text.find("vfctl: "), 0u) << parsed.outcome.text;
  return parsed.outcome.text;
}

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(CtlOptionsTest, EachCommandHasItsRequest) {
  EXPECT_EQ(TargetOf({"members"}), "/members");
  EXPECT_EQ(TargetOf({"status"}), "/status");
  EXPECT_EQ(TargetOf({"replicas", "fruit"}), "/replicas?key=fruit");
  EXPECT_EQ(TargetOf({"forget", kId}), std::string("/forget?id=") + kId);
}

TEST(CtlOptionsTest, TheNodeIsThatOnPort8000OfThisMachineUnlessGiven) {
  EXPECT_EQ(ParseCtlOptions(std::vector<std::string>{"status"}).options.node.ToString(),
            "127.0.0.1:8000");
  const std::vector<std::string> args = {"status", "--node", "[::1]:81", "--json"};
  const ParsedCtlOptions parsed = ParseCtlOptions(args);
  EXPECT_EQ(parsed.options.node.ToString(), "[::1]:81");
  EXPECT_TRUE(parsed.options.json);
}

TEST(CtlOptionsTest, AKeyMayHoldAnyBytes) {
  EXPECT_EQ(TargetOf({"replicas", "a b&c=d?e#f%g+h/\xff\n\"z"}),
            "/replicas?key=a%20b%26c%3Dd%3Fe%23f%25g%2Bh%2F%FF%0A%22z");
  EXPECT_EQ(TargetOf({"replicas", "A-._~z09"}).substr(14), "A-._~z09") << "left as they are";
  EXPECT_EQ(TargetOf({"replicas", "--", "--json"}), "/replicas?key=--json");
  EXPECT_EQ(TargetOf({"replicas", std::string(2048, 'k')}).size(), 14u + 2048);
}

TEST(CtlOptionsTest, WhatIsWrongIsNamedInOneLine) {
  EXPECT_TRUE(Has(WrongOf({}), "needs a command"));
  EXPECT_TRUE(Has(WrongOf({"membres"}), "did you mean members?"));
  EXPECT_TRUE(Has(WrongOf({"dance"}), "there is no such command"));
  EXPECT_TRUE(Has(WrongOf({"members", "x"}), "takes no argument"));
  EXPECT_TRUE(Has(WrongOf({"replicas"}), "needs a KEY"));
  EXPECT_TRUE(Has(WrongOf({"replicas", ""}), "1 to 2048 bytes"));
  EXPECT_TRUE(Has(WrongOf({"replicas", std::string(2049, 'k')}), "1 to 2048 bytes"));
  EXPECT_TRUE(Has(WrongOf({"replicas", "a", "b"}), "takes one KEY"));
  EXPECT_TRUE(Has(WrongOf({"forget"}), "needs an ID"));
  for (const std::string id : {"1", "00112233445566778899AABBCCDDEEFF", "x", "a\nb",
                               "00112233445566778899aabbccddeeff0"}) {
    EXPECT_TRUE(Has(WrongOf({"forget", id}), "32 lower-case hex digits")) << id;
  }
  for (const std::string node : {"localhost", "localhost:", ":80", "h:0", "h:99999", "h:x"}) {
    EXPECT_TRUE(Has(WrongOf({"status", "--node", node}), "must be HOST:PORT")) << node;
  }
  EXPECT_TRUE(Has(WrongOf({"status", "--node"}), "needs a value"));
  EXPECT_TRUE(Has(WrongOf({"status", "--jsno"}), "did you mean --json?"));
}

TEST(CtlOptionsTest, CommandsOfLaterReleasesSaySo) {
  for (const std::string command : {"backup", "restore"}) {
    EXPECT_TRUE(Has(WrongOf({command}), "comes with a later release")) << command;
  }
}

TEST(CtlOptionsTest, HelpAndVersionArePrinted) {
  const std::vector<std::string> help = {"--help"};
  EXPECT_EQ(ParseCtlOptions(help).outcome.kind, ParseOutcome::Kind::kPrint);
  for (const std::string command : {"members", "status", "replicas", "leave", "forget", "--node"}) {
    EXPECT_TRUE(Has(ParseCtlOptions(help).outcome.text, command)) << command;
  }
  const std::vector<std::string> version = {"--version"};
  EXPECT_EQ(ParseCtlOptions(version).outcome.text.find("vfctl "), 0u);
}

}  // namespace
}  // namespace vf::ctl
