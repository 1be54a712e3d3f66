#!/usr/bin/env bash
# Builds the harness against Debian's memberlist, offline, and runs it.
#
#   bench/peers/memberlist/run.sh -nodes 10 -trials 200 -at-once 20 > figures.jsonl
#   bench/peers/memberlist/summarize.py figures.jsonl...     (medians, as JSON or as a table)
#
# Options: main.go. The packages are group `peers` of tools/packages.txt. A trial takes about a
# minute and a half at 10 and 30 nodes; use -settle 125s at 100, whose members exchange their tables
# more seldom. Clusters wait most of the time, so several run at once: 300 members on an
# otherwise idle machine, or what is measured is how they starve.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
for package in golang-go golang-github-hashicorp-memberlist-dev; do
  version=$(dpkg-query -W -f='${Version}' "$package" 2>/dev/null) || version=
  if [ -z "$version" ]; then
    echo "Install $package first (tools/packages.txt, group peers)." >&2
    exit 1
  fi
  echo "$package $version" >&2
done

build=${VF_PEERS_BUILD:-${TMPDIR:-/tmp}/vf-peers}
mkdir -p "$build"
export GOPATH=/usr/share/gocode GO111MODULE=off GOFLAGS='' GOCACHE="$build/cache"
(cd "$here" && go build -o "$build/memberlist" .)
exec "$build/memberlist" "$@"
