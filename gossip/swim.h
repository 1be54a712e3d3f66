// SWIM membership as a plain object: datagrams and time go in, datagrams and events come out.
//
// Who is a member, who is alive, and how everybody learns of it. The protocol is SWIM (Das, Gupta,
// Motivala, DSN 2002) with Lifeguard's suspicions and buddy rule (Dadgar, Phillips, Currey, DSN
// 2018). docs/gossip-protocol.md shows the bytes. Deviations, and why:
//  1. The restart of a member is newer than any statement about its former life: records compare
//     by boot number first. Incarnations that begin anew at 1 lose against old death notices.
//  2. An unanswered ping is repeated directly, besides through relays: a loss costs one RTO.
//  3. RTO follows the measured round trips, within a range. SWIM fixes it.
//  4. News is pushed at first sight and repaired by a tick; SWIM only piggybacks. Milliseconds
//     instead of seconds to reach everybody.
//  5. A view hash in every packet shows divergence; bucket digests then repair it. There is no
//     periodic exchange of everything.
//  6. The dead are contacted now and then, so that a cluster that was cut in two heals; a death
//     learnt by an exchange is a suspicion first, so that the member can speak for itself.
//  7. A ping that gets no answer is asked over TCP too (echo.h): who answers there by name is
//     alive, though its datagrams are blocked (udp_bad).
//  8. Who is refused (nothing listens there, or somebody else does) is a witness. As soon as three
//     are, one of them over TCP, the member is dead without a suspicion: a process that was killed
//     announces itself. One witness is not enough, since a firewall can fake it.
//  9. Who was late itself judges nobody for it: what the kernel received in time counts, however
//     late it is read, and all verdicts wait for as long as this process overslept.
//
// Driver: receive or wake, call OnDatagram or OnTimer, then TakeOutputs: publish a new snapshot if
// members_changed, send the datagrams, begin the echoes, arm one timer for NextDeadline().
//
// Thread: none of its own; one owner. Nothing here reads a clock, blocks, logs or throws.
// Invariants: 1. The stored (boot, incarnation) of a member never goes down.
//             2. Nobody is suspected before the relays and the echo have answered or are out of
//                time.
//             3. Only a member itself raises its incarnation.
//             4. Statements are taken from members only; a JOIN makes one, if it carries our
//                foundation.
//             5. Same inputs, same outputs.
// Limits: those of config.h and codec.h; each has a counter.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/endpoint.h"
#include "base/rng.h"
#include "base/time.h"
#include "gossip/complaint.h"
#include "gossip/config.h"
#include "gossip/counters.h"
#include "gossip/detector/echo.h"
#include "gossip/dissemination/exchange_wish.h"
#include "gossip/forget.h"
#include "gossip/members/remembered_cluster.h"
#include "gossip/types.h"
#include "gossip/wire/hello.h"
#include "gossip/wire/message.h"

namespace vf {

struct OutgoingDatagram {
  Endpoint to;
  std::vector<std::byte> bytes;  // at most 1,400
};

// A line worth a log entry. Warning: somebody has to look after it, or the cluster is not as it
// should be; info: something that is well, the end of what a warning told of included.
struct SwimLogLine {
  enum class Level : std::uint8_t { kInfo, kWarning };
  Level level = Level::kInfo;
  std::string text;
};

// What the owner of a Swim has to know. Drained with TakeOutputs().
struct SwimOutputs {
  std::vector<OutgoingDatagram> datagrams;
  std::vector<ExchangeWish> exchanges;     // over TCP; only with SwimConfig::streams
  std::vector<EchoWish> echoes;            // to be begun; likewise
  std::vector<std::uint32_t> echoes_over;  // by number: nobody waits for these any more; read after
                                           // `echoes`, which may hold the same
  bool members_changed = false;            // publish a new snapshot before sending the datagrams
  bool suspected_self = false;  // others held this process for suspect or dead: writes may have
                                // gone past it, its copies are not in sync
  std::string refused;          // a cluster refuses this process (settings differ, ...): why
  bool refusal_ends_process = false;  // it has never been ready: end with status 1
  // Another process has this one's id and keeps it: why. Nothing goes on here any more: begin anew
  // with another id, and join through these members.
  std::string identity_lost;
  std::vector<Endpoint> rejoin_at;
  std::vector<SwimLogLine> log;  // at most a few a second
};

// A cluster that runs, as one of its members knows it.
struct KnownCluster {
  Foundation foundation;
  ClusterSettings settings;           // all of them
  std::vector<MemberRecord> members;  // all that live, in any order; the own record is skipped
};

class Swim {
 public:
  // `self`: id, boot, endpoint, roles, seat (0: inherited or drawn); the rest is set here.
  // `given`: the settings of the command line, 0 where it says nothing.
  // REQUIRES: config.Validate() is ok; the key is not 0, the boot not 0.
  Swim(const SwimConfig& config, const MemberRecord& self, const ClusterSettings& given,
       TimePoint now, WallTime wall, Rng rng);
  // Begins in the middle of a life: a member that has joined, knows everybody, has met all of them
  // and asks nobody. For simulators, which start a thousand members at once and want neither to
  // simulate nor to pay for a thousand joins; a process of the real world has to join.
  // `self`: the whole own record, as the others' tables hold it (incarnation, meta_version, phase,
  // settings). The first probe comes at a random moment within the probe interval.
  // REQUIRES: as above; the foundation and the settings are complete, the members are live.
  static Swim Warm(const SwimConfig& config, const MemberRecord& self, const KnownCluster& cluster,
                   TimePoint now, WallTime wall, Rng rng);
  ~Swim();
  Swim(Swim&&) noexcept;
  Swim& operator=(Swim&&) noexcept;

