// One client's connection: reads, frames, runs and answers its requests in order.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/endpoint.h"
#include "http/connection_context.h"
#include "http/framer.h"
#include "http/outbox.h"
#include "http/target.h"

namespace vf {

// Thread: the listener's. Held by its pending Asio handlers and KvService callbacks; the context
// lists it while it is open.
// Invariants: 1. At most one operation is under way; while it is, nothing is read or framed.
//             2. Unanswered input is at most one scratch buffer, unsent output at most
//                max_output_bytes and one answer.
//             3. An idle connection holds no buffer of more than kIdleBytes.
//             4. Once closed (by either side, or by Abort) it touches neither socket nor context.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  static constexpr std::size_t kFirstReadBytes = 512;
  static constexpr std::size_t kIdleBytes = 1024;

  // `socket`: open, non-blocking.
  Connection(std::shared_ptr<ConnectionContext> context, Socket socket, const Endpoint& remote);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void Start();
  void CheckDeadline(TimePoint now);
  // With context.idle_dismissed set: ends now if nothing has been asked, else with the next answer.
  void Dismiss();
  // Closes at once.
  void Abort() noexcept { Close(); }

 private:
  enum class Phase : std::uint8_t { kFirstByte, kHttp, kLingering, kClosed };

  // Runs a handler; what it throws ends the connection and nothing else.
  template <typename Handler>
  void Guard(Handler handler) noexcept {
    try {
      handler();
    } catch (...) {
      EndByException();
    }
  }
  void EndByException() noexcept;
  // Says what is caught just now, if it is a bug and no lack of memory.
  static void LogCaught() noexcept;

  void StartReading();
  void WaitWritable();
  void OnRead(const boost::system::error_code& error, std::size_t bytes);
  bool OnInput(const boost::system::error_code& error, std::string_view input, std::size_t room);
  void OnEndOfInput();
  void OnFirstBytes(std::string_view input);
  void HandToPeerHandler(std::string_view input);

  bool TakesRequests() const;
  void Pump(std::string_view input);
  void KeepUnread(std::string_view input);
  void FollowStage();
  void Resume();

  // A request, from what it asks for to its answer (connection_requests.cc).
  void OnRequest();
  void OnContinue();
  void StartOperation(Target target, HttpRequest& request);
  void CallService(Target& target, std::string value);
  void OnResult(const KvResult& result);
  void StartCommand(const Target& target, const HttpRequest& request);
  std::function<void(const CommandResult&)> ExpectCommandResult(const char* when_late);
  void OnCommandResult(const CommandResult& result);
  void Respond(const Answer& answer);
  void RespondRefusal(const Refusal& refusal);
  void RespondPage(const Target& target);
  void FinishRequest(int status);
  template <typename Append>
  int AppendSafely(Append append);

  bool Flush();
  bool IsIdle() const;
  void Proceed();
  void StartLingering();
  void Close() noexcept;
  void Leave() noexcept;
  void CloseBecause(ConnectionEnd end) noexcept;
  std::size_t UnsentBytes() const { return outbox_.UnsentBytes(); }

  const std::shared_ptr<ConnectionContext> context_;
  std::optional<Socket> socket_;  // none once closed
  const Endpoint remote_;
  std::size_t index_ = 0;  // in context_->open

  Phase phase_ = Phase::kFirstByte;
  bool pumping_ = false;      // Pump is on the stack
  bool operating_ = false;    // an operation of the KvService is under way
  bool last_answer_ = false;  // nothing after what is in outbox_, or under way
  bool reading_ = false;      // a read of Asio into first_ is pending
  bool wait_write_ = false;   // a wait of Asio is pending
  bool resume_posted_ = false;
  std::uint8_t first_line_bytes_ = 0;  // of an empty line before the first request

  RequestFramer framer_;
  RequestFramer::Stage stage_ = RequestFramer::Stage::kIdle;
  TimePoint stage_since_;

  std::array<char, kFirstReadBytes> first_;
  std::string unread_;  // received, not yet framed; from unread_at_
  std::size_t unread_at_ = 0;
  Outbox outbox_;

  // Of the request under way.
  Operation operation_ = Operation::kRefused;
  AnswerForm form_;
  std::string if_none_match_;
  std::shared_ptr<boost::asio::steady_timer> command_timer_;  // while a command is under way
  BodyLease lease_;
  TimePoint started_;
};

}  // namespace vf
