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
import re
import select
import socket
import subprocess
import sys
import time
import urllib.request

BATCH_BYTES = 1 << 20  # of requests that are sent before their answers are read


class Node:
    """A vfnode on a free port of loopback."""

    def __init__(self, program, *arguments):
        self.started = time.monotonic()
        self.process = subprocess.Popen([program, "0", *arguments, "--bind", "127.0.0.1"],
                                        stderr=subprocess.PIPE, text=False)
        self.log = b""
        self.port = 0

    def wait_until_ready(self, limit_s):
        """Seconds from the start to the ready line."""
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            if not select.select([self.process.stderr], [], [], 0.1)[0]:
                continue
            chunk = os.read(self.process.stderr.fileno(), 65536)
            if not chunk:
                break
            self.log += chunk
            ready = re.search(rb"ready.*http://[^ \n]*:(\d+)", self.log)
            if ready:
                self.port = int(ready.group(1))
                return time.monotonic() - self.started
        sys.exit("a node did not become ready; its log:\n" + self.log.decode(errors="replace"))

    def cpu_s(self):
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def status(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/status", timeout=10) as page:
            return json.load(page)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def fill(port, records, value_bytes):
    """Sends requests in batches, one behind the other on one connection."""
    connection = socket.create_connection(("127.0.0.1", port))
    value = os.urandom(value_bytes)
    each = value_bytes + 100
    batch = max(1, min(BATCH_BYTES // each, 1000))
    for first in range(0, records, batch):
        count = min(batch, records - first)
        requests = [b"POST /k%08d HTTP/1.1\r\nHost: bench\r\nContent-Length: %d\r\n\r\n%s" %
                    (number, value_bytes, value) for number in range(first, first + count)]
        connection.sendall(b"".join(requests))
        answers = b""
        while answers.count(b"\r\n\r\n") < count:
            chunk = connection.recv(1 << 20)
            if not chunk:
                sys.exit("the connection ended while records were written")
            answers += chunk
        if answers.count(b"HTTP/1.1 200 ") != count:
            sys.exit("a record was not stored: " + answers[:200].decode(errors="replace"))
    connection.close()


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
