#!/usr/bin/env python3
"""Medians of the harness's figures: summarize.py [--table] figures.jsonl...

Left out, whatever they measured, are trials during which a timer of the harness was late by more than
50 ms, and those of clusters in which a living member was called dead: they tell of a busy machine.
"""

import json
import statistics
import sys
from collections import defaultdict

LATEST_S = 0.05
NAMES = {
    "host-crash": ("first_dead_s", "dead_99pct_s", "dead_all_s"),
    "join": ("first_visible_s", "join_visible_99pct_s", "join_visible_all_s"),
}


def rows(paths):
    kept, seen = defaultdict(list), defaultdict(int)
    for path in paths:
        with open(path, encoding="utf-8") as lines:
            for trial in map(json.loads, lines):
                key = trial["nodes"], trial["fault"]
                seen[key] += 1
                calm = trial["worst_timer_lag_s"] <= LATEST_S and trial["false_deaths"] == 0
                if calm and trial["all_s"] is not None:
                    kept[key].append(trial)
    for (nodes, fault), trials in sorted(kept.items()):
        row = {"nodes": nodes, "fault": fault, "trials": len(trials),
               "left_out": seen[nodes, fault] - len(trials)}
        for field, name in zip(("first_s", "p99_s", "all_s"), NAMES[fault]):
            row[name] = round(statistics.median(t[field] for t in trials), 4)
            # Half the distance between the ranks that hold the median with 95 %.
            ordered = sorted(t[field] for t in trials)
            margin = 0.98 * len(ordered) ** 0.5
            low = ordered[max(0, int(len(ordered) / 2 - margin))]
            high = ordered[min(len(ordered) - 1, int(len(ordered) / 2 + margin))]
            row[name + "_margin"] = round((high - low) / 2, 4)
        yield row


def main():
    arguments = [a for a in sys.argv[1:] if a != "--table"]
    if not arguments:
        sys.exit(__doc__)
    found = list(rows(arguments))
    if "--table" not in sys.argv:
        print(json.dumps(found, indent=2))
        return
    print("| nodes | what | trials | left out | first | 99 % | all |")
    print("|---|---|---|---|---|---|---|")
    for row in found:
        cells = [f"{row[n]:.3f} +- {row[n + '_margin']:.3f} s" for n in NAMES[row["fault"]]]
        print(f"| {row['nodes']} | {row['fault']} | {row['trials']} | {row['left_out']} | "
              + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
