#include "base/os/atomic_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/temporary_folder.h"

namespace vf {
namespace {

using ::testing::HasSubstr;

std::string TextOf(const std::string& path) {
  const auto bytes = ReadWholeFile(path, 1 << 20);
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  if (!bytes.ok() || !bytes->has_value()) return "(none)";
  return std::string(AsText(**bytes));
}

TEST(AtomicFileTest, IsReplacedWholeAndLeavesNothingElse) {
  const TemporaryFolder folder;
  const std::string path = folder / "members";
  EXPECT_EQ(TextOf(path), "(none)");
  EXPECT_TRUE(WriteFileAtomically(path, AsBytes("a long first text")).ok());
  EXPECT_TRUE(WriteFileAtomically(path, AsBytes("second")).ok());
  EXPECT_EQ(TextOf(path), "second");
  EXPECT_TRUE(WriteFileAtomically(path, {}).ok());
  EXPECT_EQ(TextOf(path), "");
  int files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    ++files;
  }
  EXPECT_EQ(files, 1);
}

TEST(AtomicFileTest, WhatCannotBeWrittenLeavesTheOldAndSaysWhy) {
  const TemporaryFolder folder;
  const std::string path = folder / "members";
  ASSERT_TRUE(WriteFileAtomically(path, AsBytes("old")).ok());
  std::filesystem::create_directory(path + ".tmp");  // Where it would be written to.
  const absl::Status status = WriteFileAtomically(path, AsBytes("new"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("members.tmp: cannot create it"));
  EXPECT_EQ(TextOf(path), "old");
  EXPECT_FALSE(WriteFileAtomically(folder / "missing/file", AsBytes("x")).ok());
}

TEST(AtomicFileTest, TooLongAndUnreadableAreTwoThings) {
  const TemporaryFolder folder;
  ASSERT_TRUE(WriteFileAtomically(folder / "long", AsBytes(std::string(1'001, 'x'))).ok());
  EXPECT_TRUE(absl::IsOutOfRange(ReadWholeFile(folder / "long", 1'000).status()));
  EXPECT_TRUE(ReadWholeFile(folder / "long", 1'001).ok());
  EXPECT_TRUE(absl::IsUnavailable(ReadWholeFile(folder.path(), 1'000).status()));
}

TEST(FolderLockTest, OneProcessAFolder) {
  const TemporaryFolder folder;
  const std::string path = folder / "a/b";
  auto first = FolderLock::Take(path);
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = FolderLock::Take(path);
  ASSERT_TRUE(absl::IsFailedPrecondition(second.status())) << second.status();
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr("(process " + std::to_string(getpid()) + ")"));
  {
    const FolderLock moved = *std::move(first);
    EXPECT_FALSE(FolderLock::Take(path).ok());
  }
  EXPECT_TRUE(FolderLock::Take(path).ok());
}

TEST(FolderLockTest, EndsWithTheProcessThatHasIt) {
  const TemporaryFolder folder;
  const pid_t child = fork();
  if (child == 0) _exit(FolderLock::Take(folder.path()).ok() ? 0 : 1);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(FolderLock::Take(folder.path()).ok());
}

TEST(FolderLockTest, AFileInPlaceOfTheFolderIsRefusedByName) {
  const TemporaryFolder folder;
  std::ofstream(folder / "file") << "x";
  const auto lock = FolderLock::Take(folder / "file");
  EXPECT_THAT(std::string(lock.status().message()), HasSubstr("/file"));
}

}  // namespace
}  // namespace vf
