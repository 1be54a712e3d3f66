#!/bin/sh
# Restarts nodes one after another: no request fails, and nothing is lost (docs/rolling-restart.md).
# usage: rolling-restart.sh HOST:PORT=PID ...    of nodes that are started again when they end
for node in "$@"; do
  address=${node%=*} pid=${node##*=}
  until curl -fsS --max-time 3 "http://$address/safe-to-stop"; do sleep 0.5; done
  kill "$pid" || exit 1
  while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
  until curl -fs --max-time 3 "http://$address/readyz"; do sleep 0.5; done
done
