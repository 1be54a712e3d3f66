#include "tools/vfctl/leaving.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tools/vfctl/progress_bar.h"
#include "tools/vfctl/tables.h"

namespace vf::ctl {
namespace {

using Json = nlohmann::json;

// Never throws: a text that is no JSON is_discarded().
Json Parse(std::string_view text) { return Json::parse(text, nullptr, false); }

std::string TextOf(const Json& object, const char* name) {
  if (!object.is_object()) return {};
  const auto it = object.find(name);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

std::uint64_t NumberOf(const Json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_number_unsigned() ? it->get<std::uint64_t>() : 0;
}

bool IsTrue(const Json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_boolean() && it->get<bool>();
}

}  // namespace

std::optional<ToHandOver> ToHandOverOf(std::string_view status_json) {
  const Json status = Parse(status_json);
  if (!status.is_object()) return std::nullopt;
  const auto leaving = status.find("leaving");
  if (leaving == status.end() || !leaving->is_object()) return std::nullopt;
  return ToHandOver{NumberOf(*leaving, "records"), NumberOf(*leaving, "partitions")};
}

std::string IdOf(std::string_view status_json) { return TextOf(Parse(status_json), "id"); }
std::string AddressOf(std::string_view status_json) {
  return TextOf(Parse(status_json), "address");
}

std::vector<HostPort> OthersAlive(std::string_view members_json, std::string_view id) {
  std::vector<HostPort> others;
  const Json members = Parse(members_json);
  if (!members.is_array()) return others;
  for (const Json& member : members) {
    if (TextOf(member, "state") != "alive" || TextOf(member, "id") == id) continue;
    if (const auto address = ParseHostPort(TextOf(member, "address"))) {
      others.push_back(*address);
    }
  }
  return others;
}

MemberEnd EndOf(std::string_view members_json, std::string_view id) {
  const Json members = Parse(members_json);
  if (!members.is_array()) return MemberEnd::kNotYet;
  for (const Json& member : members) {
    if (TextOf(member, "id") != id) continue;
    const std::string state = TextOf(member, "state");
    if (state == "left")
      return IsTrue(member, "emptied") ? MemberEnd::kEmptied : MemberEnd::kStopped;
    if (state == "dead") return MemberEnd::kDied;
  }
  return MemberEnd::kNotYet;
}

std::string ProgressText(const ToHandOver& begun, const ToHandOver& now, Duration passed) {
  const std::uint64_t all = std::max(begun.records, now.records);
  const std::uint64_t done = all - now.records;
  std::string text = ProgressBar(done, all) + " " + std::to_string(done) + " of " +
                     std::to_string(all) + " records, " + std::to_string(now.partitions) +
                     " partitions to go";
  if (done > 0 && now.records > 0) {
    const double rest = static_cast<double>(now.records) / static_cast<double>(done);
    const auto left_ms =
        static_cast<std::int64_t>(static_cast<double>(ToMilliseconds(passed)) * rest);
    text += ", about " + DurationText(left_ms);
  }
  return text;
}

}  // namespace vf::ctl
