#!/usr/bin/env python3
"""What clients feel of a node that stands still and goes on: SIGSTOP and SIGCONT, real processes.

    bench/pause.py [--bin DIR] [--replicas K] [--pause S] [--keys N] [--json FILE]

Three nodes hold N keys. Clients write and read them through the two that go on, one request every
few milliseconds each; then the third is stopped for S seconds. Each key has one writer, which
counts up, so that every answer tells whether it is older than what was acknowledged before it was
asked for. What the stopped node itself says is asked in two ways: by requests that lie in its
sockets when it wakes up, and by clients that come afterwards.

Prints the latencies before the pause, until the node is suspected, from then on, and after SIGCONT;
how late the last old value came from the node after SIGCONT; and when it held all that it had missed.
Exit status: 0; 1 if an answer was older than what was acknowledged before it was asked for (from the
node itself: later than a hedge delay after SIGCONT), was 5xx or none, writes took longer than
300 ms or reads longer than 50 ms at 99 % once the node was suspected, or it did not come to hold
what it had missed.
"""

import argparse
import http.client
import json
import os
import random
import signal
import sys
import threading
import time

from vfnodes import Node

QUIET_S = 4
AFTER_S = 5
MOST_WAIT_S = 30
REQUEST_EVERY_S = 0.005
HEDGE_S = 0.005  # at least: p99 of recent answers, if that is more
PHASES = ("before", "until suspected", "suspected", "after SIGCONT")


class Keys:
    """What was acknowledged last, by key. Each has one writer."""

    def __init__(self, count):
        self.acknowledged = [0] * count

    @staticmethod
    def path(key):
        return f"/p{key}"


class Client(threading.Thread):
    """One connection to one node; a request every REQUEST_EVERY_S."""

    def __init__(self, port, keys, mine, writes, seed):
        super().__init__(daemon=True)
        self.port = port
        self.keys = keys
        self.mine = mine
        self.writes = writes
        self.rng = random.Random(seed)
        self.answers = []  # (when asked, seconds, status)
        self.old = []  # when asked
        self.over = threading.Event()

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        number = dict.fromkeys(self.mine, 0)
        while not self.over.wait(REQUEST_EVERY_S):
            key = self.rng.choice(self.mine)
            before = self.keys.acknowledged[key]
            began = time.monotonic()
            try:
                if self.writes:
                    number[key] = max(number[key], before) + 1
                    connection.request("POST", Keys.path(key), str(number[key]))
                else:
                    connection.request("GET", f"/get/?key={Keys.path(key)[1:]}")
                answer = connection.getresponse()
                body = answer.read()
                status = answer.status
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                body = b""
                status = type(error).__name__
            self.answers.append((began, time.monotonic() - began, status))
            if status == 200 and self.writes:
                self.keys.acknowledged[key] = number[key]
            elif not self.writes and (status != 200 or int(body) < before):
                self.old.append(began)


class Waiting:
    """Reads that are sent while a node stands still, so that it finds them when it goes on."""

    def __init__(self, port, keys, count, connections):
        self.keys = keys
        self.asked = []
        self.answers = []  # (when answered, whether old, status)
        for i in range(connections):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=MOST_WAIT_S)
            connection.connect()
            self.asked.append((connection, i % count))

    def send(self):
        for connection, key in self.asked:
            connection.request("GET", f"/get/?key={Keys.path(key)[1:]}")
        self.before = list(self.keys.acknowledged)

    def receive(self):
        def take(connection, key):
            answer = connection.getresponse()
            body = answer.read()
            old = answer.status == 200 and int(body) < self.before[key]
            self.answers.append((time.monotonic(), old, answer.status))
        threads = [threading.Thread(target=take, args=one) for one in self.asked]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def held_by(node, keys):
    """How many of the keys the node holds in an older version than was acknowledged."""
    connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=10)
    old = held = 0
    for key, number in enumerate(list(keys.acknowledged)):
        connection.request("GET", f"/get/?key={Keys.path(key)[1:]}&local=1")
        answer = connection.getresponse()
        body = answer.read()
        if answer.status == 200:
            held += 1
            old += int(body) < number
    connection.close()
    return old, held


def state_of(node, address):
    states = [member["state"] for member in node.page("/members") if member["address"] == address]
    return states[0] if states else "unknown"


