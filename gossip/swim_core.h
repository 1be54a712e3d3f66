// The protocol: what gossip/swim.h promises, over a member table of the caller's choice.
//
// Swim is this with MemberTable; the simulator instantiates it with a table that many processes
// share. The parts that need no table (probes, suspicions, queue, contacts, exchange) are objects
// of their own; here is only what ties them together, by subject:
//   swim_core_impl.h      turns, timer, sending
//   swim_receive_impl.h   datagrams, pings
//   swim_update_impl.h    statements about members
//   swim_news_impl.h      spreading them
//   swim_self_impl.h      the own record
//   swim_identity_impl.h  disputes about the own address and id
//   swim_probe_impl.h     probes, suspicion, death
//   swim_refusal_impl.h   refusals, echoes, fast death
//   swim_report_impl.h    complaints of the data path
//   swim_join_impl.h      joining, founding
//   swim_remember_impl.h  a start with a member file
//   swim_exchange_impl.h  member exchange, healing
//   swim_away_impl.h      agreement on who is away
//   swim_forget_impl.h    removal by the operator
// Include swim_core_impl.h where the template is instantiated.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/endpoint.h"
#include "base/rng.h"
#include "base/time.h"
#include "gossip/address_log.h"
#include "gossip/config.h"
#include "gossip/counters.h"
#include "gossip/detector/accuser_scores.h"
#include "gossip/detector/busy_members.h"
#include "gossip/detector/echo.h"
#include "gossip/detector/flap_damping.h"
#include "gossip/detector/isolation.h"
#include "gossip/detector/local_health.h"
#include "gossip/detector/own_reach.h"
#include "gossip/detector/probe_haste.h"
#include "gossip/detector/probe_round.h"
#include "gossip/detector/probes.h"
#include "gossip/detector/refusals.h"
#include "gossip/detector/relayed_pings.h"
#include "gossip/detector/report_limits.h"
#include "gossip/detector/round_trips.h"
#include "gossip/detector/suspicion.h"
#include "gossip/dissemination/contacts.h"
#include "gossip/dissemination/direct_pushes.h"
#include "gossip/dissemination/exchange_askers.h"
#include "gossip/dissemination/member_exchange.h"
#include "gossip/dissemination/newcomer_batches.h"
#include "gossip/dissemination/recent_set.h"
#include "gossip/dissemination/tell_pauses.h"
#include "gossip/dissemination/token_bucket.h"
#include "gossip/dissemination/update_queue.h"
#include "gossip/dissemination/view_difference.h"
#include "gossip/dissemination/view_holders.h"
#include "gossip/dissemination/view_pace.h"
#include "gossip/dissemination/waiting_askers.h"
#include "gossip/forget.h"
#include "gossip/members/member_table.h"
#include "gossip/members/move_proofs.h"
#include "gossip/members/remembered_cluster.h"
#include "gossip/members/remembered_members.h"
#include "gossip/statement_source.h"
#include "gossip/swim.h"
#include "gossip/types.h"
#include "gossip/wire/codec.h"
#include "gossip/wire/message.h"

namespace vf {

template <MemberTablePolicy Table>
class SwimCore {
 public:
  // See Swim for all of these; many may share one configuration. `table`: empty, of the own key.
  SwimCore(std::shared_ptr<const SwimConfig> config, const MemberRecord& self,
           const ClusterSettings& given, Table table, TimePoint now, WallTime wall, Rng rng);
  // Swim::Warm: `table` holds the other members, and may hold the own one.
  SwimCore(std::shared_ptr<const SwimConfig> config, const MemberRecord& self,
           const Foundation& foundation, const ClusterSettings& settings, Table table,
           TimePoint now, WallTime wall, Rng rng);

  SwimCore(const SwimCore&) = delete;
  SwimCore& operator=(const SwimCore&) = delete;

