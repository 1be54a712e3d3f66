#include "http/endpoint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/http/fake_services.h"

namespace vf {
namespace {

constexpr Version kVersion{0x0123456789abcdef};

std::string Bytes(const Answer& answer, const AnswerForm& form, bool fast) {
  const FakeOperators operators;
  HttpEndpoint endpoint(operators, fast);
  std::string out = "before";
  endpoint.AppendAnswer(answer, form, out);
  EXPECT_EQ(out.substr(0, 6), "before");
  return out.substr(6);
}

Answer Value(std::string_view value) {
  Answer answer;
  answer.version = kVersion;
  answer.value = value;
  return answer;
}

Answer Stored() {
  Answer answer;
  answer.version = kVersion;
  return answer;
}

Answer Status(int status, std::string_view text = {}) {
  Answer answer;
  answer.status = status;
  answer.text = text;
  return answer;
}

const AnswerForm kKeep;

TEST(EndpointTest, AValue) {
  EXPECT_EQ(Bytes(Value("hello"), kKeep, false),
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: application/octet-stream\r\n"
            "ETag: \"0123456789abcdef\"\r\n\r\nhello");
}

TEST(EndpointTest, H26_NoContentHasNoBodyAndNoLength) {
  EXPECT_EQ(Bytes(Status(204), kKeep, false), "HTTP/1.1 204 No Content\r\n\r\n");
  Answer not_modified = Stored();
  not_modified.status = 304;
  EXPECT_EQ(Bytes(not_modified, kKeep, false),
            "HTTP/1.1 304 Not Modified\r\nETag: \"0123456789abcdef\"\r\n\r\n");
}

TEST(EndpointTest, StoredHasAnEmptyBody) {
  EXPECT_EQ(Bytes(Stored(), kKeep, false),
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: \"0123456789abcdef\"\r\n\r\n");
}

TEST(EndpointTest, HeadHasTheLengthAndNoBody) {
  EXPECT_EQ(Bytes(Value("hello"), AnswerForm{true, Persistence::kClose}, true),
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n"
            "Content-Type: application/octet-stream\r\nETag: \"0123456789abcdef\"\r\n\r\n");
  EXPECT_EQ(Bytes(Status(404, "no"), AnswerForm{true, Persistence::kKeep}, true),
            "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\nContent-Type: text/plain\r\n\r\n");
}

TEST(EndpointTest, PersistenceIsSaidWhereTheClientNeedsIt) {
  EXPECT_NE(Bytes(Stored(), AnswerForm{false, Persistence::kKeepOld}, false)
                .find("Connection: keep-alive\r\n"),
            std::string::npos);
  EXPECT_NE(
      Bytes(Stored(), AnswerForm{false, Persistence::kClose}, false).find("Connection: close\r\n"),
      std::string::npos);
}

TEST(EndpointTest, RefusalsAreOneLineOfText) {
  EXPECT_EQ(Bytes(Status(503, "joining"), kKeep, true),
            "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 8\r\nContent-Type: text/plain\r\n"
            "Retry-After: 1\r\n\r\njoining\n");
  Answer refused = Status(405, "no");
  refused.allow = "GET, HEAD";
  EXPECT_EQ(Bytes(refused, kKeep, true),
            "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\nContent-Length: 3\r\n"
            "Content-Type: text/plain\r\n\r\nno\n");
}

TEST(EndpointTest, EveryStatusHasItsReason) {
  for (const auto& [status, reason] :
       std::vector<std::pair<int, std::string>>{{400, "Bad Request"},
                                                {408, "Request Timeout"},
                                                {411, "Length Required"},
                                                {413, "Payload Too Large"},
                                                {414, "URI Too Long"},
                                                {417, "Expectation Failed"},
                                                {431, "Request Header Fields Too Large"},
                                                {500, "Internal Server Error"},
                                                {501, "Not Implemented"},
                                                {505, "HTTP Version Not Supported"},
                                                {507, "Insufficient Storage"}}) {
    EXPECT_EQ(Bytes(Status(status, "x"), kKeep, true)
                  .find("HTTP/1.1 " + std::to_string(status) + " " + reason + "\r\n"),
              0u)
        << status;
  }
}

// The fast answers against the library's, over all kinds, forms and many lengths.
TEST(FastAnswerTest, BytesAreThoseOfTheLibrary) {
  std::string all_bytes;
  for (int c = 0; c < 256; ++c) all_bytes.push_back(static_cast<char>(c));
  std::vector<std::string> values = {"", "a", "\r\n\r\n", all_bytes, std::string(3, '\0')};
  for (const std::size_t size : {9u, 10u, 99u, 100u, 8191u, 8192u, 8193u, 16384u, 1'000'000u}) {
    values.emplace_back(size, 'x');
  }
  std::vector<Answer> answers = {Stored(), Status(204), Status(404, "x"), Status(503, "y")};
  for (const std::string& value : values) answers.push_back(Value(value));
  for (const std::uint64_t version : {std::uint64_t{0}, std::uint64_t{1}, UINT64_MAX}) {
    answers.push_back(Stored());
    answers.back().version = Version{version};
  }
  for (const Answer& answer : answers) {
    for (const bool head : {false, true}) {
      for (const auto persistence :
           {Persistence::kKeep, Persistence::kKeepOld, Persistence::kClose}) {
        const AnswerForm form{head, persistence};
        ASSERT_EQ(Bytes(answer, form, true), Bytes(answer, form, false));
      }
    }
  }
}

std::string Page(const FakeOperators& operators, vf::Page page, int want_status,
                 std::string_view key = {}, bool head = false) {
  HttpEndpoint endpoint(operators);
  std::string out;
  EXPECT_EQ(endpoint.AppendPage(page, key, AnswerForm{head, Persistence::kKeep}, out), want_status);
  return out;
}

TEST(EndpointTest, H27_ExceptionsOfPagesTellTheClientNothing) {
  FakeOperators operators;
  operators.throws = true;
  const std::string failed = Page(operators, Page::kMembers, 500);
  EXPECT_EQ(failed.find("secret"), std::string::npos);
  EXPECT_EQ(failed.find("EXCEPTION"), std::string::npos);
  EXPECT_NE(failed.find("\r\n\r\ninternal error\n"), std::string::npos);
  operators = FakeOperators();
  operators.throws_int = true;
  Page(operators, Page::kMembers, 500);
  operators = FakeOperators();
  operators.out_of_memory = true;
  EXPECT_NE(Page(operators, Page::kMembers, 503).find("Retry-After: 1\r\n"), std::string::npos);
}

TEST(EndpointTest, BareAnswersAreWholeResponses) {
  for (const int status : {500, 503}) {
    std::string out;
    AppendBareAnswer(status, out);
    EXPECT_EQ(out.find("HTTP/1.1 " + std::to_string(status)), 0u);
    EXPECT_NE(out.find("Content-Length: 0\r\n"), std::string::npos);
    EXPECT_EQ(out.substr(out.size() - 4), "\r\n\r\n");
  }
}

}  // namespace
}  // namespace vf
