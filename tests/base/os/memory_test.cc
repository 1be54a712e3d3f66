#include "base/os/memory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace vf {
namespace {

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;

// A folder that stands for / with a /proc and a /sys of our making.
class MemoryTest : public ::testing::Test {
 protected:
  MemoryTest()
      : root_(::testing::TempDir() + "vf_memory_test." + std::to_string(getpid()) + "." +
              ::testing::UnitTest::GetInstance()->current_test_info()->name()) {
    Write("/proc/meminfo", "MemTotal:       8388608 kB\nMemFree:          12345 kB\n");
  }
  ~MemoryTest() override { std::filesystem::remove_all(root_); }

  void Write(const std::string& path, const std::string& text) {
    const std::filesystem::path file(root_ + path);
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }

  const std::string root_;
};

TEST_F(MemoryTest, IsTheMachinesWithoutGroups) { EXPECT_EQ(UsableMemoryBytes(root_), 8 * kGiB); }

TEST_F(MemoryTest, FollowsALimitOfVersion2AndOfItsParents) {
  Write("/proc/self/cgroup", "0::/a/b\n");
  Write("/sys/fs/cgroup/a/b/memory.max", "max\n");
  EXPECT_EQ(UsableMemoryBytes(root_), 8 * kGiB);
  Write("/sys/fs/cgroup/a/memory.max", "2147483648\n");
  EXPECT_EQ(UsableMemoryBytes(root_), 2 * kGiB);
  Write("/sys/fs/cgroup/a/b/memory.max", "1073741824\n");
  EXPECT_EQ(UsableMemoryBytes(root_), kGiB);
}

TEST_F(MemoryTest, SeesALimitAtTheMountWhereTheGroupItselfIsHidden) {
  Write("/proc/self/cgroup", "0::/outside/container\n");
  Write("/sys/fs/cgroup/memory.max", "1073741824\n");
  EXPECT_EQ(UsableMemoryBytes(root_), kGiB);
}

TEST_F(MemoryTest, FollowsALimitOfVersion1) {
  Write("/proc/self/cgroup", "5:cpu,cpuacct:/x\n4:hugetlb,memory:/x/y\nbroken\n0::/\n");
  Write("/sys/fs/cgroup/memory/x/y/memory.limit_in_bytes", "3221225472\n");
  Write("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(UsableMemoryBytes(root_), 3 * kGiB);
}

TEST_F(MemoryTest, IsNeverZeroOrEndless) {
  Write("/proc/meminfo", "");
  EXPECT_EQ(UsableMemoryBytes(root_), kGiB);
}

}  // namespace
}  // namespace vf
