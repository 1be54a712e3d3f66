#include "gossip/folder/member_folder.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "base/os/clocks.h"
#include "base/os/log.h"
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

// What is at a path of the member file: a file, nothing, or what cannot be read as one.
struct Found {
  std::optional<MemberFile> file;
  bool damaged = false;
};

absl::StatusOr<Found> Load(const std::string& path) {
  auto bytes = ReadWholeFile(path, kMaxMemberFileBytes);
  std::variant<MemberFile, MemberFileProblem> decoded = MemberFileProblem::kDamaged;
  if (bytes.ok()) {
    if (!bytes->has_value()) return Found{};
    decoded = DecodeMemberFile(**bytes);
  } else if (!absl::IsOutOfRange(bytes.status())) {
    return bytes.status();
  }
  if (MemberFile* file = std::get_if<MemberFile>(&decoded)) return Found{std::move(*file)};
  if (std::get<MemberFileProblem>(decoded) == MemberFileProblem::kDamaged) return Found{{}, true};
  return absl::FailedPreconditionError(
      path + ": written by a later release; start that one, or give this one another folder");
}

std::string_view KindOf(std::uint8_t roles) {
  if ((roles & kRoleController) != 0) return "a vfcontroller";
  return (roles & kRoleStorage) != 0 ? "a vfnode" : "a vfnode --frontend-only";
}

absl::Status CheckFits(const std::string& path, const MemberFile& file,
                       const CommonOptions& options, std::uint8_t roles) {
  if (file.cluster != options.cluster) {
    return absl::FailedPreconditionError(path + ": belongs to the cluster " + file.cluster +
                                         ", but --cluster is " + options.cluster +
                                         "; give each cluster a folder of its own");
  }
  if ((file.own_roles & ~(kRoleReturned | kRoleOwnsStill)) != roles) {
    return absl::FailedPreconditionError(
        path + ": belongs to " + std::string(KindOf(file.own_roles)) + ", and this is " +
        std::string(KindOf(roles)) + "; give each process a folder of its own");
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

absl::StatusOr<bool> HasFiles(const std::string& folder) {
  std::error_code error;
  const bool empty = !std::filesystem::exists(folder, error) ||
                     (!error && std::filesystem::is_empty(folder, error));
  if (error) return absl::UnavailableError(folder + ": cannot be read: " + error.message());
  return !empty;
}

}  // namespace

MemberFolder::MemberFolder(FolderLock lock, const std::string& folder)
    : lock_(std::move(lock)),
      path_((std::filesystem::path(folder) / "members").string()),
      records_path_((std::filesystem::path(folder) / "records").string()) {}

absl::StatusOr<MemberFolder> MemberFolder::Open(const CommonOptions& options, std::uint8_t roles,
                                                Id id) {
  auto lock = FolderLock::Take(options.data_dir);
  if (!lock.ok()) return lock.status();
  MemberFolder folder(*std::move(lock), options.data_dir);
  absl::Status status = folder.TakeIdentity(options, roles, id);
  if (status.ok()) status = WriteFileAtomically(folder.path_, EncodeMemberFile(folder.file_));
  if (!status.ok()) return status;
  return folder;
}

absl::Status MemberFolder::TakeIdentity(const CommonOptions& options, std::uint8_t roles, Id id) {
  auto found = Load(path_);
  if (!found.ok()) return found.status();
  const auto has_records = HasFiles(records_path_);
  if (!has_records.ok()) return has_records.status();
  if (*has_records && !found->file) {
    return absl::FailedPreconditionError(
        path_ + (found->damaged ? ": damaged" : ": missing") + ", and " + records_path_ +
        " belongs to the member that it named; bring it back from a backup, or move both away and "
        "begin as a new, empty member");
  }
  if (found->damaged) {
    const auto aside = SetAside(path_);
    if (!aside.ok()) return aside.status();
    LogError(path_ + " is damaged; set aside as " + *aside +
             ". Starting without what it knew: with a new id, until members tell of the cluster");
  }
  const MemberRecord fresh = NewSelfRecord(roles);
  if (found->file) {
    file_ = *std::move(found->file);
    if (absl::Status status = CheckFits(path_, file_, options, roles); !status.ok()) return status;
  } else {
    file_.cluster = options.cluster;
    file_.own_id = fresh.id;
    file_.own_roles = roles;
  }
  file_.own_boot = std::max(file_.own_boot + 1, fresh.boot);
  if (id == Id::kNew && *has_records) {
    return absl::FailedPreconditionError(
        records_path_ +
        ": another process of the cluster has the id that it belongs to. One of "
        "two folders is a copy of the other: move this one away and begin as a new, empty member");
  }
  const bool lost = (roles & kRoleStorage) != 0 && file_.own_seat != 0 && !*has_records;
  if (lost) {
    LogError(records_path_ +
             " is gone: starting as a new, empty member. The records come from the "
             "others; `vfctl forget " +
             file_.own_id.Hex() + "` ends their waiting for the old one");
  }
  if (lost || id == Id::kNew) {
    file_.own_id = fresh.id;
    file_.own_roles = roles;
    file_.own_seat = 0;
  }
  return absl::OkStatus();
}

MemberRecord MemberFolder::NewSelf() const {
  MemberRecord self;
  self.id = file_.own_id;
  self.boot = file_.own_boot;
  self.roles = file_.own_roles;
  self.seat = file_.own_seat;
  return self;
}

}  // namespace vf
