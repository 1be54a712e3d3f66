#include "http/connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <new>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/os/clocks.h"
#include "base/os/log.h"

namespace vf {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;
using Socket = Connection::Socket;

constexpr char kPeerProtocol = '\xF6';

// Then the other connections of the thread have their turn.
constexpr int kRequestsPerTurn = 128;
constexpr int kReadsPerTurn = 8;

bool IsLetter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

bool WouldBlock(const ErrorCode& error) {
  return error == asio::error::would_block || error == asio::error::try_again ||
         error == asio::error::interrupted;
}

void LogBug(std::string_view what) noexcept {
  try {
    thread_local LogLimiter limiter;
    if (limiter.Allow(MonotonicNow(), what)) LogError("http: exception: " + std::string(what));
  } catch (const std::exception&) {
    // No memory for a line of log: the counter of the connection's end still tells.
  }
}

}  // namespace

Connection::Connection(std::shared_ptr<ConnectionContext> context, Socket socket,
                       const Endpoint& remote)
    : context_(std::move(context)),
      socket_(std::move(socket)),
      remote_(remote),
      framer_(context_->framer_limits),
      stage_since_(MonotonicNow()) {
  index_ = context_->open.size();
  context_->open.push_back(this);
  context_->shared->connections.fetch_add(1, std::memory_order_relaxed);
  context_->metrics.accepted.Add();
}

Connection::~Connection() { Close(); }

void Connection::LogCaught() noexcept {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    // Nothing to say it with.
  } catch (const std::exception& error) {
    LogBug(error.what());
  } catch (...) {
    LogBug("something that is no std::exception");
  }
}

void Connection::EndByException() noexcept {
  LogCaught();
  pumping_ = false;
  CloseBecause(ConnectionEnd::kError);
}

void Connection::Start() {
  Guard([this] { StartReading(); });
}

// --- Reading ------------------------------------------------------------------------------------

// Reads into a buffer of its own that holds a usual request. (Waiting for readiness would need no
// buffer, but costs a call of epoll_ctl each time, which is dearer than the read that Asio tries
// first.) What is larger follows through the shared scratch buffer.
void Connection::StartReading() {
  if (reading_) return;
  reading_ = true;
  socket_->async_read_some(asio::buffer(first_),
                           [self = shared_from_this()](const ErrorCode& error, std::size_t bytes) {
                             self->reading_ = false;
                             if (self->phase_ == Phase::kClosed) return;
                             self->Guard([&] { self->OnRead(error, bytes); });
                           });
}

void Connection::OnRead(const ErrorCode& first_error, std::size_t first_bytes) {
  bool more = OnInput(first_error, std::string_view(first_.data(), first_bytes), first_.size());
  for (int reads = 0; more && reads < kReadsPerTurn; ++reads) {
    ErrorCode error;
    std::vector<char>& scratch = context_->scratch;
    const std::size_t bytes = socket_->read_some(asio::buffer(scratch), error);
    more = OnInput(error, std::string_view(scratch.data(), bytes), scratch.size());
  }
  Proceed();
}

// The result of one read into a buffer of `room` bytes. True if there may be more to read now.
bool Connection::OnInput(const ErrorCode& error, std::string_view input, std::size_t room) {
  if (WouldBlock(error)) return false;
  if (error == asio::error::eof) {
    OnEndOfInput();
    return false;
  }
  if (error) {
    Close();
    return false;
  }
  context_->metrics.bytes_received.Add(input.size());
  switch (phase_) {
    case Phase::kFirstByte:
      OnFirstBytes(input);
      break;
    case Phase::kHttp:
      Pump(input);
      break;
    case Phase::kLingering:
      break;  // dropped
    case Phase::kClosed:
      return false;
  }
  if (input.size() < room) return false;
  return phase_ == Phase::kLingering || (TakesRequests() && unread_.empty());
}

// The client will send no more. What it has asked for is still answered (it may have closed one
// direction only); a request that it has not finished is dropped.
void Connection::OnEndOfInput() {
  if (phase_ != Phase::kHttp || UnsentBytes() == 0) return Close();
  last_answer_ = true;
}

