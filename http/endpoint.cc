#include "http/endpoint.h"

#include <httplib.h>

#include <exception>
#include <new>

#include "base/check.h"
#include "base/os/clocks.h"
#include "base/os/log.h"
#include "http/fast_answer.h"
#include "http/memory_stream.h"
#include "http/pages.h"

#ifndef CPPHTTPLIB_OPENSSL_SUPPORT
#error "compile with the flags of pkg-config cpp-httplib: class layouts differ from the library's"
#endif
static_assert(std::string_view(CPPHTTPLIB_VERSION) == "0.11.4",
              "the rules of this file were read in the source of 0.11.4: read the new one first");

namespace vf {
namespace {

// Only the library sees this path; a client's path never gets here.
constexpr char kAnswerPath[] = "/answer";

std::string Line(std::string_view text) { return std::string(text) + "\n"; }

}  // namespace

class HttpEndpoint::Server final : public httplib::Server {
 public:
  explicit Server(const OperatorService& operators) {
    Get(kAnswerPath, [this](const httplib::Request&, httplib::Response& response) {
      FillAnswer(*answer_, response);
    });
    InstallPages(*this, operators, key_);
    set_exception_handler([this](const httplib::Request&, httplib::Response& response,
                                 std::exception_ptr error) { FillFailure(error, response); });
    set_post_routing_handler(
        [this](const httplib::Request&, httplib::Response& response) { FinishFields(response); });
  }

  int Run(std::string_view path, std::string_view key, const Answer* answer, const AnswerForm& form,
          std::string& out) {
    answer_ = answer;
    form_ = form;
    path_ = path;
    key_ = key;
    const std::size_t size_before = out.size();
    try {
      std::string head = form.head ? "HEAD " : "GET ";
      head.append(path).append(" HTTP/1.1\r\nConnection: ");
      head.append(form.persistence == Persistence::kClose ? "close" : "keep-alive");
      head.append("\r\n\r\n");
      MemoryStream stream(head, out);
      bool closed = false;
      bool accepted = false;
      process_request(stream, false, closed, [&accepted](httplib::Request&) { accepted = true; });
      VF_CHECK(accepted, "cpp-httplib refuses a head that this file made");
    } catch (...) {
      out.resize(size_before);
      throw;
    }
    return status_;
  }

 private:
  void FillAnswer(const Answer& answer, httplib::Response& response) const {
    response.status = answer.status;
    if (answer.version) response.set_header("ETag", "\"" + answer.version->Hex() + "\"");
    if (!answer.allow.empty()) response.set_header("Allow", std::string(answer.allow));
    if (answer.value) {
      // The answer to a HEAD needs the length alone, not a copy of the value.
      if (form_.head) {
        response.set_header("Content-Length", std::to_string(answer.value->size()));
      } else {
        response.body.assign(*answer.value);
      }
      response.set_header("Content-Type", "application/octet-stream");
    } else if (!answer.text.empty()) {
      response.set_content(Line(answer.text), "text/plain");
    }
    if (answer.status == 503) response.set_header("Retry-After", "1");
  }

  void FillFailure(const std::exception_ptr& error, httplib::Response& response) {
    response.headers.clear();
    response.body.clear();
    try {
      std::rethrow_exception(error);
    } catch (const std::bad_alloc&) {
      FillAnswer(Answer{503, {}, {}, "out of memory; try again", {}}, response);
      return;
    } catch (const std::exception& thrown) {
      LogFailure(thrown.what());
    } catch (...) {
      LogFailure("something that is no std::exception");
    }
    FillAnswer(Answer{500, {}, {}, "internal error", {}}, response);
  }

  void LogFailure(std::string_view what) {
    if (log_limiter_.Allow(MonotonicNow(), path_)) {
      LogError("http: " + std::string(path_) + " threw: " + std::string(what));
    }
  }

  void FinishFields(httplib::Response& response) {
    status_ = response.status;
    response.headers.erase("Keep-Alive");
    response.headers.erase("Accept-Ranges");
    if (status_ == 204 || status_ == 304) response.headers.erase("Content-Length");
    if (form_.persistence == Persistence::kKeepOld) {
      response.set_header("Connection", "keep-alive");
    }
  }

  // Of the one call of Run that is under way.
  const Answer* answer_ = nullptr;
  AnswerForm form_;
  std::string_view path_;
  std::string key_;
  int status_ = 0;

  LogLimiter log_limiter_;
};

HttpEndpoint::HttpEndpoint(const OperatorService& operators, bool fast_answers)
    : fast_answers_(fast_answers), server_(std::make_unique<Server>(operators)) {}

HttpEndpoint::~HttpEndpoint() = default;

void HttpEndpoint::AppendAnswer(const Answer& answer, const AnswerForm& form, std::string& out) {
  if (fast_answers_ && AppendFastAnswer(answer, form, out)) return;
  server_->Run(kAnswerPath, {}, &answer, form, out);
}

int HttpEndpoint::AppendPage(Page page, std::string_view key, const AnswerForm& form,
                             std::string& out) {
  return server_->Run(PagePath(page), key, nullptr, form, out);
}

void AppendBareAnswer(int status, std::string& out) {
  constexpr std::string_view kNoMemory =
      "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n"
      "Retry-After: 1\r\n\r\n";
  constexpr std::string_view kBug =
      "HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
  out.append(status == 503 ? kNoMemory : kBug);
}

}  // namespace vf
