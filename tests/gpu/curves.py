#!/usr/bin/env python3
"""Two losses side by side, of two runs of `convlstm train` with the same seed; fails where they part."""

import re
import sys

TOLERANCE = 0.05  # of the loss: rounding differs, and grows with the steps


def read(path: str) -> dict[int, float]:
    with open(path, encoding="utf-8") as file:
        return {int(step): float(loss) for step, loss in re.findall(r"^step (\d+)/\d+\s+loss ([0-9.]+)", file.read(), re.M)}


def main() -> int:
    if len(sys.argv) != 3:
        print("curves.py: expected two files of output of convlstm train", file=sys.stderr)
        return 2
    first, second = (read(path) for path in sys.argv[1:])
    steps = sorted(first.keys() & second.keys())
    if not steps:
        print("curves.py: expected steps that both runs told, got none", file=sys.stderr)
        return 1
    print("| step | loss of the first | of the second | difference |")
    print("| ---: | ---: | ---: | ---: |")
    worst = 0.0
    for step in steps:
        difference = abs(second[step] - first[step]) / first[step]
        worst = max(worst, difference)
        print(f"| {step} | {first[step]:.6f} | {second[step]:.6f} | {difference:.1e} |")
    falls = first[steps[-1]] < first[steps[0]] and second[steps[-1]] < second[steps[0]]
    print(f"largest difference {worst:.1%}, allowed {TOLERANCE:.0%}; " + ("both fall" if falls else "a loss does not fall"))
    return 0 if worst <= TOLERANCE and falls else 1


if __name__ == "__main__":
    sys.exit(main())
