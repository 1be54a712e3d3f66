#include "gossip/udp/cluster_key_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "tests/support/temporary_folder.h"

namespace vf {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kSecret[] = "0123456789abcdef";

class KeyFile {
 public:
  explicit KeyFile(const std::string& content, mode_t mode = 0600) {
    std::ofstream(path_) << content;
    chmod(path_.c_str(), mode);
  }
  const std::string& path() const { return path_; }

 private:
  const TemporaryFolder folder_;
  const std::string path_ = folder_ / "keys";
};

std::string Refusal(const std::string& path) {
  const auto file = ReadClusterKeyFile(path);
  EXPECT_FALSE(file.ok());
  return std::string(file.status().message());
}

TEST(ClusterKeyFileTest, NoFileMeansNoKeys) {
  const auto file = ReadClusterKeyFile("");
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE(file->keys.empty());
  EXPECT_EQ(file->warning, "");
}

TEST(ClusterKeyFileTest, ReadsKeys) {
  const KeyFile given(std::string("# comment\n") + kSecret + "\nfedcba9876543210\n");
  const auto file = ReadClusterKeyFile(given.path());
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_EQ(file->keys.keys().size(), 2u);
  EXPECT_EQ(file->keys.keys()[0].secret, kSecret);
  EXPECT_EQ(file->warning, "");
}

TEST(ClusterKeyFileTest, WarnsOfAFileThatOthersCanReadOrChange) {
  for (const mode_t mode : {0644, 0604, 0602}) {
    const KeyFile given(kSecret, mode);
    const auto file = ReadClusterKeyFile(given.path());
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_THAT(file->warning, AllOf(HasSubstr(given.path()), HasSubstr("chmod 600"),
                                     HasSubstr(mode == 0644 ? "0644" : "060")));
  }
  const KeyFile group(kSecret, 0640);
  EXPECT_EQ(ReadClusterKeyFile(group.path())->warning, "");
}

TEST(ClusterKeyFileTest, SaysWhatIsWrongWithTheFileButNotWhatIsInIt) {
  EXPECT_THAT(Refusal("/does/not/exist"),
              AllOf(HasSubstr("--cluster-key-file: /does/not/exist"), HasSubstr("No such file")));
  EXPECT_THAT(Refusal("/tmp"), HasSubstr("directory"));
  const KeyFile empty("");
  EXPECT_THAT(Refusal(empty.path()), HasSubstr("no key in it"));
  const KeyFile brief("hush\n");
  EXPECT_THAT(Refusal(brief.path()), AllOf(HasSubstr("line 1"), Not(HasSubstr("hush"))));
  const KeyFile large(std::string(kMaxClusterKeyFileBytes + 1, '\n'));
  EXPECT_THAT(Refusal(large.path()), HasSubstr("64 KiB"));
  if (geteuid() != 0) {
    const KeyFile locked(kSecret, 0);
    EXPECT_THAT(Refusal(locked.path()), HasSubstr("Permission denied"));
  }
}

}  // namespace
}  // namespace vf
