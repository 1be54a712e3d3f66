// Makes the bytes of every response: cpp-httplib's process_request on a memory stream.
//
// The library gets a rebuilt head and nothing that a client sent: a constant path, `Connection`,
// and the method GET or HEAD. What the client asked for reaches the handlers beside the library,
// as values. So none of its parsers, regexes and limits ever sees a client's byte, while status
// lines, fields and their order are its own.
// (class HttpEndpoint: vf::Endpoint is an address.)
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "http/answer.h"
#include "http/operator_service.h"

namespace vf {

// Thread: one owner; one endpoint a data thread.
// Invariants: 1. 204 and 304 have no body and no Content-Length.
//             2. `Connection` says what the form says; `Keep-Alive` and `Accept-Ranges` are not
//                sent.
//             3. 503 has `Retry-After: 1`.
//             4. If anything is thrown, `out` is as it was.
class HttpEndpoint {
 public:
  // `operators` outlives the endpoint. `fast_answers`: whether http/fast_answer.h may be used; off
  // only where tests compare both ways.
  explicit HttpEndpoint(const OperatorService& operators, bool fast_answers = true);
  ~HttpEndpoint();

  // Appends a response. Throws only std::bad_alloc.
  void AppendAnswer(const Answer& answer, const AnswerForm& form, std::string& out);

  // Appends an operator page, but not kSafeToStop, and returns its status. `key`: for /replicas.
  // What the operator service throws becomes 503 (memory) or 500; the log has its text, the client
  // has not. Throws only std::bad_alloc.
  int AppendPage(Page page, std::string_view key, const AnswerForm& form, std::string& out);

 private:
  class Server;
  const bool fast_answers_;
  std::unique_ptr<Server> server_;
};

// A response with 500 or 503, no body and `Connection: close`, made without any library and with
// one small allocation at most: for when there is no memory left.
void AppendBareAnswer(int status, std::string& out);

}  // namespace vf
