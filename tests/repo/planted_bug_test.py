#!/usr/bin/env python3
"""No program has a place for planted bugs (base/planted_bug.h). Run by ctest as `planted_bug_test`.

    tests/repo/planted_bug_test.py NM TWIN PROGRAM...

NM lists the symbols of each PROGRAM, which must name no planted bug, and those of TWIN, a library
that is built for them, which must: so that it is not the search that finds nothing.
"""

import subprocess
import sys


def names_planted_bugs(nm, file):
    symbols = subprocess.run([nm, "--demangle", file], check=True, capture_output=True, text=True).stdout
    return "planted_bug" in symbols


def main(nm, twin, *programs):
    wrong = [f"{program} can have planted bugs" for program in programs if names_planted_bugs(nm, program)]
    if not names_planted_bugs(nm, twin):
        wrong.append(f"{twin} has no place for planted bugs: they can be found nowhere")
    if not programs:
        wrong.append("no program to look at")
    print("\n".join(wrong) or f"{len(programs)} programs without planted bugs")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