  void OnDatagram(TimePoint now, WallTime wall, const Endpoint& from, ByteSpan bytes,
                  TimePoint received);
  void OnDatagram(TimePoint now, WallTime wall, const Endpoint& from, ByteSpan bytes) {
    OnDatagram(now, wall, from, bytes, now);
  }
  void OnRefused(TimePoint now, const Endpoint& endpoint);
  void OnUnreachable(TimePoint now, const Endpoint& endpoint);
  void OnEcho(TimePoint now, std::uint32_t seq, const EchoResult& result);
  EchoAnswer AnswerEcho(TimePoint now, const EchoQuestion& question);
  void OnTimer(TimePoint now, WallTime wall, TimePoint heard_until);
  void OnTimer(TimePoint now, WallTime wall) { OnTimer(now, wall, now); }
  TimePoint NextDeadline() const { return next_deadline_; }
  void TakeOutputs(SwimOutputs& out);

  void Remember(TimePoint now, const RememberedCluster& cluster);
  void SetContact(TimePoint now, std::size_t index, const std::vector<Endpoint>& endpoints);
  void Learn(TimePoint now, std::span<const MemberRecord> records);
  void Report(TimePoint now, MemberKey member, std::uint64_t boot, const Complaint& complaint = {});
  void SetPhase(TimePoint now, Phase phase, std::span<const MemberKey> first);
  void SetBusy(TimePoint now, bool busy);
  void SetEndpoint(TimePoint now, const Endpoint& endpoint);
  void Leave(TimePoint now, LeaveKind kind);
  ForgetOutcome Forget(TimePoint now, const MemberId& id);
  void OnExchangePart(TimePoint now, const PeerHello& from, const Exchange& part);
  void OnExchangeOutcome(TimePoint now, std::uint32_t number, ExchangeOutcome outcome);
  bool MayTell(const PeerHello& asker) const;
  Exchange Bucket(TimePoint now, std::size_t bucket) const;
  std::bitset<kViewBuckets> TakeChangedBuckets() { return table_.TakeChangedBuckets(); }
  PeerHello Hello() const;

  MembershipSnapshot Snapshot() const;
  // What it believes; cheaper than a snapshot.
  const Table& table() const { return table_; }
  // Whom it avoids though they live.
  const FlapDamping& flaps() const { return flaps_; }
  MemberKey self_key() const { return self_.key(); }
  bool joined() const { return joined_; }
  const SwimCounters& counters() const { return counters_; }

 private:
  using Source = StatementSource;
  enum class ProbeCause { kRound, kReason, kRefusal, kSuspicion };
  // kOusted: gone, and nothing but a new boot can follow. kOldBoot: it has started anew since.
  enum class Standing { kMember, kGone, kOusted, kNewLife, kOldBoot, kUnknown };

  // What both ways to begin have in common.
  SwimCore(std::shared_ptr<const SwimConfig> config, const MemberRecord& self, Table table,
           TimePoint now, WallTime wall, Rng rng);

  // --- turns (swim_core_impl.h)
  Duration evict_after() const {
    const bool controller = (self_.roles & kRoleController) != 0;
    return controller ? config_.controller_evict_after : config_.evict_after;
  }
  void BeginTurn(TimePoint now);
  void EndTurn();
  WallTime WallAt(TimePoint now) const;
  std::size_t members() const { return table_.live(); }
  bool IsAlive(MemberKey key) const {
    const Member* member = table_.Find(key);
    return member != nullptr && member->record.state == MemberState::kAlive;
  }
  int MaxSends() const;
  // Storm control: false, and none taken, if fewer than `reserve` would be left.
  bool TakeTokens(TimePoint now, int wanted, int reserve = 0) {
    return push_tokens_.Take(now, wanted, reserve);
  }
  void Count(DropReason reason) { ++counters_.drops[static_cast<std::size_t>(reason)]; }
  void Inform(TimePoint now, std::string text) {
    Log(now, SwimLogLine::Level::kInfo, std::move(text));
  }
  void Warn(TimePoint now, std::string text) {
    Log(now, SwimLogLine::Level::kWarning, std::move(text));
  }
  void Log(TimePoint now, SwimLogLine::Level level, std::string text);
  // Whether this line of the log is one of the few that a second has.
  bool TakeLogLine(TimePoint now);
  // Drops what came from this address: counts it, and logs it once an address. `why()`: the text,
  // made only for that.
  template <typename Why>
  void DropFrom(TimePoint now, const Endpoint& from, DropReason reason, const Why& why);

