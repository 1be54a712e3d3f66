#include "tools/cluster-sim/checkers/event_text.h"

#include <cstdio>

namespace vf::sim {
namespace {

constexpr std::size_t kMostValueBytes = 40;

std::string Process(ProcessNumber process) { return "process " + std::to_string(process); }

std::string_view Wish(OperationKind kind) {
  switch (kind) {
    case OperationKind::kWrite:
      return "writes ";
    case OperationKind::kDelete:
      return "deletes";
    case OperationKind::kRead:
      return "reads";
    case OperationKind::kLocalRead:
      return "reads the local copy";
  }
  return "";
}

std::string_view LifeName(LifeEvent what) {
  switch (what) {
    case LifeEvent::kStarted:
      return "starts";
    case LifeEvent::kReady:
      return "is ready";
    case LifeEvent::kCrashed:
      return "crashes";
    case LifeEvent::kPaused:
      return "is paused";
    case LifeEvent::kResumed:
      return "is resumed";
    case LifeEvent::kLeft:
      return "has left";
    case LifeEvent::kLeaving:
      return "is told to leave";
  }
  return "";
}

}  // namespace

std::string TimeText(SimTime at) {
  if (at == kNotYet) return "never";
  char text[40];
  std::snprintf(text, sizeof text, "%.6fs", static_cast<double>(at) / 1e9);
  return text;
}

std::string VersionText(std::uint64_t version) {
  char text[20];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(version));
  return text;
}

std::string ValueText(std::string_view value) {
  std::string text = "\"";
  for (const char c : value.substr(0, kMostValueBytes)) {
    text += c >= ' ' && c <= '~' && c != '"' ? c : '?';
  }
  text += '"';
  if (value.size() > kMostValueBytes) {
    text += "... (" + std::to_string(value.size()) + " bytes)";
  }
  return text;
}

std::string RecordText(const SeenView& record) {
  std::string text = record.tombstone ? std::string("a tombstone") : ValueText(record.value);
  text += " of version " + VersionText(record.version);
  if (record.expiry_ms != 0) text += ", expiry " + std::to_string(record.expiry_ms);
  return text;
}

std::string RecordText(const std::optional<SeenRecord>& record) {
  return record ? RecordText(ViewOf(*record)) : "nothing";
}

std::string OperationText(const Operation& operation) {
  const bool read =
      operation.kind == OperationKind::kRead || operation.kind == OperationKind::kLocalRead;
  std::string text = "client " + std::to_string(operation.client) + " ";
  text += Wish(operation.kind);
  if (operation.kind == OperationKind::kWrite) text += ValueText(operation.value);
  text += " through " + Process(operation.frontend) + ", until " + TimeText(operation.ended) + ": ";
  switch (operation.outcome) {
    case Outcome::kOk:
      if (!read) {
        text += "acknowledged as " + VersionText(operation.version);
      } else {
        text += operation.found ? RecordText(ViewOfAnswer(operation)) : std::string("nothing");
      }
      break;
    case Outcome::kUnknown:
      text += "outcome unknown";
      break;
    case Outcome::kRefused:
      text += "refused";
      break;
  }
  if (!operation.text.empty()) text += " (" + operation.text + ")";
  return text;
}

std::string LifeText(const ProcessEvent& event) {
  std::string text = Process(event.process) + " ";
  text += LifeName(event.what);
  if (event.continues != kNoProcess) text += " with the data of " + Process(event.continues);
  return text;
}

std::string BeliefText(const Belief& belief) {
  std::string text = Process(belief.observer) + " believes " + Process(belief.subject) + " ";
  text += StateName(belief.state);
  return text;
}

std::string FaultText(const FaultRecord& fault) {
  std::string text = "fault " + fault.kind + " until " + TimeText(fault.to);
  if (!fault.text.empty()) text += ": " + fault.text;
  return text;
}

std::string_view StateName(BelievedState state) {
  switch (state) {
    case BelievedState::kUnknown:
      return "unknown";
    case BelievedState::kAlive:
      return "alive";
    case BelievedState::kSuspect:
      return "suspect";
    case BelievedState::kDead:
      return "dead";
    case BelievedState::kLeft:
      return "left";
  }
  return "";
}

}  // namespace vf::sim
