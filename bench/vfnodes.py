"""Nodes on loopback for the scripts of this folder: started, filled, asked and ended."""

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.request

BATCH_BYTES = 1 << 20  # of requests that are sent before their answers are read


class Node:
    """A vfnode on a free port of loopback. Its log is kept in memory."""

    def __init__(self, program, *arguments):
        self.started = time.monotonic()
        self.process = subprocess.Popen([program, "0", *arguments, "--bind", "127.0.0.1"],
                                        stderr=subprocess.PIPE, text=False)
        self.log = b""
        self.port = 0

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def _read_log(self, patience_s):
        """False at its end."""
        if not select.select([self.process.stderr], [], [], patience_s)[0]:
            return True
        chunk = os.read(self.process.stderr.fileno(), 65536)
        self.log += chunk
        return bool(chunk)

    def looks_ready(self):
        """Whether the ready line has come by now."""
        self._read_log(0)
        ready = re.search(rb"ready.*http://[^ \n]*:(\d+)", self.log)
        if ready:
            self.port = int(ready.group(1))
        return bool(ready)

    def wait_until_ready(self, limit_s):
        """Seconds from the start to the ready line."""
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            if self.looks_ready():
                return time.monotonic() - self.started
            if not self._read_log(0.1):
                break
        sys.exit("a node did not become ready; its log:\n" + self.log.decode(errors="replace"))

    def cpu_s(self):
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def page(self, path):
        with urllib.request.urlopen(f"http://{self.address}{path}", timeout=10) as page:
            return json.load(page)

    def status(self):
        return self.page("/status")

    def runs(self):
        return self.process.poll() is None

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if not self.runs():
            return
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.kill()


def key(number):
    return b"/k%08d" % number


def _pipelined(port, requests, statuses):
    """Sends requests in batches, one behind the other on one connection; counts their statuses."""
    connection = socket.create_connection(("127.0.0.1", port))
    for batch in requests:
        connection.sendall(b"".join(batch))
        heads = 0
        answers = b""
        while heads < len(batch):
            chunk = connection.recv(1 << 16)
            if not chunk:
                sys.exit("the connection ended before all was answered")
            answers += chunk
            heads = answers.count(b"HTTP/1.1 ")
            # The last head may have come without its status.
            if heads == len(batch) and len(answers) - answers.rfind(b"HTTP/1.1 ") < 13:
                heads -= 1
        for status in re.findall(rb"HTTP/1\.1 (\d+) ", answers):
            statuses[int(status)] = statuses.get(int(status), 0) + 1
        # What is left of the last answer comes before the next batch's.
    connection.close()


def _batches(records, each_bytes, request_of):
    batch = max(1, min(BATCH_BYTES // each_bytes, 1000))
    for first in range(0, records, batch):
        yield [request_of(number) for number in range(first, min(first + batch, records))]


def fill(port, records, value_bytes):
    """Stores `records` values of so many random bytes; exits if one is refused."""
    value = os.urandom(value_bytes).hex()[:value_bytes].encode()
    statuses = {}
    _pipelined(port, _batches(records, value_bytes + 100, lambda number:
               b"POST %s HTTP/1.1\r\nHost: bench\r\nContent-Length: %d\r\n\r\n%s" %
               (key(number), value_bytes, value)), statuses)
    if statuses != {200: records}:
        sys.exit(f"records were not stored: {statuses}")


def read_all(port, records):
    """The statuses of reading every record, with how often each came."""
    statuses = {}
    _pipelined(port, _batches(records, 2000, lambda number:
               b"GET /get/?key=%s HTTP/1.1\r\nHost: bench\r\n\r\n" % key(number)[1:]), statuses)
    return statuses
