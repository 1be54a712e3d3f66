// Every word of Debian's wamerican list in a five-node cluster with three replicas.
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <algorithm>
#include <bit>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "tests/e2e/bulk_client.h"
#include "tests/e2e/cluster.h"
#include "tests/e2e/http_client.h"

namespace vf::e2e {
namespace {

constexpr const char* kWordList = "/usr/share/dict/american-english";
constexpr std::size_t kNodes = 5;
constexpr std::size_t kLanesPerNode = 2;
constexpr std::size_t kWindow = 64;

struct Word {
  std::string text;
  std::string encoded;  // in a URL
  std::string sha1;     // hex: its value
};

std::string Sha1(const std::string& text) {
  unsigned char digest[20];
  EXPECT_EQ(EVP_Digest(text.data(), text.size(), digest, nullptr, EVP_sha1(), nullptr), 1);
  return ToHex(std::as_bytes(std::span(digest)));
}

// Sanitizer builds are slow, and do with every tenth word.
std::vector<Word> ReadWords() {
  std::istringstream list(ReadFile(kWordList));
  std::vector<Word> words;
  std::size_t line = 0;
  for (std::string text; std::getline(list, text);) {
    if (line++ % (kSlowdown == 1 ? 1 : 10) == 0)
      words.push_back({text, PercentEncode(text), Sha1(text)});
  }
  return words;
}

// The sums that the sha1sum program prints for a thousand of them.
void ExpectSumsOfSha1sum(const std::vector<Word>& words) {
  Command command{.program = "sha1sum"};
  std::vector<const Word*> sample;
  for (std::size_t i = 0; i < words.size(); i += words.size() / 1000 + 1) {
    sample.push_back(&words[i]);
    const auto path = TestFolder() / ("word-" + std::to_string(i));
    WriteFile(path, words[i].text);
    command.arguments.push_back(path.string());
  }
  std::istringstream lines(RunCommand(command).out);
  std::size_t at = 0;
  for (std::string line; std::getline(lines, line) && at < sample.size(); ++at) {
    ASSERT_EQ(line.substr(0, 40), sample[at]->sha1) << sample[at]->text;
  }
  EXPECT_EQ(at, sample.size());
}

class Phase {
 public:
  // Judges the answer to `lane`'s request about `word`.
  using Judge =
      std::function<void(std::size_t lane, std::size_t word, int status, std::string_view body)>;
  using Make = std::function<void(std::size_t word, std::string& out)>;

  Phase(std::vector<std::uint16_t> lanes, std::vector<std::vector<std::size_t>> words_of_lane)
      : lanes_(std::move(lanes)), words_(std::move(words_of_lane)) {}

  void Run(const char* name, const Make& make, const Judge& judge) {
    const auto result =
        RunBulk(lanes_, kWindow, seconds(180) * kSlowdown,
                {.next =
                     [&](std::size_t lane, std::size_t number, std::string& out) {
                       if (number == words_[lane].size()) return BulkNext::kEnd;
                       make(words_[lane][number], out);
                       return BulkNext::kRequest;
                     },
                 .answer =
                     [&](std::size_t lane, std::size_t number, int status, std::string_view body) {
                       judge(lane, words_[lane][number], status, body);
                     }});
    std::size_t wanted = 0;
    for (const auto& words : words_) wanted += words.size();
    EXPECT_FALSE(result.timed_out) << name;
    EXPECT_EQ(result.answers, wanted) << name;
    std::cout << name << ": " << wanted << " requests in " << result.elapsed_s << " s, "
              << static_cast<double>(wanted) / result.elapsed_s << " a second\n";
  }

