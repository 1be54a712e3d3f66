#include "gossip/controller/main_folder.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "base/os/clocks.h"
#include "base/os/log.h"
#include "gossip/members/member_order.h"
#include "gossip/udp/self_record.h"

namespace vf {
namespace {

constexpr int kMaxSetAside = 1'000;

// Renames a damaged file; its new path.
absl::StatusOr<std::string> SetAside(const std::string& path) {
  for (int n = 1; n <= kMaxSetAside; ++n) {
    const std::string aside = path + ".damaged-" + std::to_string(n);
    std::error_code error;
    if (std::filesystem::exists(aside, error)) continue;
    if (std::rename(path.c_str(), aside.c_str()) == 0) return aside;
    return absl::UnavailableError(path + ": cannot set it aside as " + aside + ": " +
                                  std::generic_category().message(errno));
  }
  return absl::ResourceExhaustedError(path + ": cannot set it aside, there are " +
                                      std::to_string(kMaxSetAside) + " damaged files already");
}

// None if nothing is remembered.
absl::StatusOr<std::optional<MemberFile>> Load(const std::string& path) {
  auto bytes = ReadWholeFile(path, kMaxMemberFileBytes);
  std::variant<MemberFile, MemberFileProblem> decoded = MemberFileProblem::kDamaged;
  if (bytes.ok()) {
    if (!bytes->has_value()) return std::nullopt;
    decoded = DecodeMemberFile(**bytes);
  } else if (!absl::IsOutOfRange(bytes.status())) {
    return bytes.status();
  }
  if (MemberFile* file = std::get_if<MemberFile>(&decoded)) return std::move(*file);
  if (std::get<MemberFileProblem>(decoded) == MemberFileProblem::kNewerFormat) {
    return absl::FailedPreconditionError(
        path +
        ": written by a later release of vfcontroller; start that one, or give this one "
        "another folder");
  }
  const auto aside = SetAside(path);
  if (!aside.ok()) return aside.status();
  LogError(path + " is damaged; set aside as " + *aside +
           ". Starting without what it knew: with a new id, until members tell of the cluster");
  return std::nullopt;
}

absl::Status CheckFits(const std::string& path, const MemberFile& file,
                       const CommonOptions& options) {
  if (file.cluster != options.cluster) {
    return absl::FailedPreconditionError(path + ": belongs to the cluster " + file.cluster +
                                         ", but --cluster is " + options.cluster +
                                         "; give each cluster's controller a folder of its own");
  }
  const ClusterSettings& settings = file.remembered.settings;
  const auto differs = [&](const char* option, std::uint32_t given, std::uint32_t stored) {
    const bool wrong = file.remembered.foundation.IsFounded() && given != 0 && given != stored;
    if (!wrong) return absl::OkStatus();
    return absl::FailedPreconditionError(
        path + ": its cluster has " + option + " " + std::to_string(stored) +
        ", given here: " + std::to_string(given) + "; leave the option out");
  };
  absl::Status status = differs("--replicas", options.replicas, settings.replicas);
  if (status.ok()) {
    status = differs("--partition-digits", options.partition_digits, settings.partition_digits);
  }
  if (status.ok()) {
    status = differs("--tombstone-age", options.tombstone_age_s, settings.tombstone_age_s);
  }
  return status;
}

}  // namespace

absl::StatusOr<ControllerFolder> ControllerFolder::Open(const CommonOptions& options, Id id) {
  auto lock = FolderLock::Take(options.data_dir);
  if (!lock.ok()) return lock.status();
  ControllerFolder folder(*std::move(lock),
                          (std::filesystem::path(options.data_dir) / "members").string());
  auto loaded = Load(folder.path_);
  if (!loaded.ok()) return loaded.status();
  const MemberRecord fresh = NewSelfRecord(kRoleController);
  if (loaded->has_value()) {
    folder.file_ = **std::move(loaded);
    if (absl::Status status = CheckFits(folder.path_, folder.file_, options); !status.ok()) {
      return status;
    }
    folder.file_.own_boot = std::max(folder.file_.own_boot + 1, fresh.boot);
    if (id == Id::kNew) folder.file_.own_id = fresh.id;
  } else {
    folder.file_.cluster = options.cluster;
    folder.file_.own_id = fresh.id;
    folder.file_.own_boot = fresh.boot;
  }
  absl::Status written = WriteFileAtomically(folder.path_, EncodeMemberFile(folder.file_));
  if (!written.ok()) return written;
  return folder;
}

MemberRecord ControllerFolder::NewSelf() const {
  MemberRecord self;
  self.id = file_.own_id;
  self.boot = file_.own_boot;
  self.roles = kRoleController;
  return self;
}

}  // namespace vf
