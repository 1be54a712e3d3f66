#include "tests/http/raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace vf {

std::string RawResponse::Field(std::string_view name) const {
  const std::string needle = "\r\n" + std::string(name) + ": ";
  const std::size_t at = head.find(needle);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + needle.size();
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

bool RawResponse::HasField(std::string_view name) const {
  return head.find("\r\n" + std::string(name) + ": ") != std::string::npos;
}

RawClient::RawClient(std::uint16_t port, int receive_buffer) {
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return;
  if (receive_buffer != 0) {
    setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
  }
  const timeval patience{static_cast<time_t>(kPatience.count()), 0};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    close(fd_);
    fd_ = -1;
  }
}

RawClient::~RawClient() {
  if (fd_ >= 0) close(fd_);
}

bool RawClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawClient::EndSending() { shutdown(fd_, SHUT_WR); }

void RawClient::Reset() {
  const linger now{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  close(fd_);
  fd_ = -1;
}

bool RawClient::Fill() {
  char bytes[65536];
  const ssize_t received = recv(fd_, bytes, sizeof(bytes), 0);
  if (received <= 0) return false;
  buffer_.append(bytes, static_cast<std::size_t>(received));
  return true;
}

std::optional<RawResponse> RawClient::Receive(bool head_only) {
  std::size_t end;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!Fill()) return std::nullopt;
  }
  RawResponse response;
  response.head = buffer_.substr(0, end);
  buffer_.erase(0, end + 4);
  if (response.head.substr(0, 9) != "HTTP/1.1 ") return std::nullopt;
  response.status = std::atoi(response.head.c_str() + 9);
  const bool has_body =
      !head_only && response.status != 204 && response.status != 304 && response.status != 100;
  if (has_body) {
    const std::string length = response.Field("Content-Length");
    if (length.empty()) return std::nullopt;
    response.body = ReceiveBytes(std::strtoull(length.c_str(), nullptr, 10));
  }
  return response;
}

std::optional<RawResponse> RawClient::Ask(std::string_view request, bool head_only) {
  Send(request);  // an early refusal may stop the other side from taking all of it
  return Receive(head_only);
}

int RawClient::StatusOf(std::string_view request) {
  const auto response = Ask(request);
  return response ? response->status : 0;
}

std::string RawClient::ReceiveBytes(std::size_t bytes) {
  while (buffer_.size() < bytes && Fill()) {
  }
  const std::size_t taken = std::min(bytes, buffer_.size());
  std::string result = buffer_.substr(0, taken);
  buffer_.erase(0, taken);
  return result;
}

bool RawClient::ClosedByServer() {
  if (!buffer_.empty()) return false;
  char byte;
  const ssize_t received = recv(fd_, &byte, 1, 0);
  return received == 0 || (received < 0 && errno == ECONNRESET);
}

}  // namespace vf
