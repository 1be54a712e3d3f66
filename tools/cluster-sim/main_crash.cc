#include "tools/cluster-sim/main_crash.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstddef>

#include "tools/cluster-sim/main_commands.h"

namespace vf::sim {
namespace {

// The handler may touch nothing else: it can strike anywhere, on a broken heap or a full stack.
std::array<char, 4000> words;
volatile std::sig_atomic_t words_size = 0;
alignas(16) std::array<std::byte, 64 * 1024> handler_stack;

void OnCrash(int) {
  const char* from = words.data();
  auto left = static_cast<std::size_t>(words_size);
  while (left > 0) {
    const ssize_t written = write(STDERR_FILENO, from, left);
    if (written <= 0) break;
    from += written;
    left -= static_cast<std::size_t>(written);
  }
  _exit(kExitCrash);
}

}  // namespace

void SayAtCrash(const std::string& last_words) {
  words_size = 0;
  const std::size_t size = std::min(last_words.size(), words.size());
  std::copy_n(last_words.begin(), size, words.begin());
  words_size = static_cast<std::sig_atomic_t>(size);

  stack_t stack{};
  stack.ss_sp = handler_stack.data();
  stack.ss_size = handler_stack.size();
  sigaltstack(&stack, nullptr);
  struct sigaction action {};
  action.sa_handler = OnCrash;
  action.sa_flags = SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (const int number : {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE}) {
    sigaction(number, &action, nullptr);
  }
}

}  // namespace vf::sim
