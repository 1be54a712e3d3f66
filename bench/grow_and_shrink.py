#!/usr/bin/env python3
"""A cluster of three grows to six and shrinks again, while wrk reads and writes: real processes.

    bench/grow_and_shrink.py [--bin DIR] [--records N] [--value-bytes B] [--connections C]
                             [--shrink leave|kill|no] [--burn PERCENT] [--json FILE]

Three nodes (K = 2) are filled with N records. Three more join one after another; then they go
again, by `vfctl leave` or by SIGKILL. All the time wrk asks the first node for random keys, which
all exist, and writes one in ten. It runs in windows of a second, so that each has its own p99: those
in which nothing moves are compared with those in which something does. After each step every key is
read, and counted with its copies.

With --burn there are windows besides in which nothing moves, but a process takes that much of one
core, half a millisecond at a time: what clients feel of that is not for moves to give way to.

Exit status: 0; 1 if a key is missing, an answer was 204, 5xx or none (with `kill`: later than a
second after it), or copies are more or fewer than K.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

from vfnodes import Node, fill, read_all

K = 2
MOST_WAIT_S = 120


class Load:
    """Windows of wrk, one after the other."""

    def __init__(self, port, options):
        self.port = port
        self.options = options
        self.windows = 0

    def window(self):
        self.windows += 1
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "random_keys.lua")
        output = subprocess.run(
            ["wrk", "--threads", "1", "--connections", str(self.options.connections),
             "--duration", "1s", "--timeout", "3s", "--script", script,
             f"http://127.0.0.1:{self.port}", "--", str(self.options.records), str(self.windows),
             str(self.options.value_bytes)],
            stdout=subprocess.PIPE, text=True, check=True).stdout
        result = json.loads(output.partition("RESULT ")[2])
        others = {}
        for of_thread in result["other_statuses"]:
            for status, count in of_thread.items():
                others[status] = others.get(status, 0) + count
        result["other_statuses"] = others
        return result


def failures_of(windows):
    """Answers that clients must not see, by kind."""
    failed = {}
    for window in windows:
        for kind in ("broken", "timeouts"):
            if window[kind]:
                failed[kind] = failed.get(kind, 0) + window[kind]
        for status, count in window["other_statuses"].items():
            failed[status] = failed.get(status, 0) + count
    return failed


def until(load, done):
    """Windows until `done` says so, and one more."""
    windows = []
    deadline = time.monotonic() + MOST_WAIT_S
    last = False
    while not last:
        last = done()
        windows.append(load.window())
        if time.monotonic() > deadline:
            sys.exit(f"nothing came to an end within {MOST_WAIT_S} s")
    return windows


def settle(load, nodes, expected):
    """Windows until so many copies are left, and all nodes agree."""
    def settled():
        pages = [node.status() for node in nodes]
        return (sum(page["keys"] for page in pages) == expected and
                all(page["divergence"] == 0 for page in pages))
    return until(load, settled)


class Burner:
    """Takes a share of one core, as long as it lives."""

    SLICE_S = 0.0005

    def __init__(self, percent):
        rest_s = self.SLICE_S * (100 / percent - 1)
        self.process = subprocess.Popen([sys.executable, "-c", f'''
import time
while True:
    end = time.perf_counter() + {self.SLICE_S}
    while time.perf_counter() < end:
        pass
    time.sleep({rest_s})
'''])

    def stop(self):
        self.process.kill()
        self.process.wait()


class Report:
    def __init__(self):
        self.steps = []
        self.right = True

    def add(self, name, seconds, windows, nodes, records):
        copies = sum(node.status()["keys"] for node in nodes)
        answers = read_all(nodes[0].port, records)
        p99 = [window["p99_ms"] for window in windows]
        step = {"step": name, "seconds": round(seconds, 2), "windows": len(windows),
                "requests": sum(window["requests"] for window in windows),
                "p99_ms": statistics.median(p99), "p99_most_ms": max(p99),
                "most_ms": max(window["most_ms"] for window in windows),
                "failed": failures_of(windows), "copies_of_a_key": copies / records,
                "answers": answers}
        self.steps.append(step)
        if answers != {200: records} or copies != K * records or step["failed"]:
            self.right = False
        print(f"{name:16} {seconds:6.1f} s  {step['requests']:8} requests  p99 of the windows "
              f"{step['p99_ms']:6.2f} ms (median), {step['p99_most_ms']:6.2f} (most)  "
              f"failed {step['failed'] or 'none'}  copies {copies / records:.4f}  "
              f"keys read {answers}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default="build/release/bin")
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--value-bytes", type=int, default=100)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--shrink", choices=("leave", "kill", "no"), default="leave")
    parser.add_argument("--burn", type=int, metavar="PERCENT")
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args()
    program = os.path.join(options.bin, "vfnode")
    vfctl = os.path.join(options.bin, "vfctl")
    nodes = []
    report = Report()
    try:
        nodes.append(Node(program, "--replicas", str(K), "--log-level", "info"))
        nodes[0].wait_until_ready(20)
        for _ in range(2):
            nodes.append(Node(program, nodes[0].address))
            nodes[-1].wait_until_ready(20)
        fill(nodes[0].port, options.records, options.value_bytes)
        load = Load(nodes[0].port, options)
        load.window()
        report.add("quiet", 10, [load.window() for _ in range(10)], nodes, options.records)
        if options.burn:
            burner = Burner(options.burn)
            burning = [load.window() for _ in range(10)]
            burner.stop()
            report.add("burning", 10, burning, nodes, options.records)
        for _ in range(3):
            began = time.monotonic()
            nodes.append(Node(program, nodes[0].address))
            windows = until(load, nodes[-1].looks_ready)
            print(f"node {len(nodes)}: ready after {time.monotonic() - began:.1f} s, "
                  f"{nodes[-1].cpu_s():.2f} s of CPU until then")
            windows += settle(load, nodes, K * options.records)
            report.add(f"join {len(nodes)}", time.monotonic() - began, windows, nodes,
                       options.records)
        while options.shrink != "no" and len(nodes) > 3:
            began = time.monotonic()
            going = nodes.pop()
            windows = []
            if options.shrink == "leave":
                subprocess.run([vfctl, "leave", "--node", going.address], check=True,
                               stdout=subprocess.DEVNULL)
                windows += until(load, lambda gone=going: not gone.runs())
            else:
                going.kill()
                # Within this second requests may fail.
                load.window()
            windows += settle(load, nodes, K * options.records)
            report.add(f"{options.shrink} {len(nodes) + 1}", time.monotonic() - began, windows,
                       nodes, options.records)
            going.stop()
    finally:
        for node in nodes:
            node.stop()
    quiet = report.steps[0]["p99_ms"]
    moving = statistics.median(step["p99_ms"] for step in report.steps[1:]
                               if step["step"] != "burning")
    print(f"p99 while something moves: {moving / quiet:.2f} times the quiet one (median of steps)")
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"steps": report.steps, "p99_ratio": moving / quiet}, file, indent=2)
    return 0 if report.right else 1


if __name__ == "__main__":
    sys.exit(main())
