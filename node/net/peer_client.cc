#include "node/net/peer_client.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <map>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/os/clocks.h"
#include "node/net/peer_link.h"
#include "node/replication/codec.h"

namespace vf {
namespace {

// How long it is remembered that a member could not be reached, after its backoff is over.
constexpr Duration kRememberFailures = minutes(1);

// None: a request, which has no place on this side.
std::optional<PeerReply> ToReply(PeerMessage message) {
  return std::visit(
      [](auto& m) -> std::optional<PeerReply> {
        if constexpr (std::is_constructible_v<PeerReply, decltype(std::move(m))>) {
          return PeerReply(std::move(m));
        } else {
          return std::nullopt;
        }
      },
      message);
}

// What the end of a link means to those who wait for answers; none: nobody does.
std::optional<PeerFailure> ToFailure(LinkEnd end, bool was_up) {
  switch (end) {
    case LinkEnd::kStopped:
    case LinkEnd::kIdle:
      return std::nullopt;
    case LinkEnd::kClosed:
    case LinkEnd::kReset:
      return was_up ? PeerFailure::kReset : PeerFailure::kRefused;
    case LinkEnd::kRefused:
    case LinkEnd::kUnreachable:
    case LinkEnd::kHandshakeTimeout:
    case LinkEnd::kStalled:
    case LinkEnd::kBadLength:
    case LinkEnd::kBadFrame:
    case LinkEnd::kOtherCluster:
    case LinkEnd::kOtherProtocol:
    case LinkEnd::kOtherFoundation:
    case LinkEnd::kOtherSettings:
    case LinkEnd::kOtherMember:
      break;
  }
  return PeerFailure::kRefused;
}

}  // namespace

class PeerClient::Core final : public PeerLink::Owner, public std::enable_shared_from_this<Core> {
 public:
  Core(boost::asio::io_context& io, const PeerClientConfig& config, PeerContext& context,
       PeerClientOwner& owner, Rng rng)
      : io_(io), config_(config), context_(context), owner_(owner), rng_(rng) {}

  void Stop() {
    stopped_ = true;
    for (auto& [key, peer] : peers_) {
      if (peer.link != nullptr) peer.link->Close();
    }
    peers_.clear();
  }

  void Send(const MemberRecord& to, const PeerMessage& message) {
    Peer& peer = PeerFor(to);
    if (peer.link == nullptr) {
      if (MonotonicNow() < peer.retry_at) {
        counters.refused_backoff.Add();
        return FailLater(to.key(), PeerFailure::kRefused);
      }
      peer.link =
          std::make_shared<PeerLink>(io_, config_.link, context_, to.key(), *this, counters);
      peer.link->Connect(peer.endpoint);
    }
    if (!peer.link->Send(EncodeFrame(message))) {
      counters.refused_full.Add();
      FailLater(to.key(), PeerFailure::kOverflow);
    }
  }

  void OnLinkUp(PeerLink& link) override { owner_.OnPeerUp(link.expected()); }

  bool OnLinkFrame(PeerLink& link, ByteSpan body) override {
    std::optional<PeerMessage> message = DecodeFrame(body);
    if (!message) return false;
    const std::optional<PeerReply> reply = ToReply(*std::move(message));
    if (!reply) return false;
    // An answer, not a connection, ends the backoff: else a process that accepts and then drops
    // everything would be connected to without pause.
    peers_[link.expected()].failures = 0;
    owner_.OnReply(link.expected(), *reply);
    return true;
  }

  void OnLinkEnd(PeerLink& link, LinkEnd end) override {
    const MemberKey member = link.expected();
    Peer& peer = peers_[member];
    const std::optional<PeerFailure> failure = ToFailure(end, link.is_up());
    peer.link.reset();
    if (!failure) return;
    if (*failure != PeerFailure::kReset || peer.failures > 0) BackOff(peer);
    // One connection without an answer is no reason to wait, a second one is.
    if (*failure == PeerFailure::kReset) peer.failures = std::max(peer.failures, 1);
    owner_.OnPeerFailure(member, *failure);
  }

  PeerCounters counters;

 private:
  struct Peer {
    Endpoint endpoint;
    std::shared_ptr<PeerLink> link;
    int failures = 0;  // since its last answer
    TimePoint retry_at;
  };

  Peer& PeerFor(const MemberRecord& to) {
    const auto [it, is_new] = peers_.try_emplace(to.key());
    Peer& peer = it->second;
    if (is_new) {
      ForgetOthers(to.key());
    } else if (peer.endpoint != to.endpoint) {
      if (peer.link != nullptr) {
        peer.link->Close();
        FailLater(to.key(), PeerFailure::kReset);
      }
      peer = {};
    }
    peer.endpoint = to.endpoint;
    return peer;
  }

  // Members come and go: those without a link and with nothing to remember go here.
  void ForgetOthers(MemberKey except) {
    const TimePoint now = MonotonicNow();
    for (auto it = peers_.begin(); it != peers_.end();) {
      const bool stale = it->first != except && it->second.link == nullptr &&
                         it->second.retry_at + kRememberFailures < now;
      it = stale ? peers_.erase(it) : std::next(it);
    }
  }

  void BackOff(Peer& peer) {
    const int doublings = std::min(peer.failures, 20);
    const Duration longest =
        std::min(config_.backoff_max, config_.backoff_min * (std::int64_t{1} << doublings));
    peer.retry_at = MonotonicNow() + rng_.Between(longest / 2, longest);
    ++peer.failures;
  }

  // Once a turn of the loop, however many sends failed in it.
  void FailLater(MemberKey member, PeerFailure failure) {
    const bool scheduled = !failed_.empty();
    const bool known = !failed_.emplace(member, failure).second;
    if (scheduled || known) return;
    boost::asio::post(io_, [self = shared_from_this()] {
      const auto failed = std::exchange(self->failed_, {});
      for (const auto& [key, why] : failed) {
        if (!self->stopped_) self->owner_.OnPeerFailure(key, why);
      }
    });
  }

  boost::asio::io_context& io_;
  const PeerClientConfig config_;
  PeerContext& context_;
  PeerClientOwner& owner_;
  Rng rng_;
  std::map<MemberKey, Peer> peers_;
  std::map<MemberKey, PeerFailure> failed_;  // to be told
  bool stopped_ = false;
};

PeerClient::PeerClient(boost::asio::io_context& io, const PeerClientConfig& config,
                       PeerContext& context, PeerClientOwner& owner, Rng rng)
    : core_(std::make_shared<Core>(io, config, context, owner, rng)) {}

PeerClient::~PeerClient() { core_->Stop(); }

void PeerClient::Send(const MemberRecord& to, const PeerMessage& message) {
  core_->Send(to, message);
}

const PeerCounters& PeerClient::counters() const { return core_->counters; }

}  // namespace vf
