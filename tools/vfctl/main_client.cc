#include "tools/vfctl/main_client.h"

#include <absl/status/status.h>
#include <httplib.h>

#include <chrono>
#include <exception>
#include <string_view>

#include "tools/vfctl/options.h"

#ifndef CPPHTTPLIB_OPENSSL_SUPPORT
#error "compile with the flags of pkg-config cpp-httplib: class layouts differ from the library's"
#endif

namespace vf::ctl {
namespace {

absl::Status Failed(const HostPort& node, std::string_view what) {
  return absl::UnavailableError(node.ToString() + ": " + std::string(what));
}

absl::Status Failed(const HostPort& node, httplib::Error error, std::string_view stopped) {
  switch (error) {
    case httplib::Error::Connection:
    case httplib::Error::ConnectionTimeout:
      return Failed(node, "cannot connect; is a node running there? (--node HOST:PORT)");
    case httplib::Error::Canceled:
      return Failed(node, stopped);
    case httplib::Error::Read:
      return Failed(node, "no whole HTTP answer came; is this a Velour Fog node?");
    default:
      return Failed(node, "the request failed (" + httplib::to_string(error) + ")");
  }
}

}  // namespace

absl::StatusOr<NodeAnswer> AskNode(const HostPort& node, const std::string& method,
                                   const std::string& target, const AskLimits& limits) try {
  httplib::Client client(node.host, node.port);
  client.set_url_encode(false);  // `target` is encoded already.
  client.set_follow_location(false);
  client.set_decompress(false);
  client.set_connection_timeout(limits.connect);
  client.set_read_timeout(limits.silence);
  client.set_write_timeout(limits.silence);

  const auto started = std::chrono::steady_clock::now();
  NodeAnswer answer;
  std::string_view stopped = "the answer was given up";
  httplib::Request request;
  request.method = method;
  request.path = target;
  request.headers = {{"Host", node.ToString()}, {"User-Agent", "vfctl"}, {"Connection", "close"}};
  request.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
    if (answer.body.size() + size > kMaxAnswerBytes) {
      stopped = "the answer is longer than any of Velour Fog";
      return false;
    }
    if (std::chrono::steady_clock::now() - started > limits.whole) {
      stopped = "the answer did not end in time";
      return false;
    }
    answer.body.append(data, size);
    return true;
  };
  const httplib::Result result = client.send(request);
  if (!result) return Failed(node, result.error(), stopped);
  answer.status = result->status;
  return answer;
} catch (const std::exception& error) {
  return Failed(node, error.what());
}

}  // namespace vf::ctl
