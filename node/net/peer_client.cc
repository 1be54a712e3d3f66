#include "node/net/peer_client.h"

#include <boost/asio/post.hpp>

#include "base/os/clocks.h"
#include "node/net/peer_link.h"

namespace vf {

class PeerClient::Core final : public PeerLink::Owner,
                               public PeerConnectionsShell,
                               public std::enable_shared_from_this<Core> {
 public:
  Core(boost::asio::io_context& io, const PeerClientConfig& config, PeerContext& context,
       PeerClientOwner& owner, Rng rng)
      : io_(io),
        config_(config),
        context_(context),
        connections(config.backoff, *this, owner, counters, rng) {}

  // PeerConnectionsShell
  std::shared_ptr<PeerConnection> Connect(MemberKey member, const Endpoint& endpoint) override {
    auto link = std::make_shared<PeerLink>(io_, config_.link, context_, member, *this, counters);
    link->Connect(endpoint);
    return link;
  }
  void OnFailuresToTell() override {
    boost::asio::post(io_, [self = shared_from_this()] { self->connections.TellFailures(); });
  }

  // PeerLink::Owner
  void OnLinkUp(PeerLink& link) override { connections.OnUp(link.expected()); }
  bool OnLinkFrame(PeerLink& link, ByteSpan body) override {
    return connections.OnFrame(link.expected(), body);
  }
  void OnLinkEnd(PeerLink& link, LinkEnd end) override {
    connections.OnEnd(MonotonicNow(), link.expected(), end);
  }

 private:
  boost::asio::io_context& io_;
  const PeerClientConfig config_;
  PeerContext& context_;

 public:
  PeerCounters counters;
  PeerConnections connections;
};

PeerClient::PeerClient(boost::asio::io_context& io, const PeerClientConfig& config,
                       PeerContext& context, PeerClientOwner& owner, Rng rng)
    : core_(std::make_shared<Core>(io, config, context, owner, rng)) {}

PeerClient::~PeerClient() { core_->connections.CloseAll(); }

void PeerClient::Send(TimePoint now, const MemberRecord& to, const PeerMessage& message) {
  core_->connections.Send(now, to, message);
}

const PeerCounters& PeerClient::counters() const { return core_->counters; }

}  // namespace vf
