// The seed document's usage, word for word with only the port replaced, with the real curl.
#include <gtest/gtest.h>

#include <string>

#include "tests/e2e/cluster.h"
#include "tests/e2e/process.h"

namespace vf::e2e {
namespace {

// What a shell does with `line`, where 8000 stands for this member's port.
Finished TypeIn(const Member& member, std::string line) {
  const auto at = line.find("8000");
  line.replace(at, 4, std::to_string(member.port()));
  return RunCommand({.program = "sh", .arguments = {"-c", line}});
}

std::string StatusOf(const Member& member, const std::string& line) {
  return TypeIn(member, line + " -s -o /dev/null -w '%{http_code}'").out;
}

void SetHereGetThere(const Member& here, const Member& there, const std::string& key) {
  SCOPED_TRACE(key);
  EXPECT_EQ(StatusOf(there, "curl localhost:8000/get/?key=" + key), "204");
  const auto set = TypeIn(here, "curl -s -d 'VALUE of " + key + "' localhost:8000/" + key);
  EXPECT_EQ(set.status, 0);
  EXPECT_EQ(set.out, "");
  const auto got = TypeIn(there, "curl -s localhost:8000/get/?key=" + key);
  EXPECT_EQ(got.status, 0);
  EXPECT_EQ(got.out, "VALUE of " + key);
  EXPECT_EQ(StatusOf(there, "curl localhost:8000/get/?key=" + key), "200");
}

TEST(SeedUsageTest, OneNodeWithoutController) {
  Cluster cluster({.nodes = 1});
  EXPECT_EQ(TypeIn(cluster.node(0), "curl -d VALUE localhost:8000/KEY").out, "");
  EXPECT_EQ(TypeIn(cluster.node(0), "curl localhost:8000/get/?key=KEY").out, "VALUE");
  SetHereGetThere(cluster.node(0), cluster.node(0), "one");
}

TEST(SeedUsageTest, NodesThatJoinThroughAnyNode) {
  Cluster cluster({.nodes = 2});
  // Not through the founder.
  cluster.Add({cluster.node(1).address()}).WaitUntilReady();
  cluster.WaitUntilMembersAgree();
  for (std::size_t here = 0; here < 3; ++here) {
    for (std::size_t there = 0; there < 3; ++there) {
      SetHereGetThere(cluster.node(here), cluster.node(there),
                      "from" + std::to_string(here) + "to" + std::to_string(there));
    }
  }
}

TEST(SeedUsageTest, NodesThatJoinThroughTheController) {
  Cluster cluster({.nodes = 3, .controller = true});
  SetHereGetThere(cluster.node(0), cluster.node(2), "a");
  SetHereGetThere(cluster.node(2), cluster.node(1), "b");
}

TEST(SeedUsageTest, AControllerThatComesLaterIntroducesToo) {
  Cluster cluster({.nodes = 2});
  Member controller("vfcontroller", 0, {cluster.node(1).address()});
  controller.WaitUntilReady();
  Member& newcomer = cluster.Add({controller.address()});
  newcomer.WaitUntilReady();
  SetHereGetThere(newcomer, cluster.node(0), "late");
  controller.Stop();
  SetHereGetThere(cluster.node(0), newcomer, "without");
}

TEST(SeedUsageTest, CurlSendsALargeFileAsAForm) {
  Cluster cluster({.nodes = 3});
  std::string value;
  // curl -d @file drops line ends and NULs, so the file has none.
  for (int i = 0; value.size() < 10u << 20; ++i) value += "value=" + std::to_string(i) + "&+%41;";
  const auto file = TestFolder() / "large";
  WriteFile(file, value);
  const auto url = "localhost:" + std::to_string(cluster.node(0).port()) + "/large";
  const auto set = Curl({"-d", "@" + file.string(), "-w", "%{http_code}", url});
  EXPECT_EQ(set.out, "200") << set.err;
  const auto got =
      Curl({"localhost:" + std::to_string(cluster.node(2).port()) + "/get/?key=large"});
  EXPECT_EQ(got.out.size(), value.size());
  EXPECT_TRUE(got.out == value);
}

}  // namespace
}  // namespace vf::e2e
