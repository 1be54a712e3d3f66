#!/usr/bin/env python3
"""Calls the built cluster-sim as people do: exit statuses, JSON, files, and one line for each mistake.

    commands_test.py CLUSTER_SIM CHECKOUT
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = ""
CHECKOUT = pathlib.Path()


def call(*args, timeout=200, **options):
    return subprocess.run([PROGRAM, *args], capture_output=True, text=True, timeout=timeout, check=False, **options)


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)


class Mistakes(Files):
    """Status 2, nothing on stdout, and one line on stderr that says what would be right."""

    def check(self, args, *parts):
        with self.subTest(args=args):
            done = call(*args)
            self.assertEqual(2, done.returncode, done.stderr)
            self.assertEqual("", done.stdout)
            self.assertRegex(done.stderr, r"\A[^\n]+\n\Z")
            for part in parts:
                self.assertIn(part, done.stderr)

    def test_commands(self):
        self.check([], "run, fuzz, membership or scenarios")
        self.check(["rnu"], "did you mean run?")
        self.check(["serve"], "run, fuzz, membership and scenarios")
        self.check(["a\nb"], "a\\nb")
        self.check(["--seed", "1"], "there is no such command")

    def test_options(self):
        self.check(["run", "--sede", "1"], "did you mean --seed?")
        self.check(["run", "--colour"], "--help lists them")
        self.check(["run", "--config", "x"], "there is no such option")
        self.check(["run", "17"], "17: nothing is expected here")
        self.check(["run", "--seed"], "--seed: needs a value")
        self.check(["run", "--seed="], "--seed: needs a value")
        self.check(["run", "--seed", "1", "--seed", "2"], "give it once")
        self.check(["fuzz", "--seeds", "1..2", "--json", "x"], "there is no such option")
        self.check(["scenarios", "all"], "nothing is expected here")

    def test_numbers(self):
        for value in ["-1", "1.5", "x", "9007199254740992", "99999999999999999999", "0x10", " 1"]:
            self.check(["run", "--seed", value], "must be a whole number below 2^53")
        for value in ["0", "-1", "2001", "5x", "1e3"]:
            self.check(["run", "--nodes", value], "1 to 2000")
        for value in ["0", "33", "three"]:
            self.check(["run", "--replicas", value], "1 to 32")
        for value in ["60", "1s", "25h", "s", "-5s", "1m30s", "5 s"]:
            self.check(["run", "--duration", value], "60s", "5s to 86400s")
            self.check(["fuzz", "--seeds", "1..2", "--duration", value], "5s to 86400s")
        for value in ["5s..", "..9s", "5s...9s", "1s..9s", "5s..25h", "5..9s"]:
            self.check(["fuzz", "--seeds", "1..2", "--duration", value], "5s to 86400s")
        self.check(["fuzz", "--seeds", "1..2", "--duration", "9s..8s"], "A at most B")
        self.check(["run", "--duration", "5s..9s"], "5s to 86400s")
        for value in ["1.5", "-0.1", "2", "0.5x", ".5", "nan", "1e-3"]:
            self.check(["membership", "--loss", value], "0 to 1")
        self.check(["membership", "--nodes", "0"], "2 to 100000")
        self.check(["membership", "--nodes", "1"], "2 to 100000")
        self.check(["membership", "--trials", "0"], "1 to 1000000")
        self.check(["membership", "--duration", "10"], "with its unit")

    def test_names(self):
        self.check(["membership", "--profile", "wann"], "lan, lan-1s, cloud, wan, memberlist-lan, swim, swim-baseline")
        self.check(["membership", "--fault", "crash"], "must be process-crash, host-crash, join, anomaly")
        self.check(["membership", "--faults", "2"], "give --fault process-crash, host-crash, join")
        self.check(["membership", "--off", "1s"], "--fault none has none; give --fault anomaly, stop, starve, deaf or cut")
        self.check(["membership", "--fault", "cut", "--on", "1s"], "give --fault anomaly, stop, starve or deaf too")
        self.check(["membership", "--fault", "stop", "--cost", "1ms"], "give --fault starve too")
        self.check(["membership", "--fault", "stop", "--never-met"], "give --fault cut too")
        self.check(["membership", "--fault", "cut", "--never-met", "--profile", "swim"], "it is of lan, lan-1s, cloud and wan")
        self.check(["membership", "--fault", "deaf", "--severity", "0.5"], "give --fault lossy too")
        self.check(["membership", "--fault", "deaf", "--islands", "3"], "give --fault cut too")
        self.check(["membership", "--fault", "cut", "--faults", "50", "--islands", "3"], "leaves nobody for that one")
        self.check(["membership", "--fault", "lossy", "--severity", "1.5"], "0 to 1")
        self.check(["membership", "--nodes", "5", "--fault", "join", "--faults", "5"], "less than --nodes")
        self.check(["membership", "--nodes", "100000", "--fault", "join"], "at most 100000 together")
        self.check(["membership", "--nodes", "20000", "--fault", "cut", "--islands", "64", "--faults", "312"], "takes some 276 GB of memory; must be at most 20 GB")
        self.check(["membership", "--nodes", "90000", "--fault", "join", "--faults", "1000"], "takes some 91 GB of memory; must be at most 20 GB")
        self.check(["membership", "--nodes", "11000", "--mode", "full"], "give --mode scale")
        self.check(["membership", "--mode", "shared"], "must be scale or full")
        self.check(["membership", "--mode", "full", "--profile", "swim"], "it is of lan, lan-1s, cloud and wan")
        self.check(["run", "--scenario", "tempest"], "cluster-sim scenarios")
        self.check(["run", "--scenario", "clam"], "did you mean calm?")
        self.check(["run", "--scenario", str(self.folder)], "Is a directory")
        self.check(["run", "--scenario", "one-crash", "--nodes", "2"], "3 or more")
        self.check(["scenarios", "--nodes", "4"], "only with --scenario")

    def test_seeds(self):
        self.check(["fuzz"], "--seeds: is missing")
        for value in ["9..3", "5", "5..", "..5", "1...5", "-1..5", "1..9007199254740992", "a..b", "1-5", "1.. 5"]:
            self.check(["fuzz", "--seeds", value], "A..B", "below 2^53")
        self.check(["fuzz", "--seeds", "1..2", "--jobs", "0"], "1 to 1024")
        self.check(["fuzz", "--seeds", "1..2", "--time-limit", "5"], "with its unit")

    def test_scenario_files(self):
        for text, part in [
            ("", "line 1, column 1"), ("{", "this is no JSON"), ("[]", "must be an object"),
            ('{"nodes": 5,\n "nods": 5}', "did you mean nodes?"), ('{"nodes": "5"}', "must be a whole number"),
            ('{"nodes": 0}', "1 to 2000"), ('{"network": {"loss": 1.5}}', "network.loss: 1.5; must be 0 to 1"),
            ('{"duration": "1 s"}', "a duration in quotes"), ('{"\\n": 5}', "there is no such field"),
            ('{"faults": [{"kind": "fire", "at": "9s"}]}', "is no fault"),
            ('{"faults": [{"kind": "reset", "at": "9s"}]}', "workload.clients 0"),
            ('{"faults": [{"kind": "leave", "at": "9s", "hosts": ["node-7"]}]}', 'there is no "node-7"'),
        ]:
            file = self.folder / "scenario.json"
            file.write_text(text)
            self.check(["run", "--scenario", str(file)], f"{file}: ", part)
            self.check(["fuzz", "--seeds", "1..2", "--scenario", str(file)], part)
        file.write_bytes(b"\x00\xff\xfe\n" * 10)
        self.check(["run", "--scenario", str(file)], "this is no JSON")

    def test_files_that_cannot_be_written(self):
        nowhere = str(self.folder / "nowhere" / "x")
        for command in [["run", "--json"], ["run", "--report"], ["membership", "--json"]]:
            self.check([*command, nowhere], "a folder that exists")
            self.check([*command, str(self.folder)], "cannot be written")
        self.check(["run", "--json", "-", "--report", "-"], "give each its own")


class Runs(Files):
    def test_help_and_version(self):
        self.assertRegex(call("--version").stdout, r"\Acluster-sim \d+\.\d+\.\d+\n\Z")
        for args in [["--help"], ["run", "--help"], ["fuzz", "--help"], ["membership", "--help"],
                     ["scenarios", "--help"], ["-h"], ["run", "--version"]]:
            done = call(*args)
            self.assertEqual((0, ""), (done.returncode, done.stderr), args)
            self.assertTrue(done.stdout)

    def test_every_option_of_the_help_is_in_the_guide(self):
        guide = (CHECKOUT / "docs/simulator.md").read_text()
        for command in ["run", "fuzz", "membership", "scenarios"]:
            for option in re.findall(r"^ +(--[a-z-]+)", call(command, "--help").stdout, re.M):
                self.assertTrue(re.search(re.escape(option) + r"(?![\w-])", guide), f"{command} {option}")

    def test_scenarios_have_a_line_each(self):
        lines = call("scenarios").stdout.splitlines()
        self.assertGreaterEqual(len(lines), 14)
        for line in lines:
            self.assertRegex(line, r"\A[a-z-]+  +\S")
        self.assertTrue(lines[0].startswith("swarm "))

    def test_a_calm_run_is_fine_and_says_its_seed_first(self):
        result = self.folder / "run.json"
        page = self.folder / "run.html"
        result.write_text("x" * 1_000_000)  # What was there is gone.
        done = call("run", "--scenario", "calm", "--seed", "12", "--duration", "5s", "--nodes", "3",
                    "--json", str(result), "--report", str(page))
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertTrue(done.stdout.startswith("seed 12, scenario calm"), done.stdout)
        self.assertIn("outcome:  fine", done.stdout)
        written = json.loads(result.read_text())
        self.assertEqual((12, 3, 5.0), (written["seed"], written["nodes"], written["duration_s"]))
        self.assertEqual([], written["violations"])
        self.assertGreater(written["ops"]["writes_acked"], 100)
        self.assertGreater(written["ops"]["reads"], 100)
        self.assertRegex(written["trace_hash"], r"\A[0-9a-f]{16}\Z")
        self.assertGreater(written["wall_s"], 0)
        html = page.read_text()
        self.assertTrue(html.startswith("<!DOCTYPE html>"))
        self.assertIn("node-2 (", html)
        self.assertLess(len(html), 3 << 20)

    def test_json_to_stdout_leaves_words_to_stderr(self):
        done = call("run", "--scenario", "calm", "--duration", "5s", "--json", "-")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual("calm", json.loads(done.stdout)["scenario"])
        self.assertIn("seed 1, scenario calm", done.stderr)

    def test_the_replay_command_repeats_the_run(self):
        first = call("run", "--seed", "7", "--nodes", "4", "--replicas", "2", "--duration", "6s", "--json", "-")
        replay = re.search(r"^replay: +(.*)$", first.stderr, re.M).group(1)
        self.assertEqual(f"{PROGRAM} run --seed 7 --nodes 4 --replicas 2 --duration 6s", replay)
        again = subprocess.run(replay + " --json - --report " + str(self.folder / "r.html"), shell=True,
                               capture_output=True, text=True, check=False)
        self.assertEqual(first.returncode, again.returncode)
        one, two = json.loads(first.stdout), json.loads(again.stdout)
        one.pop("wall_s"), two.pop("wall_s")
        self.assertEqual(one, two)

    def test_a_run_shown_as_a_file_is_the_same_run(self):
        file = self.folder / "a file.json"
        file.write_text(call("scenarios", "--scenario", "swarm", "--seed", "9", "--duration", "6s").stdout)
        drawn = call("run", "--seed", "9", "--duration", "6s", "--json", "-")
        read = call("run", "--seed", "9", "--scenario", str(file), "--json", "-")
        one, two = json.loads(drawn.stdout), json.loads(read.stdout)
        self.assertEqual(one["trace_hash"], two["trace_hash"])
        self.assertIn(f"--scenario '{file}'", read.stderr)

    def test_the_example_runs(self):
        file = CHECKOUT / "tools/cluster-sim/scenarios/example.json"
        done = call("run", "--scenario", str(file), "--json", "-")
        self.assertIn(done.returncode, (0, 128, 129), done.stderr)
        self.assertEqual("example", json.loads(done.stdout)["scenario"])

    def test_what_is_not_repaired_is_said_and_the_exit_status_names_what_was_found(self):
        done = call("run", "--scenario", "udp-blocked", "--duration", "20s", "--json", "-")
        result = json.loads(done.stdout)
        self.assertIn("not everything can be repaired yet", done.stderr)
        self.assertEqual(129 if result["violations"] else 0 if result["converged"] else 128, done.returncode)
        for violation in result["violations"]:
            self.assertTrue(violation["checker"] and violation["text"])

    def test_membership_writes_its_figures(self):
        result = self.folder / "m.json"
        done = call("membership", "--nodes", "20", "--profile", "lan", "--fault", "process-crash", "--trials", "2",
                    "--seed", "3", "--json", str(result))
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertTrue(done.stdout.startswith("seed 3, 20 nodes"), done.stdout)
        written = json.loads(result.read_text())
        self.assertEqual((20, "lan", "process-crash", 2),
                         tuple(written[name] for name in ("nodes", "profile", "fault", "trials")))
        self.assertEqual({"p50", "p99", "max"}, set(written["dead_all_s"]))
        self.assertIsNone(written["join_visible_all_s"])
        self.assertGreater(written["tx_bytes_per_node_s"]["mean"], 0)
        self.assertGreater(written["events"], 0)


class Fuzz(Files):
    def test_seeds_run_and_are_counted(self):
        done = call("fuzz", "--seeds", "1..4", "--jobs", "2", "--duration", "5s")
        self.assertIn(done.returncode, (0, 129), done.stderr)
        self.assertTrue(done.stdout.startswith("seeds 1..4, scenario swarm"), done.stdout)
        self.assertRegex(done.stdout, r"(?m)^4 seeds in [\d.]+ s: (none|\d+) failed")
        self.assertEqual(done.returncode == 129, "replay: " in done.stdout)

    def test_each_seed_draws_its_duration_from_a_range(self):
        # A fault that never strikes fails every run: the replays name the durations.
        file = self.folder / "cut.json"
        file.write_text('{"nodes": 1, "controllers": 0, "frontends": 1, "converge_within": "5s", '
                        '"faults": [{"kind": "loss", "at": "1s", "lasts": "1s", "strength": 0}]}')
        fuzz = ("fuzz", "--seeds", "1..40", "--scenario", str(file), "--duration", "5s..45s")
        done = call(*fuzz)
        drawn = [int(d) for d in re.findall(r"--duration (\d+)s$", done.stdout, re.M)]
        self.assertEqual(40, len(drawn), done.stdout)
        self.assertGreaterEqual(min(drawn), 5)
        self.assertLessEqual(max(drawn), 45)
        self.assertGreater(len([d for d in drawn if d <= 10]), 12, "most are short")
        self.assertGreater(len([d for d in drawn if d > 25]), 2, "some are long")
        again = [int(d) for d in re.findall(r"--duration (\d+)s$", call(*fuzz).stdout, re.M)]
        self.assertEqual(sorted(drawn), sorted(again))

    def test_a_seed_that_fails_is_one_line_with_the_command_that_replays_it(self):
        # A fault that never strikes fails every run.
        file = self.folder / "cut.json"
        file.write_text('{"nodes": 3, "duration": "30s", "converge_within": "5s", '
                        '"faults": [{"kind": "loss", "at": "1s", "lasts": "1s", "strength": 0}]}')
        done = call("fuzz", "--seeds", "5..6", "--scenario", str(file))
        self.assertEqual(129, done.returncode, done.stdout)
        lines = [line for line in done.stdout.splitlines() if line.startswith("seed ")]
        self.assertEqual(2, len(lines), done.stdout)
        match = re.fullmatch(r"seed (\d+) failed: (faults_struck); replay: (.*)", lines[0])
        self.assertTrue(match, lines[0])
        replayed = subprocess.run(match.group(3), shell=True, capture_output=True, text=True, check=False)
        self.assertEqual(129, replayed.returncode)
        self.assertIn("faults_struck", replayed.stdout)

    def test_the_time_limit_ends_it(self):
        begin = time.monotonic()
        done = call("fuzz", "--seeds", "0..9007199254740991", "--time-limit", "1s", "--duration", "5s")
        self.assertLess(time.monotonic() - begin, 100)
        self.assertIn("of 9,007,199,254,740,992 seeds", done.stdout)
        self.assertIn("the time limit", done.stdout)

    def test_a_seed_that_takes_too_long_has_failed(self):
        done = call("fuzz", "--seeds", "1..1", "--scenario", "calm", "--duration", "2h", "--seed-limit", "1ms")
        self.assertEqual(129, done.returncode, done.stdout)
        self.assertIn("seed 1 failed: took longer than 1ms", done.stdout)

    def test_a_signal_ends_it_with_a_summary(self):
        with subprocess.Popen([PROGRAM, "fuzz", "--seeds", "0..9007199254740991", "--scenario", "calm", "--duration",
                               "10m"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            self.assertIn("seeds 0..", process.stdout.readline())
            time.sleep(0.3)  # Also if it has noticed nothing by then it ends.
            os.kill(process.pid, signal.SIGINT)
            out, _ = process.communicate(timeout=60)
            self.assertIn(process.returncode, (130, 129))
            self.assertIn("ended by a signal", out)


if __name__ == "__main__":
    PROGRAM = str(pathlib.Path(sys.argv[1]).resolve())
    CHECKOUT = pathlib.Path(sys.argv[2])
    del sys.argv[1:3]
    unittest.main()