  // --- sending
  PacketHeader Header() const;
  // One datagram: the messages, what its target should know of itself, and news that fits.
  void Send(const Endpoint& to, MemberKey target, std::span<const Message> messages,
            bool heal = false);
  void Send(const Endpoint& to, MemberKey target, const Message& message, bool heal = false) {
    Send(to, target, std::span(&message, 1), heal);
  }
  void SendUpdate(const Endpoint& to, const Update& update);
  DatagramBuilder NewDatagram(bool heal = false) const;
  // Lifeguard's buddy rule, in every packet: the accused is told and can refute at once.
  void TellAccused(DatagramBuilder& builder, const MemberRecord& target);
  // The unasked answers of this turn, those to one address in as few datagrams as they need.
  void SendReplies();
  void Emit(const Endpoint& to, DatagramBuilder& builder);
  Ping MakePing(std::uint32_t seq, const MemberRecord& target) const;
  // What we believe of a member, as one update.
  Update Statement(const MemberRecord& record) const;

  // --- news (swim_news_impl.h)
  void Spread(TimePoint now, const Update& update, Urgency urgency, MemberKey source,
              bool free_of_charge = false);
  // The same for somebody whom we let in.
  void SpreadNewcomer(TimePoint now, const MemberRecord& newcomer, MemberKey source);
  // What both do: it waits to be piggybacked and for the repair tick.
  void Queue(TimePoint now, const Update& update, Urgency urgency, MemberKey source,
             bool free_of_charge, bool idle);
  void PushSoon(MemberKey subject, TimePoint when);
  void PushFresh(TimePoint now);
  void Repair(TimePoint now);
  void PushToFrontends(TimePoint now, MemberKey subject);
  // PushToFrontends() as soon as it has answered a ping: who is unverified is named to nobody.
  void Introduce(TimePoint now, MemberKey newcomer);
  void TellReturned(TimePoint now, MemberKey member);
  void SendDirectPushes(TimePoint now);
  void ForwardOnce(const Update& update, std::uint32_t boot32, std::uint32_t incarnation);

  // --- the own record (swim_self_impl.h)
  void MintIncarnation(std::uint32_t above);
  void Announce(TimePoint now, Urgency urgency, bool free_of_charge = false);
  void SetSettings(const ClusterSettings& settings);
  void FinishPhase(TimePoint now);
  // Others hold this process for suspect, dead or left.
  void Refute(TimePoint now, std::uint32_t incarnation);
  void SayGoodbye(TimePoint now);

  // --- disputes about the own address and id (swim_identity_impl.h)
  // The others do not count this process in, for good or until it has its address back.
  bool IsSilent() const { return !excluded_.empty(); }
  void OnOwnKey(TimePoint now, const Endpoint& from, const Packet& packet);
  void OnOwnDeath(TimePoint now, const Dead& death);
  void OnOwnRecord(TimePoint now, const MemberRecord& record);
  void FallSilent(std::string why);
  // Probes, suspicions, news, exchanges: what is under way with others is over.
  void EndWhatRuns();
  void AskOwnAddress(TimePoint now);
  void ReturnWithNewBoot(TimePoint now);
  // Another life of our key is over.
  void OnEndOfOwnKey(TimePoint now, std::uint32_t boot32);
  void TakeBootAbove(TimePoint now, std::uint64_t boot);
  // Somebody tells us of another process at our address.
  void OnRecordAtOwnAddress(TimePoint now, const MemberRecord& other);
  // This is our boot number from now on.
  void SetBoot(TimePoint now, std::uint64_t boot);
  void AskTwin(TimePoint now);
  void LoseIdentity(const Endpoint& twin);

  // --- receiving (swim_receive_impl.h)
  Standing StandingOf(MemberKey key, std::uint32_t boot32) const;
  void OnMessage(TimePoint now, const Source& source, Standing standing, const PacketHeader& header,
                 const Message& message);
  void OnPing(TimePoint now, const Source& source, const Ping& ping);
  void OnPingAck(TimePoint now, const Source& source, const PacketHeader& header,
                 const PingAck& ack);
  // What the ACK of a member says of its data path.
  void NoteBusy(TimePoint now, MemberKey key, bool busy);
  void OnPingReq(TimePoint now, const Source& source, const PingReq& request);
  void OnPingNack(TimePoint now, const Source& source, const PingNack& nack);
  // Pings that others asked for did not get to this address. True if there were any.
  bool FailRelayed(const Endpoint& endpoint, NackReason reason);
  // Of the live member at this address, another one than this process; else none.
  MemberKey LiveKeyAt(const Endpoint& endpoint) const;
  void OnNotMe(TimePoint now, const Source& source, const NotMe& answer);