void Connection::OnFirstBytes(std::string_view input) {
  constexpr std::string_view kEmptyLine = "\r\n";
  if (input.front() == kPeerProtocol && first_line_bytes_ == 0) return HandToPeerHandler(input);
  while (!input.empty() && first_line_bytes_ < kEmptyLine.size() &&
         input.front() == kEmptyLine[first_line_bytes_]) {
    ++first_line_bytes_;
    input.remove_prefix(1);
  }
  if (input.empty()) return;
  if (first_line_bytes_ == 1 || !IsLetter(input.front())) {
    return CloseBecause(ConnectionEnd::kNotHttp);
  }
  phase_ = Phase::kHttp;
  Pump(input);
}

void Connection::HandToPeerHandler(std::string_view input) {
  if (!context_->peer_handler || context_->draining) {
    return CloseBecause(ConnectionEnd::kNotHttp);
  }
  std::string received(input);
  ErrorCode error;
  const int fd = socket_->release(error);
  if (error) return Close();
  context_->metrics.peers.Add();
  Leave();  // not counted as closed: it lives on elsewhere
  context_->peer_handler(fd, std::move(received), remote_);
}

// --- Framing ------------------------------------------------------------------------------------

bool Connection::TakesRequests() const {
  return phase_ == Phase::kHttp && !operating_ && !last_answer_ &&
         UnsentBytes() < context_->max_output_bytes;
}

// Frames and runs the requests in `input`, which follows what was framed before, until an operation
// takes time, the output is full, or a turn is over. What is left is kept.
void Connection::Pump(std::string_view input) {
  VF_CHECK(!pumping_, "requests run one after another");
  pumping_ = true;
  int turn = kRequestsPerTurn;
  while (!input.empty() && TakesRequests() && turn > 0) {
    const FrameResult result = framer_.Feed(AsBytes(input));
    input.remove_prefix(result.consumed);
    FollowStage();
    switch (result.kind) {
      case FrameResult::Kind::kNeedMore:
        if (result.send_continue) OnContinue();
        break;
      case FrameResult::Kind::kRequest:
        --turn;
        OnRequest();
        break;
      case FrameResult::Kind::kRefused:
        operation_ = Operation::kRefused;
        form_ = AnswerForm{framer_.is_head(), Persistence::kClose};
        RespondRefusal(framer_.refusal());
        break;
    }
  }
  pumping_ = false;
  KeepUnread(input);
}

void Connection::KeepUnread(std::string_view input) {
  if (phase_ != Phase::kHttp || last_answer_) input = {};
  if (input.empty()) {
    unread_.clear();
    unread_at_ = 0;
  } else if (unread_.empty()) {
    unread_.assign(input);
    unread_at_ = 0;
  } else {
    // `input` is the rest of unread_.
    unread_at_ = unread_.size() - input.size();
  }
}

// A stage's deadline runs from its beginning, whatever comes in between.
void Connection::FollowStage() {
  const RequestFramer::Stage stage = framer_.stage();
  if (stage == stage_) return;
  stage_ = stage;
  stage_since_ = MonotonicNow();
}

// Goes on with what was received earlier.
void Connection::Resume() {
  if (phase_ == Phase::kClosed || pumping_) return;
  if (!unread_.empty() && TakesRequests()) Pump(std::string_view(unread_).substr(unread_at_));
  Proceed();
}

// --- Writing, and what comes next ---------------------------------------------------------------

void Connection::WaitWritable() {
  if (wait_write_) return;
  wait_write_ = true;
  socket_->async_wait(Socket::wait_write, [self = shared_from_this()](const ErrorCode& error) {
    self->wait_write_ = false;
    if (self->phase_ == Phase::kClosed) return;
    self->Guard([&] { error ? self->Close() : self->Resume(); });
  });
}

// Sends what the socket takes. False if the connection ended with it.
bool Connection::Flush() {
  const std::uint64_t before = outbox_.sent_in_all();
  const Outbox::Flushed flushed = outbox_.Flush(*socket_);
  context_->metrics.bytes_sent.Add(outbox_.sent_in_all() - before);
  if (flushed == Outbox::Flushed::kBlocked) WaitWritable();
  if (flushed == Outbox::Flushed::kError) Close();
  return flushed != Outbox::Flushed::kError;
}

// Nothing is under way but, perhaps, a head that has not come whole.
bool Connection::IsIdle() const {
  return !operating_ && UnsentBytes() == 0 && unread_.empty() &&
         stage_ != RequestFramer::Stage::kBody;
}

