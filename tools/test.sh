#!/usr/bin/env bash
# From a fresh checkout on Debian 12 to a tested tree: installs packages, builds, runs every test.
#
#   tools/test.sh          format check, release build, every test
#   tools/test.sh --full   besides: clang-tidy, headers that compile alone, the whole suite under
#                          AddressSanitizer, unit tests under ThreadSanitizer, a minute of fuzzing
#
# Exit status 0 only if everything passed; run as root, a skipped test is a failure too.
# Logs are in build/test/. CTEST_PARALLEL_LEVEL sets how many light tests run at once.
set -euo pipefail

repo=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
full=no
case "$*" in
  '') ;;
  --full) full=yes ;;
  -h | --help)
    sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 0
    ;;
  *)
    echo "usage: tools/test.sh [--full]" >&2
    exit 2
    ;;
esac

cd "$repo"
logs=build/test
mkdir -p "$logs"
steps_total=5
groups=(build test)
if [ "$full" = yes ]; then
  steps_total=16
  groups+=(full)
fi
. tools/step.sh
. tools/install_packages.sh
export CTEST_PARALLEL_LEVEL=${CTEST_PARALLEL_LEVEL:-$(nproc)}

trap 'step_failed_silently $?; step_stop' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

our_sources() {
  find . -path ./build -prune -o -path ./.git -prune -o \( -name '*.cc' -o -name '*.h' \) -print |
    sed 's|^\./||' | sort
}

check_format() {
  our_sources | xargs clang-format-14 --dry-run -Werror
}

# Headers are checked through the sources that include them (HeaderFilterRegex in .clang-tidy).
run_clang_tidy() {
  our_sources | grep '\.cc$' | grep -v -e '^cmake/' -e '^tests/fuzz/' |
    xargs -n 4 -P "$(nproc)" clang-tidy-14 -p build/release --quiet \
      --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-error
}

# run_tests PRESET CTEST-ARGUMENT...: ctest's own output, on the terminal and in a log.
run_tests() {
  local preset=$1 log="$logs/ctest-$1.log" status=0 skipped
  shift
  ctest --preset "$preset" "$@" 2>&1 | tee "$log" || status=$?
  skipped=$(grep -c '^\[  SKIPPED \] .*ms)$' "build/$preset/Testing/Temporary/LastTest.log" || true)
  if [ "$skipped" != 0 ]; then
    echo "$skipped skipped:"
    grep '^\[  SKIPPED \] .*ms)$' "build/$preset/Testing/Temporary/LastTest.log" | sort -u
    if [ "$(id -u)" = 0 ]; then
      echo "Run as root, a skipped test is a failure."
      status=1
    fi
  fi
  if [ "$status" != 0 ]; then
    # ctest has said above which, and why.
    step_failure_named=yes
    printf '\nFAILED: step "Tests (%s)"\nLog: %s\n' "$preset" "$log" >&2
    exit 1
  fi
}

# Equal runs of the simulator, however it was compiled: sim_determinism_test has left their hashes.
compare_trace_hashes() {
  diff build/asan/trace_hashes.txt build/release/trace_hashes.txt
}

# Each harness over its corpus, then a few seconds of new inputs.
run_fuzzers() {
  local harness name corpus found=no
  for harness in build/fuzz/bin/*_fuzz; do
    [ -x "$harness" ] || continue
    found=yes
    name=$(basename "$harness")
    corpus=build/fuzz/corpus/$name
    mkdir -p "$corpus"
    echo "== $name"
    "$harness" -max_total_time=20 -rss_limit_mb=1024 -print_final_stats=1 \
      "$corpus" "tests/fuzz/corpus/$name"
  done
  if [ "$found" = no ]; then
    echo "no fuzz harness was built"
    return 1
  fi
}

missing=$(missing_packages "${groups[@]}")
if [ -n "$missing" ]; then
  require_root
  # Names of packages have no spaces.
  # shellcheck disable=SC2086
  step "Install packages" install_packages $missing
else
  announce "Install packages: all there"
fi
step "Check the format" check_format
step "Configure" cmake --preset release
step "Build" cmake --build --preset release

if [ "$full" = yes ]; then
  step "Headers compile alone" cmake --build --preset release --target all_verify_interface_header_sets
  step "clang-tidy" run_clang_tidy
  step "Configure (asan)" cmake --preset asan
  step "Build (asan)" cmake --build --preset asan
  announce "Tests (asan)"
  run_tests asan
  step "Configure (tsan)" cmake --preset tsan
  step "Build (tsan)" cmake --build --preset tsan
  announce "Tests (tsan)"
  run_tests tsan --label-exclude e2e
  step "Build the fuzzers" sh -c 'cmake --preset fuzz && cmake --build --preset fuzz --target fuzzers'
  step "Fuzz" run_fuzzers
fi

announce "Tests"
run_tests release
if [ "$full" = yes ]; then
  step "Simulated runs are equal in both builds" compare_trace_hashes
fi
