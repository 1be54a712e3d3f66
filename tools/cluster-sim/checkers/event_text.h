// Events as lines that people read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tools/cluster-sim/checkers/history.h"
#include "tools/cluster-sim/checkers/seen_order.h"

namespace vf::sim {

std::string TimeText(SimTime at);                // "12.345678s", "never"
std::string VersionText(std::uint64_t version);  // 16 hex digits
// Printable, and cut where it is long.
std::string ValueText(std::string_view value);
std::string RecordText(const SeenView& record);
std::string RecordText(const std::optional<SeenRecord>& record);  // "nothing" if none
// Who did what to which answer: "client 3 wrote "a" through process 1: acknowledged as ...".
std::string OperationText(const Operation& operation);
std::string LifeText(const ProcessEvent& event);
std::string BeliefText(const Belief& belief);
std::string FaultText(const FaultRecord& fault);
std::string_view StateName(BelievedState state);

}  // namespace vf::sim
