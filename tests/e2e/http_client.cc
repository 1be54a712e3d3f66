#include "tests/e2e/http_client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "base/check.h"

namespace vf::e2e {
namespace {

int Milliseconds(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000'000));
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

// Calls `field(name, value)` for each field of a head.
template <typename Function>
void ForEachField(std::string_view head, Function field) {
  std::size_t at = head.find("\r\n");
  while (at != std::string_view::npos) {
    const std::size_t begin = at + 2;
    at = head.find("\r\n", begin);
    const auto line = head.substr(begin, at == std::string_view::npos ? at : at - begin);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    auto value = line.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    field(line.substr(0, colon), value);
  }
}

constexpr std::string_view kContentLength = "content-length";

bool IsContentLength(std::string_view name) {
  return name.size() == kContentLength.size() &&
         std::equal(name.begin(), name.end(), kContentLength.begin(),
                    [](char a, char b) { return (a | 0x20) == (b | 0x20); });
}

}  // namespace

std::string HttpResponse::Header(const std::string& name) const {
  EXPECT_EQ(headers.count(name), 1u) << name;
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

std::optional<AnswerView> ParseAnswer(std::string_view bytes, bool to_head) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  AnswerView answer{.status = -1, .head = bytes.substr(0, end), .body = {}, .size = end + 4};
  if (!answer.head.starts_with("HTTP/1.1 ") || answer.head.size() < 12) return answer;
  int status = 0;
  const char* digits = answer.head.data() + 9;
  if (std::from_chars(digits, digits + 3, status).ptr != digits + 3) return answer;
  answer.status = status;
  if (to_head || status == 204 || status == 304 || status / 100 == 1) return answer;
  std::size_t length = 0;
  ForEachField(answer.head, [&](std::string_view name, std::string_view value) {
    if (IsContentLength(name)) std::from_chars(value.data(), value.data() + value.size(), length);
  });
  if (bytes.size() - answer.size < length) return std::nullopt;
  answer.body = bytes.substr(answer.size, length);
  answer.size += length;
  return answer;
}

std::string PercentEncode(std::string_view bytes) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 &&
        (std::isalnum(byte) != 0 || std::string_view("-._~").find(c) != std::string_view::npos)) {
      text.push_back(c);
    } else {
      text += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return text;
}

HttpConnection::HttpConnection(std::uint16_t port, const std::string& host,
                               const std::string& from) {
  const auto address_of = [](const std::string& text, std::uint16_t number) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(number);
    VF_CHECK(inet_pton(AF_INET, text.c_str(), &address.sin_addr) == 1, "not an IPv4 address");
    return address;
  };
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  VF_CHECK(fd_ >= 0, "socket");
  if (!from.empty()) {
    const auto local = address_of(from, 0);
    VF_CHECK(bind(fd_, reinterpret_cast<const sockaddr*>(&local), sizeof local) == 0, "bind");
  }
  const auto remote = address_of(host, port);
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&remote), sizeof remote) != 0) {
    close(fd_);
    fd_ = -1;
    return;
  }
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

HttpConnection::HttpConnection(HttpConnection&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), buffer_(std::move(other.buffer_)), ended_(other.ended_) {}

HttpConnection::~HttpConnection() {
  if (fd_ >= 0) close(fd_);
}

bool HttpConnection::Send(std::string_view bytes, Clock::duration timeout) {
  const auto deadline = Clock::now() + timeout;
  while (fd_ >= 0 && !bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      pollfd writable{fd_, POLLOUT, 0};
      if (poll(&writable, 1, Milliseconds(deadline)) <= 0) return false;
    } else {
      return false;
    }
  }
  return fd_ >= 0;
}

bool HttpConnection::Fill(Clock::time_point deadline) {
  if (fd_ < 0 || ended_) return false;
  pollfd readable{fd_, POLLIN, 0};
  if (poll(&readable, 1, Milliseconds(deadline)) <= 0) return false;
  char chunk[65536];
  const ssize_t got = recv(fd_, chunk, sizeof chunk, 0);
  if (got <= 0) {
    ended_ = true;
    return false;
  }
  buffer_.append(chunk, static_cast<std::size_t>(got));
  return true;
}

std::optional<HttpResponse> HttpConnection::Read(bool to_head, Clock::duration timeout) {
  const auto deadline = Clock::now() + timeout;
  for (;;) {
    if (const auto answer = ParseAnswer(buffer_, to_head)) {
      HttpResponse response;
      response.status = answer->status;
      response.body = answer->body;
      ForEachField(answer->head, [&](std::string_view name, std::string_view value) {
        response.headers.emplace(LowerCase(name), value);
      });
      buffer_.erase(0, answer->size);
      return response;
    }
    if (!Fill(deadline)) return std::nullopt;
  }
}

HttpResponse HttpConnection::Request(std::string_view method, std::string_view target,
                                     std::string_view body, std::string_view more_headers) {
  if (!Send(RequestBytes(method, target, body, more_headers))) {
    // The peer may have answered before it closed.
    return Read(method == "HEAD", milliseconds(200)).value_or(HttpResponse{});
  }
  return Read(method == "HEAD").value_or(HttpResponse{});
}

HttpConnection::End HttpConnection::WaitForClose(Clock::duration timeout) {
  const auto deadline = Clock::now() + timeout;
  while (Fill(deadline)) {
  }
  return {ended_ || fd_ < 0, std::exchange(buffer_, {})};
}

void HttpConnection::CloseSendSide() { shutdown(fd_, SHUT_WR); }

void HttpConnection::ResetOnClose() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

std::string RequestBytes(std::string_view method, std::string_view target, std::string_view body,
                         std::string_view more_headers) {
  std::string bytes;
  bytes.reserve(method.size() + target.size() + body.size() + more_headers.size() + 64);
  bytes.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: fog\r\n");
  bytes.append(more_headers);
  if (!body.empty() || method == "POST" || method == "PUT") {
    bytes.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  }
  bytes.append("\r\n").append(body);
  return bytes;
}

HttpResponse Request(std::uint16_t port, std::string_view method, std::string_view target,
                     std::string_view body, std::string_view more_headers) {
  HttpConnection connection(port);
  return connection.Request(method, target, body, more_headers);
}

}  // namespace vf::e2e
