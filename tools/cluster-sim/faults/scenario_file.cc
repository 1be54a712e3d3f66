#include "tools/cluster-sim/faults/scenario_file.h"

#include <algorithm>
#include <climits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/near_name.h"
#include "tools/cluster-sim/faults/duration_text.h"
#include "tools/cluster-sim/faults/hosts.h"
#include "tools/cluster-sim/faults/scenario.h"

namespace vf::sim {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kMaxDepth = 8;
constexpr std::string_view kNameCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
constexpr std::string_view kCold = "cold";
constexpr std::string_view kWarm = "warm";

absl::Status Wrong(const std::string& place, const std::string& what, const std::string& right) {
  return absl::InvalidArgumentError(place + ": " + what + "; must be " + right);
}

// Reads the fields of one object, keeps the first mistake, and notices those nobody asked for.
class Fields {
 public:
  // `place`: of the object, empty for the whole file. `mistake` outlives this object.
  Fields(const Json& object, std::string place, absl::Status& mistake)
      : object_(object), place_(std::move(place)), mistake_(mistake) {
    if (!object.is_object()) {
      Note(Wrong(place_.empty() ? "the file" : place_, std::string("is ") + object.type_name(),
                 "an object: { ... }"));
    }
  }

  void Whole(const std::string& name, int& value) {
    const Json* field = Find(name);
    if (field == nullptr) return;
    const bool fits = field->is_number_integer() &&
                      (field->is_number_unsigned() ? field->get<std::uint64_t>() <= INT_MAX
                                                   : field->get<std::int64_t>() >= INT_MIN);
    if (!fits) return Note(Wrong(Place(name), Shown(*field), "a whole number"));
    value = field->get<int>();
  }

  void Number(const std::string& name, double& value) {
    const Json* field = Find(name);
    if (field == nullptr) return;
    if (!field->is_number()) return Note(Wrong(Place(name), Shown(*field), "a number"));
    value = field->get<double>();
  }

  void Text(const std::string& name, std::string& value) {
    const Json* field = Find(name);
    if (field == nullptr) return;
    if (!field->is_string()) return Note(Wrong(Place(name), Shown(*field), "a text"));
    value = field->get<std::string>();
  }

  void Flag(const std::string& name, bool& value) {
    const Json* field = Find(name);
    if (field == nullptr) return;
    if (!field->is_boolean()) return Note(Wrong(Place(name), Shown(*field), "true or false"));
    value = field->get<bool>();
  }

  void Time(const std::string& name, Duration& value) {
    const Json* field = Find(name);
    if (field == nullptr) return;
    std::optional<Duration> duration;
    if (field->is_string()) duration = ParseDuration(field->get_ref<const std::string&>());
    if (!duration) {
      return Note(
          Wrong(Place(name), Shown(*field), R"(a duration in quotes, as "250ms", "1.5s" or "2m")"));
    }
    value = *duration;
  }

  // Null if it is not there.
  const Json* Find(const std::string& name) {
    known_.push_back(name);
    if (!mistake_.ok()) return nullptr;
    const auto it = object_.find(name);
    return it == object_.end() ? nullptr : &*it;
  }

  std::string Place(const std::string& name) const {
    return place_.empty() ? name : place_ + "." + name;
  }

  void Note(absl::Status status) {
    if (mistake_.ok()) mistake_ = std::move(status);
  }

  // Call it last.
  void RefuseOthers() {
    if (!mistake_.ok()) return;
    for (const auto& [name, value] : object_.items()) {
      if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
      std::string right;
      if (const std::optional<std::string> near = NearName(name, known_)) {
        right = "did you mean " + *near + "?";
      } else {
        right = "there are";
        for (const std::string& known : known_)
          right += (&known == &known_[0] ? " " : ", ") + known;
      }
      // An unknown name may be anything, line breaks included.
      const bool plain = name.size() <= 40 && name.find_first_not_of(kNameCharacters) == name.npos;
      return Note(absl::InvalidArgumentError(Place(plain ? name : Shown(name)) +
                                             ": there is no such field; " + right));
    }
  }

  static std::string Shown(const Json& value) {
    constexpr std::size_t kMost = 40;
    std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
    if (text.size() > kMost) text = text.substr(0, kMost) + "...";
    return text;
  }

