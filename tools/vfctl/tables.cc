#include "tools/vfctl/tables.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

#include "tools/vfctl/text_table.h"

namespace vf::ctl {
namespace {

using Json = nlohmann::json;

absl::Status NotOurs() { return absl::InvalidArgumentError("not what a Velour Fog node answers"); }

// Never throws: a text that is no JSON is_discarded().
Json Parse(std::string_view text) { return Json::parse(text, nullptr, false); }

bool HasTexts(const Json& object, std::initializer_list<const char*> names) {
  return object.is_object() && std::all_of(names.begin(), names.end(), [&](const char* name) {
           const auto it = object.find(name);
           return it != object.end() && it->is_string();
         });
}

bool AllHaveTexts(const Json& array, std::initializer_list<const char*> names) {
  return array.is_array() && std::all_of(array.begin(), array.end(), [&](const Json& element) {
           return HasTexts(element, names);
         });
}

// The bytes may be anything: what is no UTF-8 is replaced, since dump() would throw.
std::string ShownValue(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_null()) return "-";
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string Shown(const Json& object, const char* name) {
  const auto it = object.find(name);
  return it == object.end() ? "-" : ShownValue(*it);
}

bool IsTrue(const Json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_boolean() && it->get<bool>();
}

std::string Age(const Json& object, const char* name, std::int64_t unit_ms) {
  const auto it = object.find(name);
  if (it == object.end() || !it->is_number_integer()) return "-";
  const auto value = std::clamp<std::int64_t>(it->get<std::int64_t>(), 0,
                                              std::numeric_limits<std::int64_t>::max() / unit_ms);
  return DurationText(value * unit_ms);
}

// What is worth a remark besides the state.
std::string NoteOf(const Json& member) {
  std::string note;
  if (IsTrue(member, "degraded")) note = "degraded";
  if (IsTrue(member, "emptied")) note = "emptied";
  if (IsTrue(member, "busy")) note += (note.empty() ? "" : ", ") + std::string("busy");
  if (IsTrue(member, "udp_bad")) note += (note.empty() ? "" : ", ") + std::string("no UDP");
  return note;
}

std::string Joined(const Json& object, const char* name) {
  const auto it = object.find(name);
  if (it == object.end() || !it->is_array() || it->empty()) return "-";
  std::string text;
  for (const Json& element : *it) text += (text.empty() ? "" : ", ") + ShownValue(element);
  return text;
}

std::string MemberCounts(const Json& status) {
  const auto members = status.find("members");
  if (members == status.end() || !members->is_object()) return "-";
  std::string text;
  for (const char* state : {"alive", "suspect", "dead", "left"}) {
    text += (text.empty() ? "" : ", ") + Shown(*members, state) + " " + state;
  }
  return text;
}

}  // namespace

std::string DurationText(std::int64_t milliseconds) {
  if (milliseconds < 1000) return std::to_string(milliseconds) + "ms";
  const std::int64_t seconds = milliseconds / 1000;
  const auto two = [](std::int64_t large, const char* unit, std::int64_t small,
                      const char* small_unit) {
    return std::to_string(large) + unit + " " + std::to_string(small) + small_unit;
  };
  if (seconds < 60) return std::to_string(seconds) + "s";
  if (seconds < 3600) return two(seconds / 60, "m", seconds % 60, "s");
  if (seconds < 86400) return two(seconds / 3600, "h", seconds % 3600 / 60, "m");
  return two(seconds / 86400, "d", seconds % 86400 / 3600, "h");
}

absl::StatusOr<std::string> MembersTable(std::string_view json) {
  const Json members = Parse(json);
  if (!AllHaveTexts(members, {"id", "address", "role", "state"})) return NotOurs();
  std::vector<std::vector<std::string>> rows;
  for (const Json& member : members) {
    rows.push_back({Shown(member, "id"), Shown(member, "address"), Shown(member, "role"),
                    Shown(member, "state"), Shown(member, "ready"), Age(member, "since_ms", 1),
                    Shown(member, "incarnation"), NoteOf(member)});
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a[1] < b[1]; });
  return TextTable({"ID", "ADDRESS", "ROLE", "STATE", "READY", "SINCE", "INCARNATION", "NOTE"},
                   rows);
}

absl::StatusOr<std::string> StatusTable(std::string_view json) {
  const Json status = Parse(json);
  if (!HasTexts(status, {"id", "address", "role", "cluster"})) return NotOurs();
  std::vector<std::vector<std::string>> rows;
  const auto row = [&](const char* name, std::string value) {
    rows.push_back({name, std::move(value)});
  };
  row("id", Shown(status, "id"));
  row("address", Shown(status, "address"));
  row("role", Shown(status, "role"));
  row("cluster", Shown(status, "cluster"));
  row("release", Shown(status, "release"));
  row("profile", Shown(status, "profile"));
  row("cluster key", Shown(status, "cluster_key"));
  row("up for", Age(status, "uptime_s", 1000));
  row("ready", Shown(status, "ready"));
  if (status.contains("waiting_for")) row("waiting for", Shown(status, "waiting_for"));
  if (const auto leaving = status.find("leaving");
      leaving != status.end() && leaving->is_object()) {
    row("leaving", Shown(*leaving, "records") + " records in " + Shown(*leaving, "partitions") +
                       " partitions to hand over");
  }
  row("replicas", Shown(status, "replicas"));
  row("partition digits", Shown(status, "partition_digits"));
  if (status.contains("keys")) {  // A controller has no data.
    row("keys here", Shown(status, "keys"));
    row("bytes here", Shown(status, "bytes"));
    if (const auto parts = status.find("partitions"); parts != status.end() && parts->is_object()) {
      row("partitions",
          Shown(*parts, "owned") + " owned, " + Shown(*parts, "in_sync") + " in sync");
    }
    row("divergence", Shown(status, "divergence"));
  }
  row("members", MemberCounts(status));
  row("controllers", Joined(status, "controllers"));
  if (const auto warnings = status.find("warnings");
      warnings != status.end() && warnings->is_array()) {
    for (const Json& warning : *warnings) row("warning", ShownValue(warning));
  }
  return TextTable({}, rows);
}

absl::StatusOr<std::string> ReplicasTable(std::string_view json) {
  const Json page = Parse(json);
  if (!HasTexts(page, {"partition", "sha1"}) || !page.contains("owners") ||
      !page.contains("fallbacks")) {
    return NotOurs();
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, role] : {std::pair{"owners", "owner"}, {"fallbacks", "fallback"}}) {
    const Json& list = page[name];
    if (!AllHaveTexts(list, {"id", "address", "state"})) return NotOurs();
    for (const Json& replica : list) {
      rows.push_back(
          {role, Shown(replica, "id"), Shown(replica, "address"), Shown(replica, "state")});
    }
  }
  return TextTable({}, {{"partition", Shown(page, "partition")}, {"sha1", Shown(page, "sha1")}}) +
         "\n" + TextTable({"ROLE", "ID", "ADDRESS", "STATE"}, rows);
}

}  // namespace vf::ctl