  // `from`: where it came from. Anything may be in `bytes`. `received`: when it reached this
  // machine, at most `now`; round trips end then.
  void OnDatagram(TimePoint now, WallTime wall, const Endpoint& from, ByteSpan bytes,
                  TimePoint received);
  // Read at the moment of its arrival.
  void OnDatagram(TimePoint now, WallTime wall, const Endpoint& from, ByteSpan bytes) {
    OnDatagram(now, wall, from, bytes, now);
  }
  // The operating system says that nothing listens there (ICMP port unreachable).
  void OnRefused(TimePoint now, const Endpoint& endpoint);
  // It says that no datagram gets there: no route, or nobody at that address (ICMP host or network
  // unreachable). That may be this machine's own trouble, so it is no refusal; but nobody needs to
  // wait for an answer before asking in other ways.
  void OnUnreachable(TimePoint now, const Endpoint& endpoint);
  // What became of an echo. One that nobody waits for any more changes nothing.
  void OnEcho(TimePoint now, std::uint32_t seq, const EchoResult& result);
  // An echo of somebody else has arrived here: what to answer. It may be the first to say that this
  // process is suspected; the answer refutes that.
  EchoAnswer AnswerEcho(TimePoint now, const EchoQuestion& question);
  // Early or twice is harmless. Late by more than a little: the driver has overslept, and all
  // verdicts wait for that much longer. `heard_until`: everything that reached this machine until
  // then has been handed in, at most `now`. Nobody is judged for what may still wait to be read, so
  // deadlines of verdicts beyond it stay due: read on, then call it again.
  void OnTimer(TimePoint now, WallTime wall, TimePoint heard_until);
  // Everything has been handed in.
  void OnTimer(TimePoint now, WallTime wall) { OnTimer(now, wall, now); }
  TimePoint NextDeadline() const;
  // Replaces what `out` held; buffers are reused.
  void TakeOutputs(SwimOutputs& out);

  // What this process knows from before its start: its foundation, who was there, who was gone.
  // It tells nobody of whom only this knows, asks them all (1,000 a second) until one gives it the
  // cluster as it is now, and goes on alone if none does within seconds. Members at impossible
  // addresses are skipped and counted.
  // REQUIRES: nothing was done with this object before; it has no foundation; the settings fit
  // those given.
  void Remember(TimePoint now, const RememberedCluster& cluster);
  // Addresses of a contact of the command line (again whenever its name resolves anew).
  // REQUIRES: index < config.contacts.
  void SetContact(TimePoint now, std::size_t index, const std::vector<Endpoint>& endpoints);
  // Records that came with an answer of the data path (the list rule).
  void Learn(TimePoint now, std::span<const MemberRecord> records);
  // The data path was refused by, or timed out on, this member: it is probed out of turn, and the
  // controllers are told (at most kMaxReportsASecond; what is not told now goes with the next one).
  void Report(TimePoint now, MemberKey member, std::uint64_t boot, const Complaint& complaint = {});
  // A new phase of this process. kReady is told to the members of `first` at once and to the rest
  // when each of these has confirmed, or is suspect, dead or left. The own snapshot shows it when
  // the rest is told.
  void SetPhase(TimePoint now, Phase phase, std::span<const MemberKey> first);
  // The data path of this process stands still, or does so no more: every ACK says it from now on.
  void SetBusy(TimePoint now, bool busy);
  // Where others reach this process from now on.
  void SetEndpoint(TimePoint now, const Endpoint& endpoint);
  // Says good-bye to some members directly. Send the outputs; nothing else is sent afterwards but
  // repetitions of it.
  void Leave(TimePoint now, LeaveKind kind);

  // The operator wants this member removed for good: its death becomes final for its boot, whatever
  // it says itself, and spreads. Only those that are suspect, dead or left are; who is known by its
  // tombstone alone is too. Twice is harmless. Should it still run, it hears of it as soon as it
  // talks to anybody, and is left out until it starts anew.
  ForgetOutcome Forget(TimePoint now, const MemberId& member);

  // Member exchange over TCP (gossip/stream). Records that came with PARTs of `from`, asked for or
  // not: what its statements are worth is judged here, as with those of EXCHANGE datagrams.
  void OnExchangePart(TimePoint now, const PeerHello& from, const Exchange& part);
  // What became of a wish. Of one that was given up meanwhile: ignored.
  void OnExchangeOutcome(TimePoint now, std::uint32_t number, ExchangeOutcome outcome);
  // Whether `asker` belongs to the same cluster, and there is a whole view to tell it.
  bool MayTell(const PeerHello& asker) const;
  // The view, by buckets: what it holds, and whether that has changed since the last call.
  std::uint64_t BucketHash(std::size_t bucket) const;
  Exchange Bucket(TimePoint now, std::size_t bucket) const;
  std::bitset<kViewBuckets> TakeChangedBuckets();
  std::uint64_t view_hash() const;
  std::size_t view_members() const;
  // Who this process is, to whom it connects; without a nonce.
  PeerHello Hello() const;

  // O(N): take it when members_changed says so.
  MembershipSnapshot Snapshot() const;
  MemberKey self_key() const;
  const SwimCounters& counters() const;

 private:
  struct Core;
  explicit Swim(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace vf
