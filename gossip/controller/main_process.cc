#include "gossip/controller/main_process.h"

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/os/clocks.h"
#include "base/os/entropy.h"
#include "base/os/log.h"
#include "base/os/signals.h"
#include "gossip/controller/controller.h"
#include "gossip/controller/main_memory.h"
#include "gossip/controller/main_pages.h"
#include "gossip/folder/member_file_writer.h"
#include "gossip/folder/member_folder.h"
#include "gossip/udp/cluster_key_file.h"
#include "gossip/udp/gossip_options.h"
#include "gossip/udp/gossip_thread.h"
#include "gossip/udp/self_record.h"
#include "http/listener.h"
#include "operator/member_log.h"
#include "operator/member_rows.h"

namespace vf {
namespace {

namespace asio = boost::asio;

constexpr Duration kDrainLimit = seconds(1);
// A free port of UDP may be taken in TCP: another one is picked, so often.
constexpr int kPortTries = 16;
// No key is stored here, so no request needs a large body.
constexpr std::uint64_t kMaxBodyBytes = 1 << 20;

ListenerConfig HttpConfig(const Endpoint& bind) {
  ListenerConfig config;
  config.bind = bind;
  config.framer.max_body_bytes = kMaxBodyBytes;
  return config;
}

void LogRemembered(const MemberFolder& folder) {
  std::size_t living = 0;
  for (const RememberedMember& member : folder.file().remembered.members) {
    if (member.record.IsLive()) ++living;
  }
  if (living == 0) return;
  LogInfo(folder.path() + " names " + std::to_string(living) +
          " members; asking them for the cluster as it is now");
}

}  // namespace

struct ControllerProcess::Parts {
  // `own_folder`: null, if nothing is kept.
  Parts(const CommonOptions& given, std::shared_ptr<const MemberFolder> own_folder,
        UdpSocket socket, GossipOptions gossip_options);
  ~Parts() { StopThreads(); }

  GossipHandlers Handlers();
  void OnMembership(const SharedMembership& membership);
  void OnRefused(const std::string& text, bool ends_process);
  void StartThreads();
  void StopThreads();
  void RunHttp();

  const CommonOptions options;
  const std::shared_ptr<const MemberFolder> folder;
  const bool has_somebody_to_ask;
  std::optional<MemberFileWriter> member_file;
  GossipThread gossip;
  ControllerPages pages;
  HttpShared http_shared{16 * kMaxBodyBytes};
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  Listener listener;
  std::thread http_thread;

  // The gossip thread's alone.
  MemberLog member_log;
  LogLimiter log_limiter;
  BurstMemory burst_memory{gossip};

