// SwimCore: complaints of the data path. See swim_core.h.
//
// A report never kills. Whoever gets one probes the target at once, itself and through the relays:
// 1 + config.relays witnesses. Any answer refutes the report; when two witnesses (one, if nobody
// else is there) were refused or waited in vain, the target is a suspect as after any failed probe,
// with all the time to refute. What a relay does not say counts for nothing. A refuted report of a
// refusal lowers the reporter's score as an accuser (accuser_scores.h): what it says confirms
// nothing for a while. One of a timeout does not: the gossip thread answers, whatever the data
// threads do, so it proves nothing; and a busy member admits it.
#pragma once

#include <algorithm>

#include "gossip/swim_core.h"

namespace vf {

// The own data path complains.
template <MemberTablePolicy Table>
void SwimCore<Table>::Report(TimePoint now, MemberKey member, std::uint64_t boot,
                             const Complaint& complaint) {
  BeginTurn(now);
  const Member* known = table_.Find(member);
  if (!left_ && known != nullptr && known->record.IsLive() && known->record.boot == boot &&
      member != self_.key()) {
    const bool news = !probes_.IsProbing(member);
    if (news) BeginProbe(now, member);
    if (Probe* probe = probes_.FindOf(member)) probe->from_data_path = true;
    NoteComplaint(now, member, boot, complaint);
    if (news) TellControllers(now, member);
  }
  EndTurn();
}

template <MemberTablePolicy Table>
void SwimCore<Table>::NoteComplaint(TimePoint now, MemberKey member, std::uint64_t boot,
                                    const Complaint& complaint) {
  if (untold_.size() >= kMaxUntold && !untold_.contains(member)) untold_.erase(untold_.begin());
  ReportEntry& entry = untold_[member];
  if (entry.boot32 != Boot32(boot)) entry = {};
  const std::uint64_t ms = WallAt(now).ms;
  const auto lasting = static_cast<std::uint64_t>(ToMilliseconds(complaint.lasting));
  const std::uint64_t first_ms = ms - std::min(ms, lasting);
  entry.key = member;
  entry.boot32 = Boot32(boot);
  entry.reason = std::max(entry.reason, complaint.reason);
  entry.first_ms = entry.count == 0 ? first_ms : std::min(entry.first_ms, first_ms);
  entry.last_ms = ms;
  entry.count = std::max(entry.count, complaint.requests);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::TellControllers(TimePoint now, MemberKey member) {
  if (!report_tokens_.Take(now, 1)) {
    ++counters_.reports_held_back;
    return;
  }
  ++counters_.reports;
  const ReportEntry entry = untold_[member];
  untold_.erase(member);
  const auto controllers = table_.SampleLive(rng_, kMaxControllers, [](const Member& e) {
    return (e.record.roles & kRoleController) != 0;
  });
  for (const MemberKey key : controllers) {
    Send(table_.Find(key)->record.endpoint, key, vf::Report{{entry}});
  }
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnReport(TimePoint now, const Source& source, const vf::Report& report) {
  for (const ReportEntry& entry : report.entries) {
    if (!report_limits_.Take(now, source.key)) return Count(DropReason::kOverload);
    const Member* member = table_.Find(entry.key);
    if (member == nullptr || Boot32(member->record.boot) != entry.boot32) continue;
    if (member->record.state != MemberState::kAlive || !BeginProbe(now, entry.key)) continue;
    ++counters_.reports_taken;
    scores_.OnAccusation(now, source.key, entry.key);
    Probe& probe = *probes_.FindOf(entry.key);
    probe.from_data_path = true;
    probe.reporter = source.key;
    probe.timed_out = entry.reason == ComplaintReason::kTimeout;
    // Somebody has waited for it already.
    WidenProbe(now, probe);
  }
}

template <MemberTablePolicy Table>
bool SwimCore<Table>::ConfirmReport(const Probe& probe) {
  constexpr std::size_t kEnoughWitnesses = 2;
  const std::size_t failed = 1 + probe.relays.size() - probe.silent_relays.size();
  if (!probe.relays.empty() && failed < kEnoughWitnesses) {
    scores_.OnUnclear(probe.target, probe.reporter);
    return false;
  }
  ++counters_.reports_confirmed;
  return true;
}

template <MemberTablePolicy Table>
void SwimCore<Table>::RefuteReport(const Probe& probe, bool busy) {
  ++(busy ? counters_.reports_confirmed : counters_.reports_refuted);
  if (busy || probe.timed_out) return scores_.OnUnclear(probe.target, probe.reporter);
  scores_.OnRefuted(probe.target, probe.reporter);
}

}  // namespace vf