 private:
  std::vector<std::uint16_t> lanes_;
  std::vector<std::vector<std::size_t>> words_;
};

TEST(WordsTest, AllAreReadThroughEveryNodeAndStoredThreeTimesWhereReplicasSays) {
  const auto words = ReadWords();
  ASSERT_GT(words.size() * (kSlowdown == 1 ? 1 : 10), 100'000u)
      << kWordList << " of package wamerican";
  ExpectSumsOfSha1sum(words);
  Cluster cluster({.nodes = kNodes});
  const auto ports = cluster.ports();
  std::vector<std::uint16_t> lanes;
  for (std::size_t i = 0; i < kLanesPerNode; ++i)
    lanes.insert(lanes.end(), ports.begin(), ports.end());
  std::size_t wrong = 0;
  const auto expect = [&](bool good, std::size_t word, int status, std::string_view body) {
    if (!good && ++wrong <= 5) ADD_FAILURE() << words[word].text << ": " << status << " " << body;
  };

  std::mt19937 generator(104'334);
  std::vector<std::vector<std::size_t>> by_random_lane(lanes.size());
  for (std::size_t i = 0; i < words.size(); ++i)
    by_random_lane[generator() % lanes.size()].push_back(i);
  Phase(lanes, by_random_lane)
      .Run(
          "set",
          [&](std::size_t i, std::string& out) {
            out += RequestBytes("POST", "/" + words[i].encoded, words[i].sha1);
          },
          [&](std::size_t, std::size_t i, int status, std::string_view body) {
            expect(status == 200 && body.empty(), i, status, body);
          });

  // Every node gets every word: its first lane the even ones, its second the odd ones.
  std::vector<std::vector<std::size_t>> by_node(lanes.size());
  for (std::size_t i = 0; i < words.size(); ++i) {
    for (std::size_t node = 0; node < kNodes; ++node)
      by_node[node + kNodes * (i % kLanesPerNode)].push_back(i);
  }
  Phase(lanes, by_node)
      .Run(
          "get",
          [&](std::size_t i, std::string& out) {
            out += RequestBytes("GET", "/get/?key=" + words[i].encoded);
          },
          [&](std::size_t, std::size_t i, int status, std::string_view body) {
            expect(status == 200 && body == words[i].sha1, i, status, body);
          });

  std::vector<unsigned> holders(words.size());
  Phase(lanes, by_node)
      .Run(
          "get local=1",
          [&](std::size_t i, std::string& out) {
            out += RequestBytes("GET", "/get/?key=" + words[i].encoded + "&local=1");
          },
          [&](std::size_t lane, std::size_t i, int status, std::string_view body) {
            if (status == 200) holders[i] |= 1u << (lane % kNodes);
            expect(status == 204 || (status == 200 && body == words[i].sha1), i, status, body);
          });

  std::map<std::string, unsigned> node_of_address;
  for (unsigned node = 0; node < kNodes; ++node)
    node_of_address[cluster.node(node).address()] = node;
  Phase(lanes, by_random_lane)
      .Run(
          "replicas",
          [&](std::size_t i, std::string& out) {
            out += RequestBytes("GET", "/replicas?key=" + words[i].encoded);
          },
          [&](std::size_t, std::size_t i, int status, std::string_view body) {
            const auto page = nlohmann::json::parse(body, nullptr, false);
            unsigned owners = 0;
            if (status == 200 && page.is_object()) {
              for (const auto& owner : page["owners"]) {
                owners |= 1u << node_of_address.at(owner["address"].get<std::string>());
              }
            }
            expect(std::popcount(owners) == 3 && owners == holders[i] &&
                       page["sha1"] == words[i].sha1 &&
                       page["partition"] == words[i].sha1.substr(0, 2),
                   i, status,
                   std::string(body) + ", copies on nodes " + std::to_string(holders[i]));
          });
  EXPECT_EQ(wrong, 0u);

  std::size_t keys = 0;
  for (std::size_t node = 0; node < kNodes; ++node)
    keys += cluster.node(node).Page("/status")["keys"].get<std::size_t>();
  EXPECT_EQ(keys, 3 * words.size());
}

}  // namespace
}  // namespace vf::e2e