  // --- statements about members (swim_update_impl.h)
  void Apply(TimePoint now, const Source& source, const Update& update);
  void ApplyAlive(TimePoint now, const Source& source, const MemberRecord& record);
  void ApplySuspect(TimePoint now, const Source& source, const Suspect& suspect);
  void ApplyDead(TimePoint now, const Source& source, const Dead& dead);
  void ApplyLeft(TimePoint now, const Source& source, const Left& left);
  // True if we know more of this member, and it is gone in our view as well.
  bool ApplyTombstone(TimePoint now, const Source& source, const MemberRecord& record);
  bool IsAdmissible(TimePoint now, const Source& source, const MemberRecord& record);
  // A known member in this very boot; else null, and the update was dealt with.
  const Member* FindLife(const Source& source, const Update& update, MemberKey key,
                         std::uint32_t boot32, std::uint32_t incarnation);
  // Tells a peer that is behind what we know of `subject`; not too often.
  void TellNewer(TimePoint now, const Endpoint& to, MemberKey peer, MemberKey subject);
  void AfterMerge(TimePoint now, const Source& source, const MergeResult& result, MemberKey key);
  void OnAlive(TimePoint now, const MergeResult& result, MemberKey key);
  // It was dead or left, and lives.
  static bool IsBack(const MergeResult& result) {
    return result.before == MemberState::kDead || result.before == MemberState::kLeft;
  }
  void OnBack(TimePoint now, const Source& source, const MergeResult& result, MemberKey key);
  // Tells the others what was new to us.
  void SpreadMerged(TimePoint now, const Source& source, const MergeResult& result,
                    const MemberRecord& record);
  // A member is alive again that was in this state before, in the same boot.
  // `founded`: somebody believed had accused it.
  void NoteReturn(TimePoint now, MemberKey key, MemberState before, bool founded);
  // It is not degraded any more.
  void NoteReused(TimePoint now, MemberKey key);
  bool IsBelieved(TimePoint now, MemberKey accuser) const;
  Suspicions::Worth WorthOf(TimePoint now, MemberKey accuser, MemberKey accused) const;
  bool IsHearsay(TimePoint now, const Dead& dead) const;
  void OnFirstSuspicion(TimePoint now, MemberKey key);
  void SpreadSuperseded(TimePoint now, const Source& source, const MergeResult& result);
  // A known life that ended, as `record` has it and `update` says it.
  void EndLife(TimePoint now, const Source& source, const MemberRecord& record,
               const Update& update);
  // The table has this member as dead or left, and had it as live before.
  void AfterEnd(MemberKey key);
  bool NeedsProof(const MemberRecord& record) const;
  void ProveMove(TimePoint now, const MemberRecord& record);

  // --- removal by the operator (swim_forget_impl.h)
  void FinishTombstone(TimePoint now, const Source& source, const MemberRecord& tombstone,
                       const Dead& dead);
  // A controller that went for good is asked no more whether it is back. `gone`: dead or left.
  void ForgetContact(const MemberRecord& gone);

  // --- probes (swim_probe_impl.h)
  void ProbeNext(TimePoint now);
  // Until the next random probe.
  Duration ProbeInterval(TimePoint now) const;
  bool BeginProbe(TimePoint now, MemberKey target, ProbeCause cause = ProbeCause::kReason);
  void ProbeWithChance(TimePoint now, MemberKey target, ProbeCause cause);
  void ContinueProbes(TimePoint now);
  // Verdicts on probes whose time was up at `heard`, relayed ones included.
  void JudgeProbes(TimePoint now, TimePoint heard);
  // The timeout of a ping, as far as the own health allows.
  Duration Rto() const { return round_trips_.Rto() * health_.Factor(); }
  // A ping alone has not helped: relays and the echo are asked.
  void WidenProbe(TimePoint now, Probe& probe);
  // Nothing more is to be heard.
  void ConcludeProbe(TimePoint now, const Probe& probe);
  // It has ended. A random one tells whether anybody hears us.
  void NoteProbe(TimePoint now, const Probe& probe, bool answered);
  void OnIsolationChanged(TimePoint now);
  void OnOwnReachChanged(TimePoint now);
  // Our own accusation, with what Suspect::evidence says; none while isolated.
  void Accuse(TimePoint now, MemberKey key, std::uint64_t boot, std::uint8_t evidence);
  void EndSuspicions(TimePoint now, TimePoint heard);
  // Our own verdict on a live member.
  void Bury(TimePoint now, const MemberRecord& live, DeathReason reason);

