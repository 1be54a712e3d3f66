#include "node/net/peer_server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <map>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "node/net/peer_link.h"
#include "node/replication/codec.h"
#include "node/replication/message_direction.h"

namespace vf {
namespace {

namespace asio = boost::asio;

// None, and the descriptor closed, if it is no TCP socket that this loop can take.
std::optional<PeerLink::Socket> Adopt(asio::io_context& io, int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    close(descriptor);
    return std::nullopt;
  }
  PeerLink::Socket socket(io);
  boost::system::error_code error;
  socket.assign(address.ss_family == AF_INET6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(),
                descriptor, error);
  if (error) {
    close(descriptor);
    return std::nullopt;
  }
  return socket;
}

}  // namespace

class PeerServer::Core final : public PeerLink::Owner, public std::enable_shared_from_this<Core> {
 public:
  Core(asio::io_context& io, const PeerServerConfig& config, PeerContext& context,
       PeerService& service)
      : io_(io), config_(config), context_(context), service_(service) {}

  void Stop() {
    for (auto& [link, held] : links_) held->Close();
    links_.clear();
    drained_ = nullptr;
  }

  void TakeOver(int descriptor, std::string_view first_bytes) {
    if (draining_ || links_.size() >= config_.max_links) {
      counters.refused_links.Add();
      if (!draining_) context_.LogProblem("links", "peer connection refused: too many are open");
      close(descriptor);
      return;
    }
    std::optional<PeerLink::Socket> socket = Adopt(io_, descriptor);
    if (!socket) {
      counters.refused_links.Add();
      return;
    }
    const auto link =
        std::make_shared<PeerLink>(io_, config_.link, context_, kNoMember, *this, counters);
    links_.emplace(link.get(), link);
    link->Accept(*std::move(socket), AsBytes(first_bytes));
  }

  void Drain(std::function<void()> done) {
    VF_CHECK(!draining_, "drained twice");
    draining_ = true;
    drained_ = std::move(done);
    for (auto& [link, held] : links_) held->Drain();
    if (links_.empty()) asio::post(io_, [self = shared_from_this()] { self->TellDrained(); });
  }

  void OnLinkUp(PeerLink&) override {}

  bool OnLinkFrame(PeerLink& link, ByteSpan body) override {
    std::optional<PeerMessage> message = DecodeFrame(body);
    if (!message) return false;
    const std::optional<PeerRequest> request = ToRequest(*std::move(message));
    if (!request) return false;
    std::optional<PeerReply> reply = service_.OnRequest(*request);
    if (!reply) return true;
    // It reads no request while the queue is half full, so there is room for the answer.
    const bool taken = link.Send(EncodeFrame(ToMessage(*std::move(reply))));
    VF_CHECK(taken, "no room for an answer");
    return true;
  }

  void OnLinkEnd(PeerLink& link, LinkEnd) override {
    links_.erase(&link);
    if (draining_ && links_.empty()) TellDrained();
  }

  bool MovesMembership() const override { return membership != nullptr && !draining_; }
  void OnLinkMoved(PeerLink& link, int socket, const PeerHello& theirs,
                   std::string received) override {
    links_.erase(&link);
    membership(socket, theirs, std::move(received));
    if (draining_ && links_.empty()) TellDrained();
  }

  std::size_t links() const { return links_.size(); }

  PeerCounters counters;
  MembershipHandler membership;

 private:
  void TellDrained() {
    if (const auto done = std::exchange(drained_, nullptr)) done();
  }

  asio::io_context& io_;
  const PeerServerConfig config_;
  PeerContext& context_;
  PeerService& service_;
  std::map<const PeerLink*, std::shared_ptr<PeerLink>> links_;
  bool draining_ = false;
  std::function<void()> drained_;
};

PeerServer::PeerServer(asio::io_context& io, const PeerServerConfig& config, PeerContext& context,
                       PeerService& service)
    : core_(std::make_shared<Core>(io, config, context, service)) {}

PeerServer::~PeerServer() { core_->Stop(); }

void PeerServer::TakeOver(int socket, std::string_view first_bytes) {
  core_->TakeOver(socket, first_bytes);
}

void PeerServer::SetMembershipHandler(MembershipHandler handler) {
  core_->membership = std::move(handler);
}

void PeerServer::Drain(std::function<void()> done) { core_->Drain(std::move(done)); }

std::size_t PeerServer::links() const { return core_->links(); }

const PeerCounters& PeerServer::counters() const { return core_->counters; }

}  // namespace vf
