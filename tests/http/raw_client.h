// A blocking client on loopback that sends exactly the bytes it is given.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vf {

struct RawResponse {
  int status = 0;
  std::string head;  // status line and fields, without the empty line
  std::string body;

  // The field's value; empty if it is absent. `name` as it is sent.
  std::string Field(std::string_view name) const;
  bool HasField(std::string_view name) const;
};

// Every wait ends after kPatience at the latest: what it waited for then counts as not there.
class RawClient {
 public:
  static constexpr std::chrono::seconds kPatience{20};

  // `receive_buffer`: bytes of the socket's receive buffer; 0: the system's choice.
  explicit RawClient(std::uint16_t port, int receive_buffer = 0);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return fd_ >= 0; }
  // Sends all of it; false if the other side does not take it.
  bool Send(std::string_view bytes);
  // Half-close: no more is sent.
  void EndSending();
  // RST in place of FIN.
  void Reset();

  // The next response; `head_only`: it answers a HEAD. None if the connection ends before it does.
  std::optional<RawResponse> Receive(bool head_only = false);
  std::optional<RawResponse> Ask(std::string_view request, bool head_only = false);
  // Status of the answer, 0 if there is none.
  int StatusOf(std::string_view request);

  // Reads until `bytes` have come or the other side closes.
  std::string ReceiveBytes(std::size_t bytes);
  // Whether the other side closes, and sends nothing before it does.
  bool ClosedByServer();
  // Received and not yet taken.
  const std::string& buffered() const { return buffer_; }

 private:
  bool Fill();

  int fd_ = -1;
  std::string buffer_;
};

}  // namespace vf
