// Every split of a byte stream gives the same requests and the same refusals.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/rng.h"
#include "http/framer.h"
#include "tests/http/framer_corpus.h"

namespace vf {
namespace {

FramerLimits Limits() {
  FramerLimits limits;
  limits.max_body_bytes = 1000;
  return limits;
}

std::string Describe(const HttpRequest& r) {
  return std::to_string(static_cast<int>(r.method)) + " " + r.target + " " +
         std::to_string(r.minor_version) + (r.keep_alive ? " keep " : " close ") +
         (r.conditional ? "conditional " : "") + (r.content_range ? "range " : "") +
         r.if_none_match + " [" + r.body + "]\n";
}

// `cuts`: ascending offsets at which the stream is cut into reads.
std::string Frame(const std::string& stream, const std::vector<std::size_t>& cuts) {
  RequestFramer framer(Limits());
  std::string result;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= cuts.size(); ++i) {
    const std::size_t end = i < cuts.size() ? cuts[i] : stream.size();
    std::string_view read = std::string_view(stream).substr(begin, end - begin);
    begin = end;
    while (!read.empty()) {
      const FrameResult fed = framer.Feed(AsBytes(read));
      read.remove_prefix(fed.consumed);
      if (fed.kind == FrameResult::Kind::kRequest) result += Describe(framer.request());
      if (fed.kind == FrameResult::Kind::kRefused) {
        return result + "refused " + std::to_string(framer.refusal().status) + " " +
               framer.refusal().text;
      }
      if (fed.kind == FrameResult::Kind::kNeedMore) {
        EXPECT_TRUE(read.empty()) << "what is needed is taken whole";
        break;
      }
    }
  }
  return result + (framer.stage() == RequestFramer::Stage::kIdle ? "idle" : "more");
}

TEST(FramerPropertyTest, OneCutAnywhereChangesNothing) {
  for (const std::string& stream : FramerCorpus()) {
    const std::string whole = Frame(stream, {});
    const std::size_t step = stream.size() > 2000 ? 37 : 1;
    for (std::size_t cut = 1; cut < stream.size(); cut += step) {
      ASSERT_EQ(Frame(stream, {cut}), whole) << "cut at " << cut << " of " << stream.substr(0, 200);
    }
  }
}

TEST(FramerPropertyTest, ByteByByteChangesNothing) {
  for (const std::string& stream : FramerCorpus()) {
    std::vector<std::size_t> cuts;
    for (std::size_t i = 1; i < stream.size(); ++i) cuts.push_back(i);
    ASSERT_EQ(Frame(stream, cuts), Frame(stream, {})) << stream.substr(0, 200);
  }
}

// Streams of several requests with random bytes changed, cut at random places.
TEST(FramerPropertyTest, RandomStreamsAndCuts) {
  constexpr std::uint64_t kSeed = 20240611;
  constexpr int kRuns = 20'000;
  const std::vector<std::string> corpus = FramerCorpus();
  Rng rng(kSeed);
  for (int run = 0; run < kRuns; ++run) {
    std::string stream;
    for (std::uint64_t i = rng.Uniform(3) + 1; i > 0; --i) {
      const std::string& part = corpus[rng.Uniform(corpus.size())];
      if (part.size() < 500) stream += part;
    }
    if (stream.empty()) continue;
    for (std::uint64_t i = rng.Uniform(4); i > 0; --i) {
      constexpr std::string_view kBytes("\r\n :\t\0/0aZ;-,\"\x7f\xff", 17);
      stream[rng.Uniform(stream.size())] = kBytes[rng.Uniform(kBytes.size())];
    }
    std::vector<std::size_t> cuts;
    for (std::size_t at = rng.Uniform(20); at < stream.size(); at += 1 + rng.Uniform(60)) {
      if (at > 0) cuts.push_back(at);
    }
    ASSERT_EQ(Frame(stream, cuts), Frame(stream, {})) << "seed " << kSeed << ", run " << run;
  }
}

}  // namespace
}  // namespace vf
