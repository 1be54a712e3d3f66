#!/usr/bin/env python3
"""Replays the runs in which the simulator found a bug: regressions_test.py CLUSTER-SIM"""

import json
import pathlib
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).parent
PROGRAM = None


def recorded():
    for line in (HERE / "rng_seeds.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            scenario, seed, forbidden, fact = line.split(maxsplit=3)
            yield scenario, seed, set(forbidden.split(",")), fact


class Regressions(unittest.TestCase):
    def test_bugs_that_were_found_stay_away(self):
        for scenario, seed, forbidden, fact in recorded():
            with self.subTest(fact):
                command = [PROGRAM, "run", "--scenario", str(HERE / f"{scenario}.json"),
                           "--seed", seed, "--json", "-"]
                run = subprocess.run(command, capture_output=True, text=True, timeout=120)
                self.assertIn(run.returncode, (0, 128, 129), run.stderr)
                result = json.loads(run.stdout)
                reported = {violation["checker"] for violation in result["violations"]}
                if not result["converged"]:
                    reported.add("converge")
                self.assertFalse(reported & forbidden, f"{' '.join(command)}: {reported}")
                self.assertGreater(result["ops"]["writes_acked"], 0)

    def test_every_scenario_is_listed(self):
        listed = {scenario for scenario, *_ in recorded()}
        self.assertEqual(listed, {path.stem for path in HERE.glob("*.json")})


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