 private:
  const Json& object_;
  const std::string place_;
  absl::Status& mistake_;
  std::vector<std::string> known_;
};

void ReadLatency(Fields& parent, const std::string& name, LatencySpec& latency,
                 absl::Status& mistake) {
  const Json* object = parent.Find(name);
  if (object == nullptr) return;
  Fields fields(*object, parent.Place(name), mistake);
  fields.Time("median", latency.median);
  fields.Time("p99", latency.p99);
  fields.RefuseOthers();
}

void ReadNetwork(const Json& object, NetworkSpec& network, absl::Status& mistake) {
  Fields fields(object, "network", mistake);
  ReadLatency(fields, "latency", network.latency, mistake);
  fields.Whole("zones", network.zones);
  ReadLatency(fields, "between_zones", network.between_zones, mistake);
  fields.Number("loss", network.loss);
  fields.Number("duplicate", network.duplicate);
  fields.Number("reorder", network.reorder);
  fields.RefuseOthers();
}

void ReadWorkload(const Json& object, WorkloadSpec& work, absl::Status& mistake) {
  Fields fields(object, "workload", mistake);
  fields.Whole("clients", work.clients);
  fields.Number("operations_per_s", work.operations_per_s);
  fields.Number("unique_writes", work.unique_writes);
  fields.Number("overwrites", work.overwrites);
  fields.Number("deletes", work.deletes);
  fields.Whole("hot_keys", work.hot_keys);
  fields.Number("expiring", work.expiring);
  fields.Number("named_acks", work.named_acks);
  fields.Number("quorum_reads", work.quorum_reads);
  fields.Whole("max_value_bytes", work.max_value_bytes);
  fields.Flag("in_cuts", work.in_cuts);
  fields.RefuseOthers();
}

void ReadKind(Fields& fields, FaultKind& kind) {
  const Json* field = fields.Find("kind");
  if (field == nullptr) {
    return fields.Note(absl::InvalidArgumentError(
        fields.Place("kind") + R"(: is missing; must be a fault's name, as "process-crash")"));
  }
  const std::string name = field->is_string() ? field->get<std::string>() : "";
  if (const std::optional<FaultKind> found = FaultNamed(name)) {
    kind = *found;
    return;
  }
  std::vector<std::string> names;
  for (const FaultTraits& traits : AllFaults()) names.emplace_back(traits.name);
  std::string right;
  if (const std::optional<std::string> near = NearName(name, names)) {
    right = "did you mean \"" + *near + "\"?";
  } else {
    right = "there are";
    for (const std::string& known : names) right += (&known == &names[0] ? " " : ", ") + known;
  }
  fields.Note(absl::InvalidArgumentError(fields.Place("kind") + ": " + Fields::Shown(*field) +
                                         " is no fault; " + right));
}

void ReadHosts(Fields& fields, const RunSpec& spec, std::vector<int>& hosts) {
  const Json* field = fields.Find("hosts");
  if (field == nullptr) return;
  const std::string place = fields.Place("hosts");
  const std::string right = R"(a list of hosts, as ["node-0", "controller-0", "frontend-0"])";
  if (!field->is_array()) return fields.Note(Wrong(place, Fields::Shown(*field), right));
  for (const Json& entry : *field) {
    if (!entry.is_string()) return fields.Note(Wrong(place, Fields::Shown(entry), right));
    const std::optional<int> host = HostNamed(spec, entry.get_ref<const std::string&>());
    if (!host) {
      const int last = HostCountWithJoins(spec) - 1;
      return fields.Note(absl::InvalidArgumentError(
          place + ": there is no " + Fields::Shown(entry) + "; this cluster has " +
          std::to_string(spec.nodes) + " nodes, " + std::to_string(spec.controllers) +
          " controllers and " + std::to_string(spec.frontends) + " frontends, node-0 to " +
          HostName(spec, last)));
    }
    hosts.push_back(*host);
  }
}

void ReadFaults(const Json& list, RunSpec& spec, absl::Status& mistake) {
  if (!list.is_array()) {
    mistake = Wrong("faults", Fields::Shown(list), "a list: [ { ... }, { ... } ]");
    return;
  }
  for (std::size_t i = 0; i < list.size() && mistake.ok(); ++i) {
    Fields fields(list[i], "faults[" + std::to_string(i) + "]", mistake);
    if (!mistake.ok()) return;
    FaultEvent fault;
    ReadKind(fields, fault.kind);
    if (fields.Find("at") == nullptr && mistake.ok()) {
      fields.Note(absl::InvalidArgumentError(fields.Place("at") +
                                             R"(: is missing; must be a moment, as "20s")"));
    }
    fields.Time("at", fault.at);
    fields.Time("lasts", fault.lasts);
    ReadHosts(fields, spec, fault.hosts);
    fields.Number("strength", fault.strength);
    fields.RefuseOthers();
    spec.faults.push_back(std::move(fault));
  }
}

void ReadStart(Fields& fields, StartKind& start) {
  std::string text(start == StartKind::kWarm ? kWarm : kCold);
  fields.Text("start", text);
  if (text == kCold) {
    start = StartKind::kCold;
  } else if (text == kWarm) {
    start = StartKind::kWarm;
  } else {
    fields.Note(Wrong("start", Fields::Shown(text), R"("cold" or "warm")"));
  }
}

void ReadFile(const Json& file, const SwarmLimits& limits, RunSpec& spec, absl::Status& mistake) {
  Fields fields(file, "", mistake);
  if (!mistake.ok()) return;
  std::string description;  // For people.
  fields.Text("name", spec.scenario);
  fields.Text("description", description);
  fields.Whole("nodes", spec.nodes);
  fields.Whole("controllers", spec.controllers);
  fields.Whole("frontends", spec.frontends);
  fields.Whole("replicas", spec.replicas);
  fields.Whole("partition_digits", spec.partition_digits);
  fields.Whole("min_acks", spec.min_acks);
  fields.Time("tombstone_age", spec.tombstone_age);
  fields.Flag("disks", spec.disks);
  ReadStart(fields, spec.start);
  fields.Time("duration", spec.duration);
  fields.Time("converge_within", spec.converge_within);
  spec.nodes = limits.nodes.value_or(spec.nodes);
  spec.replicas = limits.replicas.value_or(spec.replicas);
  spec.duration = limits.duration.value_or(spec.duration);
  if (const Json* network = fields.Find("network")) ReadNetwork(*network, spec.network, mistake);
  if (const Json* work = fields.Find("workload")) ReadWorkload(*work, spec.workload, mistake);
  const Json* faults = fields.Find("faults");
  // Hosts are looked up in a cluster that may exist.
  RunSpec without_faults = spec;
  if (mistake.ok()) mistake = ValidateRunSpec(without_faults);
  if (faults != nullptr && mistake.ok()) ReadFaults(*faults, spec, mistake);
  fields.RefuseOthers();
}

// "line 3, column 7", both from 1.
std::string PlaceOfByte(std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte, text.size()));
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const std::size_t last = before.rfind('\n');
  const std::size_t column =
      last == std::string_view::npos ? before.size() : before.size() - last - 1;
  return "line " + std::to_string(lines + 1) + ", column " + std::to_string(column + 1);
}

