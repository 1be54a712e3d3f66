// An httplib::Stream over two buffers: a request to read, a response to append to.
#pragma once

#include <httplib.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

namespace vf {

// Thread: that of the call to process_request. Never blocks, has no socket and no addresses.
class MemoryStream final : public httplib::Stream {
 public:
  // Both outlive the stream.
  MemoryStream(std::string_view request, std::string& response)
      : request_(request), response_(response) {}

  bool is_readable() const override { return !request_.empty(); }
  bool is_writable() const override { return true; }
  ssize_t read(char* out, std::size_t size) override {
    const std::size_t taken = std::min(size, request_.size());
    std::memcpy(out, request_.data(), taken);
    request_.remove_prefix(taken);
    return static_cast<ssize_t>(taken);
  }
  ssize_t write(const char* bytes, std::size_t size) override {
    response_.append(bytes, size);
    return static_cast<ssize_t>(size);
  }
  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    ip.clear();
    port = 0;
  }
  void get_local_ip_and_port(std::string& ip, int& port) const override {
    ip.clear();
    port = 0;
  }
  socket_t socket() const override { return INVALID_SOCKET; }

 private:
  std::string_view request_;
  std::string& response_;
};

}  // namespace vf
