#include "http/framer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vf {
namespace {

constexpr char kHost[] = "Host: h\r\n";

// Feeds all of `input` in one piece, as often as needed for one request.
FrameResult FeedOnce(RequestFramer& framer, std::string_view input) {
  return framer.Feed(AsBytes(input));
}

int StatusOf(std::string_view input, const FramerLimits& limits = {}) {
  RequestFramer framer(limits);
  const FrameResult result = FeedOnce(framer, input);
  return result.kind == FrameResult::Kind::kRefused ? framer.refusal().status : 0;
}

std::string Post(std::string_view fields, std::string_view body = "") {
  return "POST /k HTTP/1.1\r\n" + std::string(kHost) + std::string(fields) + "\r\n" +
         std::string(body);
}

std::string Chunked(std::string_view body) { return Post("Transfer-Encoding: chunked\r\n", body); }

// The bodies of all requests in `input`; "refused STATUS" last if one is refused.
std::vector<std::string> Bodies(std::string_view input, const FramerLimits& limits = {}) {
  RequestFramer framer(limits);
  std::vector<std::string> bodies;
  while (!input.empty()) {
    const FrameResult result = FeedOnce(framer, input);
    input.remove_prefix(result.consumed);
    if (result.kind == FrameResult::Kind::kRequest) bodies.push_back(framer.request().body);
    if (result.kind == FrameResult::Kind::kNeedMore) break;
    if (result.kind == FrameResult::Kind::kRefused) {
      bodies.push_back("refused " + std::to_string(framer.refusal().status));
      break;
    }
  }
  return bodies;
}

using Texts = std::vector<std::string>;

TEST(FramerTest, GivesMethodTargetAndBody) {
  RequestFramer framer{FramerLimits{}};
  const auto result = FeedOnce(framer, Post("Content-Length: 5\r\n", "hello"));
  ASSERT_EQ(result.kind, FrameResult::Kind::kRequest);
  EXPECT_EQ(framer.request().method, Method::kPost);
  EXPECT_EQ(framer.request().target, "/k");
  EXPECT_EQ(framer.request().body, "hello");
  EXPECT_TRUE(framer.request().keep_alive);
}

TEST(FramerTest, LeavesWhatFollowsForTheNextRequest) {
  RequestFramer framer{FramerLimits{}};
  const std::string first = Post("Content-Length: 5\r\n", "hello");
  const auto result = FeedOnce(framer, first + "GET / HTTP/1.1\r\n");
  EXPECT_EQ(result.consumed, first.size());
  EXPECT_EQ(framer.stage(), RequestFramer::Stage::kIdle);
}

TEST(FramerTest, StageFollowsTheRequest) {
  RequestFramer framer{FramerLimits{}};
  EXPECT_EQ(framer.stage(), RequestFramer::Stage::kIdle);
  FeedOnce(framer, "P");
  EXPECT_EQ(framer.stage(), RequestFramer::Stage::kHead);
  FeedOnce(framer, "OST /k HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(framer.stage(), RequestFramer::Stage::kBody);
  FeedOnce(framer, "ab");
  EXPECT_EQ(framer.stage(), RequestFramer::Stage::kIdle);
}

TEST(FramerTest, H1_RefusesBentRequestLines) {
  for (const std::string line :
       {"GET  / HTTP/1.1\r\n", "GET /  HTTP/1.1\r\n", "GET\t/ HTTP/1.1\r\n", "GET /\tHTTP/1.1\r\n",
        "GET / HTTP/1.1 \r\n", " GET / HTTP/1.1\r\n", "GET / HTTP/1.1\n", "GET /\rHTTP/1.1\r\n",
        "GET / HTTP/1.1\r\r\n", "GET /\r\n", "GET HTTP/1.1\r\n", "GET / http/1.1\r\n",
        "GET / HTTP/1.10\r\n", "GET / HTTP/11\r\n", "GET / HTTP/1.2\r\n", "GET /a\x7f HTTP/1.1\r\n",
        "G(T / HTTP/1.1\r\n", "\n", "\r\n\r\n"}) {
    EXPECT_EQ(StatusOf(line + kHost + "\r\n"), 400) << line;
  }
  EXPECT_EQ(StatusOf(std::string("GET /a\0b HTTP/1.1\r\n", 20) + kHost + "\r\n"), 400);
}

TEST(FramerTest, H1_NeverMakesTwoRequestsOfOne) {
  EXPECT_EQ(Bodies("GET / HTTP/1.1\nHost: h\n\nPOST /evil HTTP/1.1\r\nHost: h\r\n"
                   "Content-Length: 1\r\n\r\nx"),
            (Texts{"refused 400"}));
}

TEST(FramerTest, RefusesOtherVersionsAndMethods) {
  EXPECT_EQ(StatusOf("GET / HTTP/2.0\r\n"), 505);
  EXPECT_EQ(StatusOf("GET / HTTP/0.9\r\n"), 505);
  EXPECT_EQ(StatusOf("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
  EXPECT_EQ(StatusOf("BREW / HTTP/1.1\r\n"), 501);
  EXPECT_EQ(StatusOf("get / HTTP/1.1\r\n"), 501);
}

TEST(FramerTest, H2_ServesTheLongestLegalKeyAndRefusesLongerLinesAtOnce) {
  std::string key;
  for (int i = 0; i < 2048; ++i) key += "%41";
  EXPECT_EQ(StatusOf("GET /get/?key=" + key + " HTTP/1.1\r\n" + kHost + "\r\n"), 0);
  for (const std::size_t bytes : {8193u, 65536u, 10'000'000u}) {
    RequestFramer framer{FramerLimits{}};
    const std::string target(bytes, 'a');
    EXPECT_EQ(FeedOnce(framer, "GET /" + target).kind, FrameResult::Kind::kRefused);
    EXPECT_EQ(framer.refusal().status, 414);
  }
  // Exactly the limit: 8,192 bytes of request line.
  const std::string line = "GET /" + std::string(8192 - 14, 'a') + " HTTP/1.1";
  ASSERT_EQ(line.size(), 8192u);
  EXPECT_EQ(StatusOf(line + "\r\n" + kHost + "\r\n"), 0);
}

TEST(FramerTest, H4_RefusesAHeadWithoutEndAtItsLimit) {
  RequestFramer framer{FramerLimits{}};
  FeedOnce(framer, "GET / HTTP/1.1\r\nHost: h\r\nx: ");
  std::size_t fed = 28;
  while (FeedOnce(framer, "aaaaaaa").kind == FrameResult::Kind::kNeedMore) fed += 7;
  EXPECT_EQ(framer.refusal().status, 431);
  EXPECT_LE(fed, 16u * 1024);
}

TEST(FramerTest, H4_RefusesAHeadOfManyLongFields) {
  std::string head = "GET / HTTP/1.1\r\n" + std::string(kHost);
  for (int i = 0; i < 3; ++i) head += "x: " + std::string(8000, 'a') + "\r\n";
  EXPECT_EQ(StatusOf(head), 431);
}

TEST(FramerTest, H5_RefusesThe101stField) {
  for (const int extra : {99, 100, 10'000}) {
    std::string head = "GET / HTTP/1.1\r\n" + std::string(kHost);
    for (int i = 0; i < extra; ++i) head += "a:b\r\n";
    EXPECT_EQ(StatusOf(head + "\r\n"), extra == 99 ? 0 : 431) << extra;
  }
}

TEST(FramerTest, H12_BodiesAreOpaque) {
  std::string body = "GET /evil HTTP/1.1\r\nHost: h\r\n\r\n";
  for (int c = 0; c < 256; ++c) body.push_back(static_cast<char>(c));
  const std::string length = "Content-Length: " + std::to_string(body.size()) + "\r\n";
  EXPECT_EQ(Bodies(Post(length, body)), (Texts{body}));
}

TEST(FramerTest, H13_AValueNeedsALength) {
  EXPECT_EQ(StatusOf(Post("")), 411);
  EXPECT_EQ(StatusOf("PUT /k HTTP/1.1\r\n" + std::string(kHost) + "\r\n"), 411);
  EXPECT_EQ(StatusOf("DELETE /k HTTP/1.1\r\n" + std::string(kHost) + "\r\n"), 0);
}

TEST(FramerTest, H14_RefusesLengthsThatAreNotOneNumber) {
  for (const std::string length : {"-1", "+5", "0x10", "10abc", "5, 6", "5, 5", "", "5 5", "1e3"}) {
    EXPECT_EQ(StatusOf(Post("Content-Length: " + length + "\r\n", "aaaaa")), 400) << length;
  }
  EXPECT_EQ(StatusOf(Post("Content-Length: 18446744073709551616\r\n")), 413);
  EXPECT_EQ(StatusOf(Post("Content-Length: 18446744073709551620\r\n")), 413);
  EXPECT_EQ(StatusOf(Post("Content-Length: " + std::string(400, '9') + "\r\n")), 413);
  EXPECT_EQ(Bodies(Post("Content-Length: " + std::string(1000, '0') + "2\r\n", "ab")),
            (Texts{"ab"}));
}

TEST(FramerTest, H15_RefusesTwoWaysToFrame) {
  EXPECT_EQ(StatusOf(Post("Content-Length: 1\r\nContent-Length: 1\r\n", "a")), 400);
  EXPECT_EQ(StatusOf(Post("Content-Length: 1\r\ncontent-length: 2\r\n", "a")), 400);
  EXPECT_EQ(StatusOf(Post("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", "a")), 400);
  EXPECT_EQ(StatusOf(Post("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n", "a")), 400);
  EXPECT_EQ(StatusOf(Post("Transfer-Encoding: xchunked\r\n")), 501);
  EXPECT_EQ(StatusOf(Post("Transfer-Encoding: gzip, chunked\r\n")), 501);
  EXPECT_EQ(StatusOf(Post("Transfer-Encoding: identity\r\n")), 501);
  EXPECT_EQ(StatusOf(Post("Transfer-Encoding : chunked\r\n")), 400);
  EXPECT_EQ(StatusOf(Post("Transfer-Encoding:\r\n")), 400);
  EXPECT_EQ(StatusOf(Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")), 400);
  EXPECT_EQ(StatusOf(Post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n")), 400);
}

TEST(FramerTest, H16_DecodesChunksAndDropsExtensionsAndTrailers) {
  EXPECT_EQ(Bodies(Chunked("5\r\nhello\r\n0\r\n\r\n")), (Texts{"hello"}));
  EXPECT_EQ(Bodies(Chunked("0000000000000005\r\nhello\r\n0\r\n\r\n")), (Texts{"hello"}));
  EXPECT_EQ(Bodies(Chunked("a;b=c ;d\r\n0123456789\r\n0;x\r\nt: u\r\nContent-Length: 7\r\n\r\n")),
            (Texts{"0123456789"}));
  EXPECT_EQ(Bodies(Chunked("0\r\n\r\n")), (Texts{""}));
}

TEST(FramerTest, H16_RefusesBentChunks) {
  for (const std::string chunk :
       {"-2\r\nab\r\n", "0x5\r\nhello\r\n", "\r\n", "00000000000000005\r\nhello\r\n",
        " 5\r\nhello\r\n", "5 \r\nhello\r\n", "5x\r\nhello\r\n", "5\nhello\n", "5\r\nhelloX",
        "5\r\nhello\n", "5\r\nhello\rX", "+5\r\nhello\r\n"}) {
    EXPECT_EQ(StatusOf(Chunked(chunk + "0\r\n\r\n")), 400) << chunk;
  }
  EXPECT_EQ(StatusOf(Chunked("1;" + std::string(1 << 20, 'e'))), 400);
  EXPECT_EQ(StatusOf(Chunked("0\r\nt: " + std::string(1 << 20, 'e'))), 400);
  EXPECT_EQ(StatusOf(Chunked("0\r\n folded\r\n\r\n")), 400);
  std::string many;
  for (int i = 0; i < 100; ++i) many += "1;" + std::string(500, 'e') + "\r\na\r\n";
  EXPECT_EQ(StatusOf(Chunked(many)), 400) << "extensions are bounded over all chunks";
}

TEST(FramerTest, H17_StopsAnEndlessChunkedBodyAtTheLimit) {
  FramerLimits limits;
  limits.max_body_bytes = 1000;
  RequestFramer framer(limits);
  FeedOnce(framer, Chunked(""));
  int chunks = 0;
  while (FeedOnce(framer, "64\r\n" + std::string(100, 'a') + "\r\n").kind ==
         FrameResult::Kind::kNeedMore) {
    ++chunks;
  }
  EXPECT_EQ(framer.refusal().status, 413);
  EXPECT_EQ(chunks, 10);
}

TEST(FramerTest, H11_TheLimitIsInclusiveAndCheckedBeforeTheBody) {
  FramerLimits limits;
  limits.max_body_bytes = 10;
  EXPECT_EQ(Bodies(Post("Content-Length: 10\r\n", "0123456789"), limits), (Texts{"0123456789"}));
  EXPECT_EQ(StatusOf(Post("Content-Length: 11\r\n"), limits), 413);
  EXPECT_EQ(StatusOf(Post("Content-Length: 10000000000\r\n"), limits), 413);
  EXPECT_EQ(Bodies(Chunked("A\r\n0123456789\r\n0\r\n\r\n"), limits), (Texts{"0123456789"}));
  EXPECT_EQ(StatusOf(Chunked("B\r\n"), limits), 413);
  EXPECT_EQ(StatusOf(Chunked("ffffffffffffffff\r\n"), limits), 413);
  EXPECT_EQ(StatusOf(Chunked("5\r\n01234\r\nffffffffffffffff\r\n"), limits), 413);
}

TEST(FramerTest, H18_BodiesOfGetAndHeadAreConsumedAndDropped) {
  const std::string evil = "POST /evil HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n";
  for (const std::string method : {"GET", "HEAD", "DELETE", "OPTIONS", "PATCH"}) {
    const std::string head = method + " / HTTP/1.1\r\n" + kHost;
    EXPECT_EQ(Bodies(head + "Content-Length: " + std::to_string(evil.size()) + "\r\n\r\n" + evil),
              (Texts{""}));
    EXPECT_EQ(Bodies(head + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
              (Texts{""}));
  }
}

TEST(FramerTest, H25_SignalsContinueOnceTheHeadIsAcceptedAndNoBodyCame) {
  RequestFramer framer{FramerLimits{}};
  const std::string head = Post("Expect: 100-CONTINUE\r\nContent-Length: 2\r\n");
  EXPECT_FALSE(FeedOnce(framer, head.substr(0, 20)).send_continue);
  EXPECT_TRUE(FeedOnce(framer, head.substr(20)).send_continue);
  EXPECT_FALSE(FeedOnce(framer, "a").send_continue);
  EXPECT_EQ(FeedOnce(framer, "b").kind, FrameResult::Kind::kRequest);
  EXPECT_EQ(framer.request().body, "ab");
}

TEST(FramerTest, H25_DoesNotSignalWhenTheBodyIsThereOrEmptyOrTheClientIsOld) {
  RequestFramer framer{FramerLimits{}};
  EXPECT_FALSE(
      FeedOnce(framer, Post("Expect: 100-continue\r\nContent-Length: 2\r\n", "a")).send_continue);
  RequestFramer empty{FramerLimits{}};
  EXPECT_EQ(FeedOnce(empty, Post("Expect: 100-continue\r\nContent-Length: 0\r\n")).kind,
            FrameResult::Kind::kRequest);
  // RFC 9110 section 10.1.1: "MUST ignore" in an HTTP/1.0 request.
  RequestFramer old{FramerLimits{}};
  EXPECT_FALSE(FeedOnce(old,
                        "POST /k HTTP/1.0\r\nExpect: 100-continue\r\n"
                        "Content-Length: 2\r\n\r\n")
                   .send_continue);
}

TEST(FramerTest, H25_RefusesOtherExpectationsAndTooLargeBodiesBeforeContinue) {
  EXPECT_EQ(StatusOf(Post("Expect: foo\r\nContent-Length: 1\r\n")), 417);
  EXPECT_EQ(StatusOf(Post("Expect: 100-continue\r\nContent-Length: 99999999999\r\n")), 413);
}

TEST(FramerTest, RefusesBentFields) {
  for (const std::string field :
       {"a\r\n", ":b\r\n", "a :b\r\n", " a:b\r\n", "\ta:b\r\n", "a b:c\r\n", "a:b\rc\r\n", "a:b\n",
        "a:b\x01\r\n", "a:b\x7f\r\n", "(a):b\r\n"}) {
    EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\n" + std::string(kHost) + field + "\r\n"), 400) << field;
  }
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\n" + std::string(kHost) + std::string("a:\0\r\n\r\n", 7)),
            400);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\n" + std::string(kHost) + "a:\r\nb: \t c\xff\t\r\n\r\n"), 0);
}

// RFC 9112 section 3.2: "A server MUST respond with a 400 ... to any HTTP/1.1 request message that
// lacks a Host header field and to any request message that contains more than one".
TEST(FramerTest, Rfc9112_3_2_OneHost) {
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nHost: a,b\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nHost: u@h\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nHost:\r\n\r\n"), 0);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"), 0);
  EXPECT_EQ(StatusOf("GET / HTTP/1.0\r\n\r\n"), 0);
}

// RFC 9112 section 6.1: a transfer coding in an HTTP/1.0 message means faulty framing.
TEST(FramerTest, Rfc9112_6_1_NoTransferCodingInHttp10) {
  EXPECT_EQ(StatusOf("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400);
}

// RFC 9112 section 2.2: "SHOULD ignore at least one empty line (CRLF) received prior to the
// request-line".
TEST(FramerTest, Rfc9112_2_2_OneEmptyLineBeforeARequest) {
  EXPECT_EQ(StatusOf("\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"), 0);
  EXPECT_EQ(StatusOf("\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
}

// RFC 9112 section 9.3.
TEST(FramerTest, Rfc9112_9_3_Persistence) {
  const auto keeps = [](std::string_view head) {
    RequestFramer framer{FramerLimits{}};
    EXPECT_EQ(FeedOnce(framer, head).kind, FrameResult::Kind::kRequest);
    return framer.request().keep_alive;
  };
  EXPECT_TRUE(keeps("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nHost: h\r\nConnection: CLOSE\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nHost: h\r\nConnection: a, close ,b\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
}

TEST(FramerTest, TellsOfConditionsAndRanges) {
  RequestFramer framer{FramerLimits{}};
  FeedOnce(framer,
           "PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nIf-Match: *\r\n"
           "Content-Range: bytes 0-1/2\r\nIf-None-Match: \"a\"\r\nif-none-match: *\r\n\r\n");
  EXPECT_TRUE(framer.request().conditional);
  EXPECT_TRUE(framer.request().content_range);
  EXPECT_EQ(framer.request().if_none_match, "\"a\", *");
}

TEST(FramerTest, ARefusalStays) {
  RequestFramer framer{FramerLimits{}};
  FeedOnce(framer, "BREW / HTTP/1.1\r\n");
  const Refusal refusal = framer.refusal();
  const auto again = FeedOnce(framer, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(again.kind, FrameResult::Kind::kRefused);
  EXPECT_EQ(again.consumed, 0u);
  EXPECT_EQ(framer.refusal(), refusal);
}

TEST(FramerTest, AClaimedLengthTakesNoMemory) {
  BodyBudget budget(std::uint64_t{1} << 30);
  FramerLimits limits;
  limits.body_budget = &budget;
  RequestFramer framer(limits);
  FeedOnce(framer, Post("Content-Length: 16777216\r\n", "a"));
  EXPECT_EQ(budget.used(), 0u);
}

TEST(FramerTest, BodiesAreChargedAndGivenBack) {
  BodyBudget budget(100'000);
  FramerLimits limits;
  limits.body_budget = &budget;
  {
    RequestFramer framer(limits);
    FeedOnce(framer, Post("Content-Length: 60000\r\n", std::string(60'000, 'a')));
    EXPECT_EQ(budget.used(), 60'000u);
    HttpRequest taken = std::move(framer.request());
    EXPECT_EQ(FeedOnce(framer, Post("Content-Length: 60000\r\n")).kind,
              FrameResult::Kind::kRefused);
    EXPECT_EQ(framer.refusal().status, 503);
    EXPECT_EQ(budget.used(), 60'000u);
  }
  EXPECT_EQ(budget.used(), 0u);
}

TEST(FramerTest, RefusesWhenOthersTookTheBudgetMeanwhile) {
  BodyBudget budget(100'000);
  FramerLimits limits;
  limits.body_budget = &budget;
  RequestFramer framer(limits);
  FeedOnce(framer, Post("Content-Length: 90000\r\n", std::string(10'000, 'a')));
  ASSERT_TRUE(budget.TryTake(80'000));
  EXPECT_EQ(FeedOnce(framer, std::string(80'000, 'a')).kind, FrameResult::Kind::kRefused);
  EXPECT_EQ(framer.refusal().status, 503);
  EXPECT_EQ(budget.used(), 80'000u);
}

TEST(FramerTest, KnowsThatAHeadRequestGetsNoBody) {
  RequestFramer framer{FramerLimits{}};
  FeedOnce(framer, "HEAD / HTTP/1.1\r\nbad\r\n");
  EXPECT_EQ(framer.refusal().status, 400);
  EXPECT_TRUE(framer.is_head());
}

TEST(RefusalTest, QuotesNamesSafelyAndShortly) {
  EXPECT_EQ(QuoteForText("abc"), "\"abc\"");
  EXPECT_EQ(QuoteForText("a\r\n\"\\\xff"), "\"a\\x0d\\x0a\\x22\\x5c\\xff\"");
  EXPECT_EQ(QuoteForText(std::string(5000, 'a')), "\"" + std::string(48, 'a') + "\"...");
}

}  // namespace
}  // namespace vf
