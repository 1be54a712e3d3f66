// Cuts a byte stream into HTTP/1.1 requests, strictly. Pure: no socket, no clock.
//
// Everything that a client can get wrong about the form of a request ends here, before a library
// sees a byte of it: only the method, the target, the decoded body and four facts of the head
// leave this file. What the target means is http/target.h.
//
// Strictness (each rule closes a way in which two readers could see different requests):
//   request line and fields end with CRLF; a bare CR, bare LF, NUL or other control byte, a folded
//   line, a space before the colon and an empty name are refused; one Host with HTTP/1.1; one
//   all-digit Content-Length or `Transfer-Encoding: chunked`, never both; chunk sizes of 1 to 16
//   hex digits. One empty line before a request is skipped.
// Sources: RFC 9112 sections 2.2, 3, 5, 6.1 to 6.3, 7.1; RFC 9110 section 10.1.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "http/body_budget.h"
#include "http/method.h"
#include "http/refusal.h"

namespace vf {

struct FramerLimits {
  std::size_t max_head_bytes = 16 * 1024;  // request line, fields and their line ends
  std::size_t max_line_bytes = 8192;       // request line, and each field; without CRLF
  std::size_t max_fields = 100;
  std::uint64_t max_body_bytes = std::uint64_t{16} << 20;  // decoded
  std::size_t max_chunk_line_bytes = 1024;                 // size and extensions of one chunk
  std::size_t max_chunk_extension_bytes = 8192;            // of all chunks of a request
  std::size_t max_trailer_bytes = 8192;                    // dropped, but counted
  // The shared memory for bodies; none: no bound but max_body_bytes. Outlives the framer.
  BodyBudget* body_budget = nullptr;
};

struct HttpRequest {
  Method method = Method::kGet;
  std::string target;  // as it came: printable ASCII and bytes from 0x80, not empty
  int minor_version = 1;
  bool keep_alive = true;
  bool conditional = false;    // If-Match, If-Unmodified-Since, or If-None-Match
  bool content_range = false;  // asks for a partial write
  std::string if_none_match;   // all such fields, joined with ", "; empty if none
  std::string body;            // POST and PUT; others' bodies are read and dropped
  BodyLease lease;             // the body's share of the budget
};

struct FrameResult {
  enum class Kind : std::uint8_t { kNeedMore, kRequest, kRefused };
  Kind kind = Kind::kNeedMore;
  std::size_t consumed = 0;  // bytes of the input; the rest belongs to the next request
  // With kNeedMore, at most once a request: the head is accepted, the client waits for the answer
  // "100 Continue" before it sends the body.
  bool send_continue = false;
};

// Thread: none of its own; one framer a connection.
// Invariants: 1. After a refusal every call gives the same refusal.
//             2. Input split anywhere gives the same requests and refusals.
//             3. No more than the limits is ever stored, and a limit that is passed is refused at
//                that byte, not at the end of the line.
//             4. A body too large by its declared length is refused before any of it is read.
class RequestFramer {
 public:
  enum class Stage : std::uint8_t { kIdle, kHead, kBody };

  explicit RequestFramer(const FramerLimits& limits);

  // `input`: the bytes that follow those consumed so far. Each byte is looked at once or twice,
  // whatever the splits. Errors: none but kRefused; throws only std::bad_alloc.
  FrameResult Feed(ByteSpan input);

  // After kRequest, until the next Feed; may be moved from. With send_continue: the head is
  // complete, the body empty.
  HttpRequest& request() { return request_; }

  // After kRefused. The connection must close behind this answer.
  const Refusal& refusal() const { return refusal_; }

  // Whether the request that is being read, or was refused, is a HEAD: its answer has no body.
  bool is_head() const { return method_known_ && request_.method == Method::kHead; }

  // kIdle: nothing of a next request has come.
  Stage stage() const;

  // Forgets whatever has come, a refusal too, and frees every buffer and lease.
  void Clear();

  // Bytes of memory in buffers that Clear would free.
  std::size_t BufferBytes() const;

 private:
  enum class State : std::uint8_t {
    kStart,  // before the request line
    kRequestLine,
    kFields,
    kBody,
    kChunkSize,
    kChunkData,
    kChunkEnd,
    kTrailers,
    kComplete,
    kRefused,
  };
  enum class Coding : std::uint8_t { kNone, kChunked, kUnknown, kFaulty };

  void Reset();
  bool InLine() const;
  std::size_t FeedLine(std::string_view input);
  std::size_t FeedBody(std::string_view input);
  bool FitsLimits(std::size_t line_bytes, std::size_t content_bytes);
  void OnLine(std::string_view line);
  void OnRequestLine(std::string_view line);
  void OnField(std::string_view line);
  void OnContentLength(std::string_view value);
  void OnTransferEncoding(std::string_view value);
  void OnConnection(std::string_view value);
  void OnHeadComplete();
  void OnChunkSize(std::string_view line);
  bool KeepsBody() const;
  bool AppendBody(std::string_view bytes);
  void Refuse(int status, std::string_view text);
  void RefuseFields();
  void RefuseTooLarge();

  const FramerLimits limits_;
  State state_ = State::kStart;
  HttpRequest request_;
  Refusal refusal_;
  std::string line_;  // the part of a line that came with earlier input

  bool skipped_empty_line_ = false;
  bool method_known_ = false;
  bool expects_continue_ = false;
  bool expectation_unknown_ = false;
  bool connection_close_ = false;
  bool connection_keep_alive_ = false;
  bool awaiting_body_ = false;  // head just accepted, no byte of the body seen
  bool has_length_ = false;
  bool host_seen_ = false;
  bool coding_seen_ = false;
  Coding coding_ = Coding::kNone;
  std::size_t section_bytes_ = 0;  // of the head or of the trailers, complete lines
  std::size_t fields_ = 0;
  std::size_t extension_bytes_ = 0;
  std::uint64_t length_ = 0;      // declared
  std::uint64_t remaining_ = 0;   // of the body, or of the chunk
  std::uint64_t body_bytes_ = 0;  // decoded so far, kept or not
};

}  // namespace vf
