# Sourced by tools/quickstart.sh and tools/test.sh: named steps with visible progress.
#
#   step NAME COMMAND...   runs COMMAND with its output in $logs/NUMBER-NAME.log and shows that it
#                          goes on; if it fails, names the step and the log and exits with 1
#   announce NAME          the heading of a step whose output goes to the terminal itself
#   fail NAME LOG          what `step` says when a command failed
#   step_failed_silently   says which step it was when the script ends otherwise than by `fail`
#   spawn LOG COMMAND...   starts COMMAND in a process group of its own; its id is in $spawned
#
# The caller sets $repo, $logs (a folder) and $steps_total before, and calls step_stop on exit.

step_number=0
step_name=start
step_failure_named=no
step_pid=
SECONDS=0

announce() {
  step_number=$((step_number + 1))
  step_name=$1
  printf '[%d/%d] %s\n' "$step_number" "$steps_total" "$1"
}

fail() {
  step_failure_named=yes
  printf '\nFAILED: step "%s"\n' "$1" >&2
  if [ -s "$2" ]; then
    printf 'The end of its log:\n' >&2
    tail -n 25 "$2" | sed 's/^/    /' >&2
  fi
  printf 'Log: %s\n' "$2" >&2
  exit 1
}

spawn() {
  local log=$1
  shift
  : >>"$log"
  # Job control gives it a process group of its own: Ctrl-C reaches this script only, which then
  # ends what it started in order.
  set -m
  "$@" >>"$log" 2>&1 </dev/null &
  spawned=$!
  set +m
}

# For the exit trap, with the exit status; signals (128 and more) need no words.
step_failed_silently() {
  if [ "$1" != 0 ] && [ "$1" -lt 128 ] && [ "$step_failure_named" = no ]; then
    printf '\nFAILED: step "%s"\nLogs: %s/\n' "$step_name" "$logs" >&2
  fi
}

# Ends a step that still runs, with all that it started.
step_stop() {
  [ -n "$step_pid" ] || return 0
  kill -TERM -- "-$step_pid" 2>/dev/null || true
  wait "$step_pid" 2>/dev/null || true
  step_pid=
}

step() {
  local name=$1
  shift
  announce "$name"
  local log="$logs/$step_number-${name//[^A-Za-z0-9]/-}.log"
  : >"$log"
  local began=$SECONDS shown=$SECONDS line
  spawn "$log" "$@"
  step_pid=$spawned
  while kill -0 "$step_pid" 2>/dev/null; do
    sleep 0.2
    if [ -t 1 ]; then
      line=$(tail -n 1 "$log" | tr -d '\r' | cut -c 1-90)
      printf '\r\033[K      %4d s  %s' $((SECONDS - began)) "$line"
    elif [ $((SECONDS - shown)) -ge 15 ]; then
      shown=$SECONDS
      line=$(tail -n 1 "$log" | cut -c 1-90)
      printf '      %4d s  %s\n' $((SECONDS - began)) "$line"
    fi
  done
  [ ! -t 1 ] || printf '\r\033[K'
  local status=0
  wait "$step_pid" || status=$?
  step_pid=
  [ "$status" = 0 ] || fail "$name" "$log"
  printf '      done in %d s\n' $((SECONDS - began))
}
