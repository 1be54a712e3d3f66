#!/usr/bin/env bash
# From a fresh checkout on Debian 12 to a running cluster: installs packages, builds, starts a
# controller and three nodes, sets and gets a key, and stays up until Ctrl-C.
#
#   tools/quickstart.sh           ports 7000 (controller) and 8000 to 8002 (nodes)
#   tools/quickstart.sh --check   free ports; stops everything at the end; exit 0 if all worked
#
# Logs are in build/quickstart/. Nothing keeps running after it, however it ends.
set -euo pipefail

repo=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
check=no
case "$*" in
  '') ;;
  --check) check=yes ;;
  -h | --help)
    sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 0
    ;;
  *)
    echo "usage: tools/quickstart.sh [--check]" >&2
    exit 2
    ;;
esac

cd "$repo"
mkdir -p build
if [ "$check" = yes ]; then
  logs=$(mktemp -d build/quickstart-check.XXXXXX)
else
  logs=build/quickstart
  rm -rf "$logs"
  mkdir -p "$logs"
fi
steps_total=6
. tools/step.sh
. tools/install_packages.sh

started=()  # "pid name log", one a process of the cluster

stop_cluster() {
  local entry pid waited=0
  for entry in "${started[@]}"; do
    kill -TERM "${entry%% *}" 2>/dev/null || true
  done
  for entry in "${started[@]}"; do
    pid=${entry%% *}
    while kill -0 "$pid" 2>/dev/null && [ "$waited" -lt 50 ]; do
      sleep 0.1
      waited=$((waited + 1))
    done
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  started=()
}

finish() {
  local status=$?
  trap '' INT TERM HUP
  trap - EXIT
  step_failed_silently "$status"
  step_stop
  stop_cluster
  # The logs of a check that worked are of no use to anybody.
  if [ "$check" = yes ] && [ "$status" = 0 ]; then rm -rf "$logs"; fi
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# start NAME PROGRAM ARGUMENT...
start() {
  local name=$1
  shift
  local log="$logs/$name.log"
  spawn "$log" "build/release/bin/$1" "${@:2}"
  started+=("$spawned $name $log")
}

# Waits until the newest process serves, and sets $url to what its ready line says.
wait_ready() {
  local entry=${started[-1]}
  local pid=${entry%% *} log=${entry##* } name deadline=$((SECONDS + 30)) status
  name=${entry#* }
  name=${name% *}
  url=
  while [ "$SECONDS" -lt "$deadline" ]; do
    kill -0 "$pid" 2>/dev/null || fail "start $name" "$log"
    url=$(sed -n 's/.*ready.*\(http:\/\/[^ ]*\)$/\1/p' "$log" | tail -n 1)
    if [ -n "$url" ]; then
      url=http://localhost:${url##*:}
      status=$(curl -s -o /dev/null -m 2 -w '%{http_code}' "$url/readyz" || true)
      [ "$status" != 200 ] || return 0
    fi
    sleep 0.1
  done
  echo "$name did not become ready within 30 s; its last answer to /readyz was: ${status:-none}" >>"$log"
  fail "start $name" "$log"
}

# expect WANTED CURL-ARGUMENT...: runs curl as a user would type it, and compares what it printed.
expect() {
  local wanted=$1 got
  shift
  if ! got=$(curl -sS -m 10 -w ' [%{http_code}]' "$@" 2>>"$logs/curl.log"); then
    echo "curl $* failed" >>"$logs/curl.log"
    fail "set and get a key" "$logs/curl.log"
  fi
  echo "curl $* -> $got" >>"$logs/curl.log"
  if [ "$got" != "$wanted" ]; then
    echo "expected: $wanted" >>"$logs/curl.log"
    fail "set and get a key" "$logs/curl.log"
  fi
}

missing=$(missing_packages build)
if [ -n "$missing" ]; then
  require_root
  # Names of packages have no spaces.
  # shellcheck disable=SC2086
  step "Install packages" install_packages $missing
else
  announce "Install packages: all there"
fi
step "Configure" cmake --preset release
step "Build vfnode, vfcontroller and vfctl" cmake --build --preset release --target vfnode vfcontroller vfctl

if [ "$check" = yes ]; then ports=(0 0 0 0); else ports=(7000 8000 8001 8002); fi
announce "Start a controller"
start controller vfcontroller "${ports[0]}"
wait_ready
controller=127.0.0.1:${url##*:}
echo "      $url"
announce "Start three nodes"
nodes=()
for i in 1 2 3; do
  start "node$i" vfnode "${ports[$i]}" "$controller"
  wait_ready
  nodes+=("${url#http://}")
  echo "      $url"
done

announce "Set and get a key"
: >"$logs/curl.log"
expect ' [200]' -d hello "${nodes[0]}/greeting"
for node in "${nodes[@]}"; do
  expect 'hello [200]' "$node/get/?key=greeting"
  expect ' [204]' "$node/get/?key=no-such-key"
done
sed 's/^/      /' "$logs/curl.log"

if [ "$check" = yes ]; then
  stop_cluster
  echo "Everything worked."
  exit 0
fi

cat <<END

The cluster is up. Try, in another terminal:

    curl -d VALUE localhost:8000/KEY
    curl 'localhost:8002/get/?key=KEY'
    curl 'localhost:8001/replicas?key=KEY'
    curl -X DELETE localhost:8001/KEY
    curl localhost:8000/members

Logs: $repo/$logs/    Ctrl-C stops everything.
END
# Woken by signals, and by the end of any process, which is worth a word.
while :; do
  sleep 1 &
  wait $! || true
  for entry in "${started[@]}"; do
    kill -0 "${entry%% *}" 2>/dev/null || fail "keep the cluster up (a process ended)" "${entry##* }"
  done
done