  mutable std::mutex mutex;
  absl::Status refusal;             // guarded by mutex
  std::vector<HostPort> rejoin_at;  // guarded by mutex
};

ControllerProcess::Parts::Parts(const CommonOptions& given,
                                std::shared_ptr<const MemberFolder> own_folder, UdpSocket socket,
                                GossipOptions gossip_options)
    : options(given),
      folder(std::move(own_folder)),
      has_somebody_to_ask(!given.contacts.empty() ||
                          gossip_options.remembered.foundation.IsFounded()),
      gossip(std::move(socket), std::move(gossip_options), Handlers()),
      pages(gossip, options, MonotonicNow()),
      listener(io, HttpConfig(options.bind.WithPort(gossip.port())), options.allow, nullptr, pages,
               http_shared) {
  pages.SetHttpMetrics(&listener.metrics());
  // No data here: whoever speaks the peer protocol speaks to the membership.
  listener.SetPeerHandler([this](int fd, std::string received, const Endpoint&) {
    gossip.TakeOver(fd, std::move(received));
  });
  if (folder) {
    const auto write = [path = folder->path()](ByteSpan bytes) {
      return WriteFileAtomically(path, bytes);
    };
    member_file.emplace(MemberFile(folder->file()), SwimConfig().tombstone_age, write);
    pages.SetMemberFile(&*member_file);
  }
}

GossipHandlers ControllerProcess::Parts::Handlers() {
  GossipHandlers handlers;
  handlers.on_membership = [this](const SharedMembership& m) { OnMembership(m); };
  handlers.on_refused = [this](const std::string& text, bool ends_process) {
    OnRefused(text, ends_process);
  };
  handlers.on_identity_lost = [this](const std::string& text,
                                     const std::vector<Endpoint>& members) {
    LogError(text);
    const std::lock_guard lock(mutex);
    rejoin_at = AsContacts(members);
    RequestStop();
  };
  return handlers;
}

// On the gossip thread. The HTTP side listens since before that thread began.
void ControllerProcess::Parts::OnMembership(const SharedMembership& shared) {
  if (member_file) member_file->Put(shared);
  const MembershipSnapshot& membership = *shared;
  const TimePoint now = MonotonicNow();
  burst_memory.OnChange(now);
  for (const std::string& line : member_log.Changes(now, membership)) LogInfo(line);
  if (pages.stage() != ControllerStage::kJoining) return;
  if (!ControllerMayServe(membership, has_somebody_to_ask)) return;
  pages.SetStage(ControllerStage::kServing);
  gossip.SetPhase(Phase::kReady, {});
  LogInfo("vfcontroller is ready: http://" + SelfOf(membership).endpoint.ToString());
}

void ControllerProcess::Parts::OnRefused(const std::string& text, bool ends_process) {
  if (!ends_process) {
    if (log_limiter.Allow(MonotonicNow(), text)) LogWarn(text);
    return;
  }
  const std::lock_guard lock(mutex);
  refusal = absl::FailedPreconditionError(text);
  RequestStop();
}

void ControllerProcess::Parts::StartThreads() {
  http_thread = std::thread([this] { RunHttp(); });
  gossip.Start();
}

void ControllerProcess::Parts::RunHttp() {
  for (;;) {
    try {
      io.run();
      return;
    } catch (const std::exception& error) {
      LogError(std::string("http: ") + error.what());
    }
  }
}

void ControllerProcess::Parts::StopThreads() {
  if (!http_thread.joinable()) return;
  pages.SetStage(ControllerStage::kLeaving);
  gossip.Leave(LeaveKind::kStopped);
  asio::post(io, [this] {
    listener.Drain(kDrainLimit, [this] {
      work.reset();
      io.stop();
    });
  });
  gossip.Stop();
  if (member_file) member_file->Stop();
  http_thread.join();
}

ControllerProcess::ControllerProcess(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
ControllerProcess::~ControllerProcess() = default;

absl::StatusOr<std::unique_ptr<ControllerProcess>> ControllerProcess::Start(
    const CommonOptions& options, MemberFolder::Id id) {
  const auto key_file = ReadClusterKeyFile(options.cluster_key_file);
  if (!key_file.ok()) return key_file.status();
  if (!key_file->warning.empty()) LogWarn(key_file->warning);
  std::shared_ptr<MemberFolder> folder;
  if (!options.data_dir.empty()) {
    auto opened = MemberFolder::Open(options, kRoleController, id);
    if (!opened.ok()) return opened.status();
    folder = std::make_shared<MemberFolder>(*std::move(opened));
    LogRemembered(*folder);
  }
  for (int tries = 1;; ++tries) {
    auto socket = UdpSocket::Open(options.bind.WithPort(options.port), options.allow);
    if (!socket.ok()) return socket.status();
    auto gossip_options =
        MakeGossipOptions(options, folder ? folder->NewSelf() : NewSelfRecord(kRoleController),
                          key_file->keys, socket->port(), Entropy64());
    if (!gossip_options.ok()) return gossip_options.status();
    if (folder) gossip_options->remembered = folder->file().remembered;
    auto parts =
        std::make_unique<Parts>(options, folder, *std::move(socket), *std::move(gossip_options));
    const absl::Status listening = parts->listener.Start();
    if (listening.ok()) {
      if (folder) folder->Forget();
      parts->StartThreads();
      return std::unique_ptr<ControllerProcess>(new ControllerProcess(std::move(parts)));
    }
    if (options.port != 0 || tries == kPortTries) return listening;
  }
}

void ControllerProcess::Stop() {
  LogInfo("stopping");
  parts_->StopThreads();
}

std::vector<HostPort> ControllerProcess::rejoin_at() const {
  const std::lock_guard lock(parts_->mutex);
  return parts_->rejoin_at;
}

absl::Status ControllerProcess::refusal() const {
  const std::lock_guard lock(parts_->mutex);
  return parts_->refusal;
}

}  // namespace vf
