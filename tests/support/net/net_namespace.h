// A network of its own inside this machine: addresses, ports, routes and packet filters that nobody
// else sees.
//
// It has no name. It lives as long as this object, the sockets opened and the processes started in
// it, so nothing of it outlasts the test, however that ends: the kernel takes its interfaces away
// with it.
// Thread: a thread is in one namespace at a time. What is opened or started there belongs to it for
// good and can be used from anywhere: enter, open the socket, leave.
// Needs root, and a kernel that lets it: see MayMakeNetworks().
#pragma once

#include <string>
#include <utility>

namespace vf {

// Whether this process may make networks. Where it is false a test skips itself; as root it is true
// always, and then whatever is missing is a failure.
bool MayMakeNetworks();

class NetNamespace {
 public:
  // Empty but for the loopback interface, which is up.
  NetNamespace();
  ~NetNamespace();
  NetNamespace(NetNamespace&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  NetNamespace& operator=(NetNamespace&&) = delete;

  // For `ip link set ... netns PATH`; good for other processes while this object lives.
  std::string path() const;

 private:
  friend class InsideNamespace;
  int fd_ = -1;
};

// The calling thread is in the namespace while this object lives, then back where it was.
class InsideNamespace {
 public:
  explicit InsideNamespace(const NetNamespace& target);
  ~InsideNamespace();
  InsideNamespace(const InsideNamespace&) = delete;
  InsideNamespace& operator=(const InsideNamespace&) = delete;

 private:
  int before_ = -1;
};

// Feeds `input` to a command of the shell, where the thread is. A command that fails is a fatal bug
// of the test; it has said why on stderr.
void FeedCommand(const std::string& command, const std::string& input);

}  // namespace vf