// nlohmann takes the last of repeated fields, and any depth: both are refused here.
absl::StatusOr<Json> ParseJson(std::string_view text) {
  absl::Status mistake;
  std::vector<std::set<std::string>> names;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    switch (event) {
      case Json::parse_event_t::object_start:
      case Json::parse_event_t::array_start:
        if (depth >= kMaxDepth && mistake.ok()) {
          mistake = absl::InvalidArgumentError(
              "the file is nested too deeply; must be an object "
              "with the fields that docs/simulator.md describes");
        }
        names.emplace_back();
        return depth < kMaxDepth;
      case Json::parse_event_t::object_end:
      case Json::parse_event_t::array_end:
        if (!names.empty()) names.pop_back();
        return true;
      case Json::parse_event_t::key: {
        const auto& name = parsed.get_ref<const std::string&>();
        if (!names.empty() && !names.back().insert(name).second && mistake.ok()) {
          mistake = Wrong(Fields::Shown(parsed), "is there twice in one object", "there once");
        }
        return true;
      }
      case Json::parse_event_t::value:
        return true;
    }
    return true;
  };
  try {
    Json json = Json::parse(text, watch, /*allow_exceptions=*/true, /*ignore_comments=*/true);
    if (!mistake.ok()) return mistake;
    return json;
  } catch (const Json::parse_error& error) {
    if (!mistake.ok()) return mistake;
    return absl::InvalidArgumentError(
        PlaceOfByte(text, error.byte == 0 ? 0 : error.byte - 1) +
        ": this is no JSON; a comma, quote or bracket may be missing or too many here");
  } catch (const Json::exception& error) {
    return absl::InvalidArgumentError(std::string("cannot be read as JSON: ") + error.what());
  }
}

