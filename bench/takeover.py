#!/usr/bin/env python3
"""How fast a newcomer takes over its share: real processes on loopback, no clients.

    bench/takeover.py [--bin DIR] [--records N] [--value-bytes B] [--json FILE]

One node is filled with N records (keys of 9 bytes), then a second one joins with K = 2, so that its
share is everything. Prints the seconds from its start to its ready line, what that is in records
and megabytes (of keys and values) a second, and the CPU time that both processes took meanwhile.
Exit status: 0, or 1 if the newcomer does not hold every record when it says that it is ready.
"""

import argparse
import json
import os
import sys
import time

from vfnodes import Node, fill


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default="build/release/bin")
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--value-bytes", type=int, default=100)
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args()
    program = os.path.join(options.bin, "vfnode")
    nodes = []
    try:
        nodes.append(Node(program, "--replicas", "2", "--log-level", "info"))
        nodes[0].wait_until_ready(20)
        began = time.monotonic()
        fill(nodes[0].port, options.records, options.value_bytes)
        print(f"filled in {time.monotonic() - began:.1f} s")
        before = nodes[0].cpu_s()
        nodes.append(Node(program, f"127.0.0.1:{nodes[0].port}"))
        seconds = nodes[1].wait_until_ready(600)
        cpu = {"owner": nodes[0].cpu_s() - before, "newcomer": nodes[1].cpu_s()}
        status = nodes[1].status()
    finally:
        for node in nodes:
            node.stop()
    result = {
        "records": options.records,
        "value_bytes": options.value_bytes,
        "seconds": round(seconds, 3),
        "records_per_s": round(status["keys"] / seconds),
        "megabytes_per_s": round(status["bytes"] / seconds / 1e6, 1),
        "cpu_s": cpu,
    }
    print(f"{status['keys']} records, {status['bytes'] / 1e6:.0f} MB in {seconds:.2f} s: "
          f"{result['records_per_s']} records a second, {result['megabytes_per_s']} MB/s; "
          f"CPU {cpu['owner']:.2f} s of the owner, {cpu['newcomer']:.2f} s of the newcomer")
    if options.json:
        with open(options.json, "w") as file:
            json.dump(result, file, indent=2)
    return 0 if status["keys"] == options.records else 1


if __name__ == "__main__":
    sys.exit(main())
