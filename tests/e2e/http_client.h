// A small HTTP/1.1 client that shows the bytes as they are: what a test sends is what goes out.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/e2e/process.h"

namespace vf::e2e {

struct HttpResponse {
  int status = 0;                                   // 0: there was no answer
  std::multimap<std::string, std::string> headers;  // names in lower case
  std::string body;

  // The value of a header that occurs once; fails the test if it does not.
  std::string Header(const std::string& name) const;
  bool Has(const std::string& name) const { return headers.contains(name); }
};

// One answer at the front of a byte stream, as views into it.
struct AnswerView {
  int status = 0;
  std::string_view head;  // status line and fields, without the empty line
  std::string_view body;
  std::size_t size = 0;  // bytes of the whole answer
};

// The answer at the front of `bytes`; none while it is incomplete. `to_head`: it answers a HEAD, so
// it has no body. A malformed answer has status -1.
std::optional<AnswerView> ParseAnswer(std::string_view bytes, bool to_head);

// Letters, digits and "-._~" as they are, all other bytes as %XX.
std::string PercentEncode(std::string_view bytes);

// One connection. Not thread-safe.
class HttpConnection {
 public:
  // To `host`, an IPv4 address. `from`: a local address to bind to first, or empty.
  explicit HttpConnection(std::uint16_t port, const std::string& host = "127.0.0.1",
                          const std::string& from = "");
  ~HttpConnection();
  HttpConnection(HttpConnection&& other) noexcept;
  HttpConnection& operator=(HttpConnection&&) = delete;

  bool connected() const { return fd_ >= 0; }
  int fd() const { return fd_; }

  // All of it, or false once the peer has closed (or nothing moves until the deadline).
  bool Send(std::string_view bytes, Clock::duration timeout = seconds(20));
  // The next answer; none if the connection ends or the deadline passes first.
  std::optional<HttpResponse> Read(bool to_head = false, Clock::duration timeout = seconds(20));
  // Send, then read. Status 0 if there was no answer.
  HttpResponse Request(std::string_view method, std::string_view target, std::string_view body = {},
                       std::string_view more_headers = {});
  // Whether the peer closes within the time, and what came before that and was not read yet.
  struct End {
    bool closed = false;
    std::string rest;
  };
  End WaitForClose(Clock::duration timeout);
  // No more is sent; the peer sees the end of the stream.
  void CloseSendSide();
  // The next close of this side is a RST.
  void ResetOnClose();

 private:
  // Reads once; false at the end of the stream or the deadline.
  bool Fill(Clock::time_point deadline);

  int fd_ = -1;
  std::string buffer_;
  bool ended_ = false;
};

// One request on a connection of its own.
HttpResponse Request(std::uint16_t port, std::string_view method, std::string_view target,
                     std::string_view body = {}, std::string_view more_headers = {});

// The request's bytes as `Request` sends them.
std::string RequestBytes(std::string_view method, std::string_view target,
                         std::string_view body = {}, std::string_view more_headers = {});

}  // namespace vf::e2e