Json LatencyJson(const LatencySpec& latency) {
  return {{"median", DurationText(latency.median)}, {"p99", DurationText(latency.p99)}};
}

Json FaultJson(const RunSpec& spec, const FaultEvent& fault) {
  const FaultTraits& traits = TraitsOf(fault.kind);
  Json json = {{"kind", traits.name}, {"at", DurationText(fault.at)}};
  if (traits.lasts) json["lasts"] = DurationText(fault.lasts);
  if (!fault.hosts.empty()) {
    Json hosts = Json::array();
    for (const int host : fault.hosts) hosts.push_back(HostName(spec, host));
    json["hosts"] = std::move(hosts);
  }
  if (!traits.strength.empty()) json["strength"] = fault.strength;
  return json;
}

}  // namespace

absl::StatusOr<RunSpec> ParseScenario(std::string_view text, const std::string& name,
                                      std::uint64_t seed, const SwarmLimits& limits) {
  if (text.size() > kMaxScenarioBytes) {
    return absl::InvalidArgumentError("has more than " + std::to_string(kMaxScenarioBytes) +
                                      " bytes; must be a scenario file");
  }
  absl::StatusOr<Json> file = ParseJson(text);
  if (!file.ok()) return file.status();
  RunSpec spec;
  spec.seed = seed;
  spec.scenario = name;
  absl::Status mistake;
  ReadFile(*file, limits, spec, mistake);
  if (mistake.ok()) mistake = ValidateRunSpec(spec);
  if (!mistake.ok()) return mistake;
  return spec;
}

std::string ScenarioText(const RunSpec& spec) {
  const absl::Status status = ValidateRunSpec(spec);
  VF_CHECK(status.ok(), "only valid runs are written");
  const NetworkSpec& network = spec.network;
  const WorkloadSpec& work = spec.workload;
  Json file = {
      {"name", spec.scenario},
      {"nodes", spec.nodes},
      {"controllers", spec.controllers},
      {"frontends", spec.frontends},
      {"replicas", spec.replicas},
      {"partition_digits", spec.partition_digits},
      {"min_acks", spec.min_acks},
      {"tombstone_age", DurationText(spec.tombstone_age)},
      {"disks", spec.disks},
      {"start", spec.start == StartKind::kWarm ? kWarm : kCold},
      {"duration", DurationText(spec.duration)},
      {"converge_within", DurationText(spec.converge_within)},
      {"network",
       {{"latency", LatencyJson(network.latency)},
        {"zones", network.zones},
        {"between_zones", LatencyJson(network.between_zones)},
        {"loss", network.loss},
        {"duplicate", network.duplicate},
        {"reorder", network.reorder}}},
      {"workload",
       {{"clients", work.clients},
        {"operations_per_s", work.operations_per_s},
        {"unique_writes", work.unique_writes},
        {"overwrites", work.overwrites},
        {"deletes", work.deletes},
        {"hot_keys", work.hot_keys},
        {"expiring", work.expiring},
        {"named_acks", work.named_acks},
        {"quorum_reads", work.quorum_reads},
        {"max_value_bytes", work.max_value_bytes},
        {"in_cuts", work.in_cuts}}},
  };
  // A line a field, and a line a fault: dump() would spread each over many.
  std::string text = "{\n";
  for (const auto& [name, value] : file.items()) {
    text += "  " + Json(name).dump() + ": " +
            value.dump(-1, ' ', true, Json::error_handler_t::replace) + ",\n";
  }
  text += "  \"faults\": [";
  for (const FaultEvent& fault : spec.faults) {
    text += (&fault == &spec.faults[0] ? "\n    " : ",\n    ") + FaultJson(spec, fault).dump();
  }
  text += spec.faults.empty() ? "]\n}\n" : "\n  ]\n}\n";
  return text;
}

}  // namespace vf::sim