def at_percent(sorted_values, percent):
    return sorted_values[min(len(sorted_values) - 1, len(sorted_values) * percent // 100)]


def figures(answers):
    took = sorted(seconds for _, seconds, _ in answers)
    failed = {}
    for _, _, status in answers:
        if status != 200:
            failed[str(status)] = failed.get(str(status), 0) + 1
    return {"requests": len(took), "p50_ms": round(at_percent(took, 50) * 1e3, 2),
            "p99_ms": round(at_percent(took, 99) * 1e3, 2), "most_ms": round(took[-1] * 1e3, 2),
            "failed": failed} if took else {"requests": 0}


def phase_of(when, bounds):
    return PHASES[sum(when >= bound for bound in bounds)]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default="build/release/bin")
    parser.add_argument("--replicas", type=int, default=3)
    parser.add_argument("--pause", type=float, default=20)
    parser.add_argument("--keys", type=int, default=400)
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args()
    program = os.path.join(options.bin, "vfnode")
    keys = Keys(options.keys)
    nodes = []
    clients = []
    try:
        nodes.append(Node(program, "--replicas", str(options.replicas), "--log-level", "info"))
        nodes[0].wait_until_ready(20)
        for _ in range(2):
            nodes.append(Node(program, nodes[0].address))
            nodes[-1].wait_until_ready(20)
        paused = nodes[2]
        for key in range(options.keys):
            connection = http.client.HTTPConnection("127.0.0.1", nodes[0].port)
            connection.request("POST", Keys.path(key), "0")
            if connection.getresponse().status != 200:
                sys.exit("a key was not stored")
            connection.close()
        everything = range(options.keys)
        writers = 3
        for i in range(writers):
            clients.append(Client(nodes[i % 2].port, keys, everything[i::writers], True, i))
            clients.append(Client(nodes[i % 2].port, keys, everything, False, 100 + i))
        for client in clients:
            client.start()
        time.sleep(QUIET_S)
        waiting = Waiting(paused.port, keys, options.keys, 64)
        stopped = time.monotonic()
        paused.process.send_signal(signal.SIGSTOP)
        while state_of(nodes[0], paused.address) == "alive":
            if time.monotonic() - stopped > MOST_WAIT_S:
                sys.exit("it was not suspected")
            time.sleep(0.01)
        suspected = time.monotonic()
        time.sleep(max(0.0, stopped + options.pause - 0.5 - time.monotonic()))
        waiting.send()
        time.sleep(max(0.0, stopped + options.pause - time.monotonic()))
        state = state_of(nodes[0], paused.address)
        paused.process.send_signal(signal.SIGCONT)
        went_on = time.monotonic()
        late = [Client(paused.port, keys, everything, False, 200 + i) for i in range(3)]
        for client in late:
            client.start()
        waiting.receive()
        complete = None
        while complete is None and time.monotonic() - went_on < MOST_WAIT_S:
            looked = time.monotonic()
            old, held = held_by(paused, keys)
            if old == 0:
                complete = round(looked - went_on, 3)
        time.sleep(max(0.0, went_on + AFTER_S - time.monotonic()))
        for client in clients + late:
            client.over.set()
        for client in clients + late:
            client.join()
        divergence = sum(node.status()["divergence"] for node in nodes)
        ended = time.monotonic()
        while divergence > 0 and time.monotonic() - ended < MOST_WAIT_S:
            time.sleep(0.1)
            divergence = sum(node.status()["divergence"] for node in nodes)
    finally:
        for node in nodes:
            if node.runs():
                node.process.send_signal(signal.SIGCONT)
            node.stop()

    bounds = (stopped, suspected, went_on)
    phases = {}
    for phase in PHASES:
        phases[phase] = {
            kind: figures([answer for client in clients if client.writes == (kind == "writes")
                           for answer in client.answers if phase_of(answer[0], bounds) == phase])
            for kind in ("writes", "reads")}
    old_elsewhere = sum(len(client.old) for client in clients)
    from_it = [(when - went_on, old) for when, old, _ in waiting.answers]
    from_it += [(when + seconds - went_on, when in client.old) for client in late
                for when, seconds, status in client.answers if status == 200]
    last_old = max((when for when, old in from_it if old), default=None)
    others = figures([answer for client in late for answer in client.answers])
    result = {"suspected_after_s": round(suspected - stopped, 3), "state_before_sigcont": state,
              "phases": phases, "old_answers_of_others": old_elsewhere,
              "answers_of_it": len(from_it), "old_answers_of_it": sum(old for _, old in from_it),
              "waiting_statuses": sorted({status for _, _, status in waiting.answers}),
              "last_old_answer_s": last_old, "clients_of_it": others,
              "complete_after_s": complete, "keys_held_by_it": held, "divergence": divergence}
    print(f"suspected after {result['suspected_after_s']} s, {state} before SIGCONT")
    for phase, kinds in phases.items():
        for kind, one in kinds.items():
            print(f"{phase:16} {kind:6} " + "  ".join(f"{k} {v}" for k, v in one.items()))
    print(f"old answers: {old_elsewhere} of the two that went on; {result['old_answers_of_it']} of "
          f"{len(from_it)} of the one that was stopped" +
          (f", the last {last_old * 1e3:.1f} ms after SIGCONT" if last_old is not None else ""))
    print("through the one that was stopped: " + "  ".join(f"{k} {v}" for k, v in others.items()))
    print(f"a look at its copies, begun {complete} s after SIGCONT, found all that it had missed; "
          f"divergence at the end {divergence}" if complete is not None
          else "it did NOT come to hold what it had missed")
    if options.json:
        with open(options.json, "w") as file:
            json.dump(result, file, indent=2)

    late_phases = ("suspected", "after SIGCONT")
    right = (complete is not None and divergence == 0 and old_elsewhere == 0 and
             (last_old is None or last_old <= max(HEDGE_S, phases["before"]["reads"]["p99_ms"] / 1e3))
             and all(phases[phase]["writes"]["p99_ms"] <= 300 and
                     phases[phase]["reads"]["p99_ms"] <= 50 for phase in late_phases)
             and not any(one.get("failed") for kinds in phases.values() for one in kinds.values()))
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