  // --- refusals, echoes (swim_refusal_impl.h)
  // This process is a witness: at the address of `target` nothing listens, or somebody else.
  void NoteRefusedHere(TimePoint now, MemberKey target, RefusedBy way);
  // The address of a member, in this boot, belongs to somebody who started later.
  bool IsTakenOver(TimePoint now, const Probe& probe, MemberKey key, std::uint64_t boot) const;
  void SupersedeBy(TimePoint now, const Probe& probe);
  // Something is known now about this probe: it may be enough.
  void ConsiderProbe(TimePoint now, MemberKey target);
  // Dead at once, if so many witnesses were refused. True if so.
  bool BuryIfRefused(TimePoint now, MemberKey key);
  void OnLifeOverTcp(TimePoint now, MemberKey key, const EchoResult& result);
  // It answered over TCP, and no datagram has come back.
  void DoubtUdp(TimePoint now, const Probe& probe);
  void SetUdpBad(TimePoint now, MemberKey key, bool udp_bad);

  // --- reports (swim_report_impl.h)
  void NoteComplaint(TimePoint now, MemberKey member, std::uint64_t boot,
                     const Complaint& complaint);
  void TellControllers(TimePoint now, MemberKey member);
  void OnReport(TimePoint now, const Source& source, const vf::Report& report);
  // The probe of a complaint is over without an answer: whether that is enough to accuse.
  bool ConfirmReport(const Probe& probe);
  // The target of the complaint has answered, and says whether it is busy.
  void RefuteReport(const Probe& probe, bool busy);

  // --- joining (swim_join_impl.h)
  void AskContacts(TimePoint now);
  void Ask(const Endpoint& to);
  void OnJoin(TimePoint now, const Source& source, const Join& join);
  void OnJoinOk(TimePoint now, const Source& source, const PacketHeader& header,
                const JoinOk& answer);
  void OnJoinNo(TimePoint now, const Source& source, const JoinNo& refusal);
  void AnswerJoin(TimePoint now, const Source& source, const Join& join);
  void RefuseJoin(const Source& source, JoinRefusal reason, std::string text,
                  std::uint64_t holder_boot = 0);
  std::uint64_t InheritedSeat(const MemberRecord& joiner) const;
  // The highest boot number of another process at the joiner's address; 0 if none.
  std::uint64_t BootAtAddressOf(const MemberRecord& joiner) const;
  std::string SettingsText(const ClusterSettings& settings) const;
  bool SettingsFit(const ClusterSettings& given, const ClusterSettings& cluster) const;
  void TellJoinRefused(std::string text);
  // Somebody at this endpoint does not want us. That matters if we were told to join there; from
  // somebody met on the way it is worth a line in the log.
  void OnJoinRefused(TimePoint now, const Endpoint& endpoint, DropReason reason, std::string text);
  void ConsiderFounding(TimePoint now);
  void Found(TimePoint now);
  void Adopt(TimePoint now, const Foundation& foundation, const ClusterSettings& settings,
             std::uint64_t seat);
  void FinishJoin(TimePoint now);

  // --- a start with a member file (swim_remember_impl.h)
  void ContinueRemembering(TimePoint now);
  void GiveUpRemembered(TimePoint now, const RememberedMembers::Item& item);
  // One that only the file knew has answered.
  void OnRememberedAnswer(TimePoint now, const Source& source, const PacketHeader& header,
                          const RememberedMembers::Item& item);

