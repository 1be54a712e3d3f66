// The shell of a Swim: the thread, the UDP socket, the connections (gossip/tcp), the timer and the
// clock that it lives by.
//
// One turn: what arrived, or a timer that is due, goes into the Swim; then its outputs are taken. A
// changed membership is published before the datagrams leave, so nobody hears news from this
// process before this process acts by it. Before a timer may judge anybody, the socket is read as
// far as the deadline in question: an answer that waits there counts, by the kernel's time of
// receipt.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/os/metrics.h"
#include "gossip/complaint.h"
#include "gossip/forget.h"
#include "gossip/types.h"
#include "gossip/udp/gossip_options.h"
#include "gossip/udp/udp_socket.h"
#include "gossip/wire/hello.h"

namespace vf {

// All are called on the gossip thread and must not block. Any may be left out.
struct GossipHandlers {
  // The first one when the thread starts, then with every change, before the news leaves.
  std::function<void(SharedMembership)> on_membership;
  // Others held this process for suspect or dead.
  std::function<void()> on_suspected_self;
  // A cluster refuses this process. `ends_process`: it has never been ready and should end.
  std::function<void(const std::string& text, bool ends_process)> on_refused;
  // Another process has this one's id and keeps it: begin anew with another id, and join through
  // these members.
  std::function<void(const std::string& text, const std::vector<Endpoint>& rejoin_at)>
      on_identity_lost;
};

// Threads: Start(), Stop() and the destructor belong to one owner; everything else may be called by
// any thread, at any time between construction and destruction, and never blocks on the gossip
// thread. What is asked for after Stop() is dropped, and its callbacks with it. Errors: an
// exception in a turn is logged and counted, and the next turn goes on.
class GossipThread {
 public:
  // How long a stop waits after Leave() for repetitions of the good-bye.
  static constexpr Duration kLinger = milliseconds(300);

  // REQUIRES: options.config is valid, at most kMaxContacts contacts.
  GossipThread(UdpSocket socket, GossipOptions options, GossipHandlers handlers);
  ~GossipThread();  // Stop()
  GossipThread(const GossipThread&) = delete;
  GossipThread& operator=(const GossipThread&) = delete;

  void Start();
  // Ends the thread: after kLinger if Leave() was called, else at once. No handler runs afterwards.
  void Stop();

  std::uint16_t port() const;

  // The newest one; never null. Keep it while walking its members: a newer one may take its place.
  // A short lock: for pages, not for every request (on_membership hands it over for those).
  SharedMembership Current() const;

  // `done`, if any: on the gossip thread, once what was learnt is published.
  void Learn(std::vector<MemberRecord> records, std::function<void()> done);
  void Report(MemberKey member, std::uint64_t boot, const Complaint& complaint);
  // See Swim::SetBusy().
  void SetBusy(bool busy);
  void SetPhase(Phase phase, std::vector<MemberKey> first);
  void Leave(LeaveKind kind);
  // `done`: on the gossip thread, once the new membership is published.
  void Forget(const MemberId& member, std::function<void(ForgetOutcome)> done);

  // Take over an accepted TCP socket whose first byte is kPeerProtocolByte, ownership included.
  // `received`: what was read from it so far, that byte first.
  void TakeOver(int socket, std::string received);
  // The same where HELLO was exchanged already: `received` is what was read behind it.
  void TakeOver(int socket, const PeerHello& theirs, std::string received);

  // Runs `task` on the gossip thread, as soon as `when` has come. Owners use it for what belongs to
  // the membership; it must not block.
  void PostAt(TimePoint when, std::function<void()> task);

  // One line: whom this process waits for while Current()->joined is false, what would help, and
  // the cluster key if that seems to be the cause.
  std::string waiting_text() const;

  // Adds velourfog_gossip_... to a page.
  void WriteMetrics(MetricsWriter& writer) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vf
