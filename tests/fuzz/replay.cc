// Runs a fuzz harness without libFuzzer: over the files of a folder, and over mutations of them
// that are the same in every run. Usage: NAME_fuzz FOLDER
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/rng.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr int kMutationsPerFile = 2000;
constexpr std::size_t kMaxInserted = 8;

void Run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

// Changes, cuts, repeats or inserts a few bytes.
std::string Mutate(std::string input, vf::Rng& rng) {
  const auto below = [&rng](std::size_t limit) {
    return static_cast<std::size_t>(rng.Uniform(limit));
  };
  for (std::size_t edits = 1 + below(4); edits > 0; --edits) {
    const std::size_t at = below(input.size() + 1);
    switch (below(4)) {
      case 0:
        if (at < input.size()) input[at] = static_cast<char>(below(256));
        break;
      case 1:
        input.erase(at, below(kMaxInserted));
        break;
      case 2:
        input.insert(at, input.substr(at, below(64)));
        break;
      default:
        for (std::size_t i = below(kMaxInserted); i > 0; --i) {
          input.insert(at, 1, static_cast<char>(below(256)));
        }
    }
  }
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1]))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  if (files.empty()) {
    std::fprintf(stderr, "%s holds no inputs\n", argv[1]);
    return 1;
  }
  vf::Rng rng(1);
  for (const auto& path : files) {
    std::ifstream file(path, std::ios::binary);
    const std::string input((std::istreambuf_iterator<char>(file)), {});
    Run(input);
    for (int i = 0; i < kMutationsPerFile; ++i) Run(Mutate(input, rng));
  }
  std::printf("%zu inputs and %d mutations of each\n", files.size(), kMutationsPerFile);
  return 0;
}