  // --- agreement of views, healing (swim_exchange_impl.h)
  void NoteView(TimePoint now, const Source& source, const PacketHeader& header);
  void CheckView(TimePoint now);
  ViewDifference::Own OwnView(TimePoint now) const;
  // Over TCP at once where much is missing: after a cut, or all of it to a joiner.
  void BeginExchange(TimePoint now, MemberKey peer, bool much = false);
  void WishForExchange(TimePoint now);
  // Who asks is worn out by others: somebody else will do.
  void ExchangeElsewhere(TimePoint now);
  void ContinueExchange(TimePoint now);
  // TCP leads nowhere with this peer.
  void FallBackFromStream(TimePoint now);
  Digest MakeDigest(const MemberExchange::Question& question) const;
  void OnDigest(TimePoint now, const Source& source, const Digest& digest);
  // How our buckets compare with those of a DIGEST, from its first on.
  struct Comparison {
    std::vector<std::size_t> differing;  // not in hash; all that hold anything, if it has no hashes
    std::vector<bool> hash_agrees;
    std::vector<bool> count_agrees;  // as many records here, or more
  };
  Comparison CompareWith(const Digest& digest) const;
  // A question: answered if it is sure who asks.
  void OnQuestion(TimePoint now, const Source& source, const Digest& question);
  void AnswerQuestion(TimePoint now, const Endpoint& to, const Digest& question);
  // For all of this half: without hashes.
  static Digest QuestionForAll(std::uint8_t first_bucket) {
    Digest question;
    question.first_bucket = first_bucket;
    return question;
  }
  // What is due of answers, and then the next who wait for theirs.
  void SendPaced(TimePoint now);
  // The peer's answer to ours.
  void OnDigestAnswer(TimePoint now, const Source& source, const Digest& answer);
  void AskToBeLetIn(TimePoint now, MemberKey peer);
  // One by datagrams has come to its end.
  void FinishExchange(TimePoint now);
  void OnExchange(TimePoint now, const Source& source, const Exchange& exchange);
  void SendBuckets(TimePoint now, const Endpoint& to, const std::vector<std::size_t>& buckets);
  // `answers`: PacedDatagrams::Datagram.
  void PutPaced(TimePoint now, const Endpoint& to, DatagramBuilder& builder,
                std::optional<std::uint8_t> answers = std::nullopt);
  void HealTick(TimePoint now);
  void SeekMembers(TimePoint now);
  // Whether it has joined, as far as is known here: then it can give others the members.
  bool HasView(const MemberRecord& record) const {
    return record.phase != Phase::kJoining || view_holders_.Contains(record.key());
  }
  void HealPing(const MemberRecord& record);

  // --- agreement on who is away (swim_away_impl.h)
  // Whether the next random ping names somebody who is away.
  void ConsiderNaming();
  std::optional<Exchange> TakeNamed(TimePoint now);
  // Up to `count` of those that are away, each time others.
  std::vector<MemberRecord> NextNamed(TimePoint now, std::size_t count);
  void NameAway(TimePoint now, MemberKey to);
  static Exchange PartOf(const MemberRecord& gone) {
    return {static_cast<std::uint8_t>(BucketOf(gone.key())), {}, {gone}};
  }
  // As EXCHANGE datagrams.
  void TellGone(TimePoint now, const Endpoint& to, const std::vector<MemberRecord>& gone);

  static constexpr auto kAnybody = [](const Member&) { return true; };
  static constexpr std::size_t kMaxHealed = 64;
  static constexpr std::size_t kMaxIntroduced = 64;
  static constexpr std::size_t kForwardedKept = 16'384;
  static constexpr std::size_t kMaxSample = 16;
  static constexpr std::size_t kMaxReplies = 4'096;
  static constexpr std::size_t kMaxControllers = 4;
  static constexpr std::size_t kMaxUntold = 64;
  static constexpr std::size_t kManyGivers = 8;
  // Who was not heard of for so many probe intervals may be gone: it is not asked to give.
  static constexpr int kGiverSilence = 8;
  static constexpr int kMaxExchangeMoves = 3;
  static constexpr std::size_t kNamedAtOnce = 12;  // they fit a datagram
  static constexpr int kAnswersBeforeJoin = 8;
  static constexpr Duration kLagSlack = milliseconds(5);
  static constexpr std::size_t kFewSuspicions = 16;
  // After its return from the dead a member's word about others' deaths is a cut's, perhaps.
  static constexpr Duration kReturnDoubt = seconds(30);
  static constexpr Duration kSupersededRetry = seconds(30);
  static constexpr int kTwinQuestions = 3;
  static constexpr Duration kFoundingLook = milliseconds(50);
  static constexpr Duration kGoodbyeInterval = milliseconds(50);
  static constexpr int kGoodbyes = 3;
  static constexpr std::size_t kGoodbyeFanout = 16;
  static constexpr std::uint8_t kProtocol = 1;

