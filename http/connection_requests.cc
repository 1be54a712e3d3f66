// Connection: a request, from what it asks for to its answer. See connection.h.
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/os/clocks.h"
#include "http/connection.h"

namespace vf {
namespace {

namespace asio = boost::asio;

// A command of the operator that takes longer is answered with 503.
constexpr Duration kCommandLimit = seconds(2);

// RFC 9110 section 13.2.1 wants conditions on writes evaluated, and section 14.5 wants a partial
// PUT refused: neither exists here, and storing anyway would lose data that the client protects.
std::optional<Refusal> CheckWriteFields(const HttpRequest& request) {
  if (request.conditional) return Refusal{501, "conditional writes are not served", {}};
  if (request.content_range)
    return Refusal{400, "partial writes (Content-Range) are not served", {}};
  return std::nullopt;
}

}  // namespace

// --- What it asks for ---------------------------------------------------------------------------

void Connection::OnContinue() {
  const HttpRequest& request = framer_.request();
  const Target target = context_->Parse(request);
  if (target.operation == Operation::kRefused) {
    // Before the body, which then has no place on the connection.
    operation_ = Operation::kRefused;
    form_ = AnswerForm{framer_.is_head(), Persistence::kClose};
    return RespondRefusal(target.refusal);
  }
  outbox_.buffer() += "HTTP/1.1 100 Continue\r\n\r\n";
}

void Connection::OnRequest() {
  HttpRequest& request = framer_.request();
  started_ = MonotonicNow();
  stage_ = RequestFramer::Stage::kIdle;
  stage_since_ = started_;
  Target target = context_->Parse(request);
  operation_ = target.operation;
  form_.head = request.method == Method::kHead;
  form_.persistence = !request.keep_alive || context_->draining ? Persistence::kClose
                      : request.minor_version == 0              ? Persistence::kKeepOld
                                                                : Persistence::kKeep;
  switch (operation_) {
    case Operation::kRefused:
      return RespondRefusal(target.refusal);
    case Operation::kPage:
      if (target.page != Page::kSafeToStop) return RespondPage(target);
      return context_->operators.AskSafeToStop(
          ExpectCommandResult("no answer within 2 s: this process is busy"));
    case Operation::kForget:
    case Operation::kLeave:
      return StartCommand(target, request);
    case Operation::kPut:
    case Operation::kDelete:
      if (const auto refusal = CheckWriteFields(request)) return RespondRefusal(*refusal);
      return StartOperation(std::move(target), request);
    case Operation::kGet:
      return StartOperation(std::move(target), request);
  }
}

void Connection::StartOperation(Target target, HttpRequest& request) {
  operating_ = true;
  if_none_match_ = std::move(request.if_none_match);
  lease_ = std::move(request.lease);
  Answer failure{500, {}, {}, "internal error", {}};
  try {
    return CallService(target, std::move(request.body));
  } catch (const std::bad_alloc&) {
    failure = Answer{503, {}, {}, "out of memory; the outcome is unknown", {}};
  } catch (...) {
    LogCaught();
  }
  if (!operating_) return;  // it had answered before it threw
  // The last answer: a callback that comes later must not be taken for another operation's.
  form_.persistence = Persistence::kClose;
  Respond(failure);
}

void Connection::CallService(Target& target, std::string value) {
  auto done = [self = shared_from_this()](const KvResult& result) { self->OnResult(result); };
  switch (operation_) {
    case Operation::kGet:
      return context_->kv->Get(target.key, target.get_options, std::move(done));
    case Operation::kPut:
      return context_->kv->Put(target.key, std::move(value), target.write_options, std::move(done));
    case Operation::kDelete:
      return context_->kv->Delete(target.key, target.write_options, std::move(done));
    case Operation::kPage:
    case Operation::kForget:
    case Operation::kLeave:
    case Operation::kRefused:
      break;
  }
  VF_CHECK(false, "no operation of the service");
}

void Connection::OnResult(const KvResult& result) {
  if (phase_ == Phase::kClosed || !operating_) return;
  Guard([&] {
    Respond(MakeAnswer(operation_, result, if_none_match_));
    Resume();
  });
}

// --- Commands -----------------------------------------------------------------------------------

void Connection::StartCommand(const Target& target, const HttpRequest& request) {
  if (const auto refusal = CheckWriteFields(request)) return RespondRefusal(*refusal);
  if (target.operation == Operation::kLeave) {
    return context_->operators.Leave(
        ExpectCommandResult("no answer within 2 s; the outcome is unknown, see /status"));
  }
  context_->operators.Forget(
      target.member_id,
      ExpectCommandResult("no answer within 2 s; the outcome is unknown, see /members"));
}

// What is to be called with the result of a command; `when_late` is the answer without one. The
// timer holds this connection while the command is under way; whoever carries it out, on another
// thread, does not.
std::function<void(const CommandResult&)> Connection::ExpectCommandResult(const char* when_late) {
  auto timer = std::make_shared<asio::steady_timer>(socket_->get_executor());
  timer->expires_after(kCommandLimit);
  timer->async_wait(
      [self = shared_from_this(), timer, when_late](const boost::system::error_code& error) {
        if (error || self->command_timer_ != timer) return;
        // The last answer: the true one must not be taken for that of another command.
        self->form_.persistence = Persistence::kClose;
        self->OnCommandResult({503, when_late});
      });
  operating_ = true;
  command_timer_ = std::move(timer);
  return
      [weak = weak_from_this(), executor = socket_->get_executor()](const CommandResult& result) {
        asio::post(executor, [weak, result] {
          if (const auto self = weak.lock()) self->OnCommandResult(result);
        });
      };
}

void Connection::OnCommandResult(const CommandResult& result) {
  if (command_timer_ == nullptr) return;
  command_timer_->cancel();
  command_timer_.reset();
  if (phase_ == Phase::kClosed) return;
  Guard([&] {
    Respond(MakeAnswer(result));
    Resume();
  });
}

// --- Answers ------------------------------------------------------------------------------------

// Calls `append(out)` and returns what it returns. Without memory for it, the answer becomes a
// bare 503 and the connection's last.
template <typename Append>
int Connection::AppendSafely(Append append) {
  std::string& out = outbox_.buffer();
  const std::size_t size_before = out.size();
  try {
    return append(out);
  } catch (const std::bad_alloc&) {
    out.resize(size_before);
    form_.persistence = Persistence::kClose;
    AppendBareAnswer(503, out);
    return 503;
  }
}

void Connection::Respond(const Answer& answer) {
  if (ClosesConnection(answer.status) || context_->draining) {
    form_.persistence = Persistence::kClose;
  }
  const int status = AppendSafely([&](std::string& out) {
    context_->endpoint.AppendAnswer(answer, form_, out);
    return answer.status;
  });
  FinishRequest(status);
}

void Connection::RespondRefusal(const Refusal& refusal) {
  context_->metrics.CountRefusal(refusal.status);
  Respond(MakeAnswer(refusal));
}

void Connection::RespondPage(const Target& target) {
  const int status = AppendSafely([&](std::string& out) {
    return context_->endpoint.AppendPage(target.page, target.key, form_, out);
  });
  FinishRequest(status);
}

void Connection::FinishRequest(int status) {
  const TimePoint now = MonotonicNow();
  context_->metrics.CountRequest(operation_, status);
  if (operation_ != Operation::kRefused) {
    context_->metrics.durations[static_cast<std::size_t>(operation_)].Observe(
        (now - started_).count());
  }
  operating_ = false;
  lease_.Release();
  if (form_.persistence == Persistence::kClose) last_answer_ = true;
  stage_since_ = now;
}

}  // namespace vf