// Sends, and arms whatever must wake this connection next. Called at the end of every turn.
void Connection::Proceed() {
  if (phase_ == Phase::kClosed || pumping_) return;
  const bool was_full = UnsentBytes() >= context_->max_output_bytes;
  if (!Flush()) return;
  if (last_answer_ && !operating_ && UnsentBytes() == 0 && phase_ == Phase::kHttp) {
    return StartLingering();
  }
  if (phase_ == Phase::kHttp && !TakesRequests()) return;
  const bool idle = IsIdle();
  if (idle && context_->idle_dismissed && phase_ != Phase::kLingering) return StartLingering();
  // The time in which it was not allowed to send more is not the client's.
  if (was_full) stage_since_ = MonotonicNow();
  if (!unread_.empty()) {
    if (resume_posted_) return;
    resume_posted_ = true;
    asio::post(socket_->get_executor(), [self = shared_from_this()] {
      self->resume_posted_ = false;
      if (self->phase_ != Phase::kClosed) self->Guard([&] { self->Resume(); });
    });
    return;
  }
  if (idle && stage_ == RequestFramer::Stage::kIdle) {
    if (framer_.BufferBytes() > kIdleBytes) framer_.Clear();
    outbox_.ShrinkTo(kIdleBytes);
    if (unread_.capacity() > kIdleBytes) unread_ = std::string();
  }
  StartReading();
}

// Closing a socket with unread bytes resets the connection, and the client might never see the
// answer. So the client is told that this was all, and gets a moment to read it and close.
void Connection::StartLingering() {
  phase_ = Phase::kLingering;
  stage_ = RequestFramer::Stage::kIdle;
  stage_since_ = MonotonicNow();
  framer_.Clear();
  outbox_.Clear();
  unread_ = std::string();
  ErrorCode error;
  socket_->shutdown(Socket::shutdown_send, error);
  if (error) return Close();
  StartReading();
}

void Connection::CheckDeadline(TimePoint now) {
  const HttpDeadlines& deadlines = context_->deadlines;
  if (phase_ == Phase::kClosed) return;
  if (UnsentBytes() > 0) {
    if (outbox_.Stalled(*socket_, now, deadlines.write)) CloseBecause(ConnectionEnd::kSlowReader);
    return;
  }
  if (operating_ || !unread_.empty()) return;
  const Duration waited = now - stage_since_;
  if (phase_ == Phase::kLingering) {
    if (waited >= deadlines.linger) Close();
    return;
  }
  switch (stage_) {
    case RequestFramer::Stage::kIdle:
      if (waited >= deadlines.idle) CloseBecause(ConnectionEnd::kIdle);
      return;
    case RequestFramer::Stage::kHead:
    case RequestFramer::Stage::kBody:
      break;
  }
  const bool in_head = stage_ == RequestFramer::Stage::kHead;
  if (waited < (in_head ? deadlines.head : deadlines.body)) return;
  Guard([&] {
    operation_ = Operation::kRefused;
    form_ = AnswerForm{framer_.is_head(), Persistence::kClose};
    RespondRefusal({408,
                    in_head ? "the head of the request came too slowly"
                            : "the body of the request came too slowly",
                    {}});
    Proceed();
  });
}

void Connection::Dismiss() {
  if (phase_ == Phase::kClosed || phase_ == Phase::kLingering || !IsIdle()) return;
  // A request that is in the socket already has been accepted.
  ErrorCode error;
  if (socket_->available(error) == 0 || error) Close();
}

void Connection::CloseBecause(ConnectionEnd end) noexcept {
  if (phase_ == Phase::kClosed) return;
  context_->metrics.CountEnd(end);
  Close();
}

void Connection::Close() noexcept {
  if (phase_ == Phase::kClosed) return;
  context_->metrics.closed.Add();
  Leave();
}

void Connection::Leave() noexcept {
  phase_ = Phase::kClosed;
  socket_.reset();
  lease_.Release();
  framer_.Clear();
  outbox_.Clear();
  // unread_ stays: it may be what Pump is reading.
  context_->shared->connections.fetch_sub(1, std::memory_order_relaxed);
  context_->open.back()->index_ = index_;
  context_->open[index_] = context_->open.back();
  context_->open.pop_back();
}

}  // namespace vf