  const std::shared_ptr<const SwimConfig> shared_config_;
  const SwimConfig& config_;
  ClusterSettings given_;
  ClusterSettings settings_;  // of the cluster
  Foundation foundation_;
  MemberRecord self_;
  bool joined_ = false;
  bool restoring_ = false;  // began with a member file, and has not joined yet
  bool ever_ready_ = false;
  bool left_ = false;
  bool busy_ = false;                          // the own data path stands still
  std::optional<MemberRecord> pending_phase_;  // told to some owners only
  std::string excluded_;                       // why the others do not count this process in
  TimePoint superseded_until_ = kNever;        // then it asks who is at its address
  std::uint32_t own_address_seq_ = 0;          // of that ping
  // Where somebody with our id and a later boot is said to live.
  struct Twin {
    Endpoint endpoint;
    std::uint64_t boot = 0;
    int asked = 0;
    TimePoint next;
  };
  std::optional<Twin> twin_;

  Rng rng_;
  Table table_;
  ProbeRound round_;
  Probes probes_;
  RelayedPings relayed_;
  RoundTrips round_trips_;
  LocalHealth health_;
  Isolation isolation_;
  OwnReach own_reach_;
  AccuserScores scores_;
  FlapDamping flaps_;
  Suspicions suspicions_;
  ProbeHaste haste_;
  Refusals refusals_;
  BusyMembers busy_members_;
  UpdateQueue queue_;
  NewcomerBatches newcomers_;
  ReportLimits report_limits_;
  DirectPushes direct_;
  Contacts contacts_;
  RememberedMembers remembered_;
  ViewHolders view_holders_;
  ViewPace view_pace_;
  ViewDifference view_difference_;
  MemberExchange exchange_;
  ExchangeAskers askers_;
  PacedDatagrams paced_;
  WaitingAskers waiting_askers_;
  std::uint32_t next_seq_ = 0;
  std::uint32_t exchange_wishes_ = 0;  // numbers given
  MemberKey last_named_ = kNoMember;   // of those that are away
  bool names_on_ping_ = false;         // the next random one names one of them

  std::vector<MemberKey> fresh_;  // to be pushed at push_at_
  TimePoint push_at_ = kNever;
  TimePoint repair_at_ = kNever;
  TimePoint probe_at_ = kNever;
  TimePoint heal_at_ = kNever;
  TimePoint founding_look_at_ = kNever;
  TimePoint goodbye_at_ = kNever;
  int goodbyes_ = 0;
  TokenBucket push_tokens_;
  TokenBucket report_tokens_;
  std::map<MemberKey, ReportEntry> untold_;  // complaints that no controller was told of yet

  MoveProofs moves_;
  RecentSet<std::array<std::uint64_t, 3>, kForwardedKept> forwarded_;
  TellPauses told_;

  // Founding: the smallest key in sight, and since when.
  MemberKey smallest_ = kNoMember;
  TimePoint smallest_since_;
  std::vector<MemberKey> healed_;      // back from the dead: to be compared with
  std::vector<MemberKey> introduced_;  // let in here: for the frontends, once they have answered
  std::vector<std::pair<Endpoint, Update>> replies_;  // of this turn
  AddressLog address_log_;

  WallTime wall_;
  TimePoint wall_at_;
  TimePoint now_;       // of this turn
  TimePoint received_;  // of the datagram of this turn
  TimePoint last_turn_;
  TimePoint next_deadline_ = kNever;
  SwimOutputs outputs_;
  SwimCounters counters_;
  TimePoint log_at_ = TimePoint::min();
  int log_lines_ = 0;
};

}  // namespace vf
