#!/usr/bin/env python3
"""One ConvLSTM here and in PyTorch, side by side: outputs are compared with sums in double precision first, then both are
timed in the same run. Results are kept in a file, so that several short runs fill one table."""

import argparse
import json
import pathlib
import sys
import tempfile
import time

import numpy

import ours
from cases import CASES, MODES, PRECISIONS, SMALL_CASES, TOLERANCES

try:
    import torch

    import torch_peers
except ImportError:  # without PyTorch ours alone is timed
    torch = torch_peers = None

VARIANTS = ("eager", "reduce-overhead", "max-autotune")
FORMS = ("concat", "split")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=pathlib.Path, required=True, help="cln_sequence_bench")
    parser.add_argument("--results", type=pathlib.Path, required=True, help="JSON file, read and added to")
    parser.add_argument("--cases", default="", help="numbers from 1, such as 1,3; default all")
    parser.add_argument("--modes", default=",".join(MODES))
    parser.add_argument("--precisions", default=",".join(PRECISIONS))
    parser.add_argument("--variants", default=",".join(VARIANTS), help="of PyTorch")
    parser.add_argument("--budget", type=float, default=500, help="seconds after which nothing new is begun")
    parser.add_argument("--seconds", type=float, default=0.5, help="of each measurement")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda", help="where ours runs")
    parser.add_argument("--emulated", action="store_true", help="small layers, PyTorch on the processor, eager alone")
    parser.add_argument("--table-only", action="store_true", help="print what the file holds")
    options = parser.parse_args()
    for name, known in (("modes", MODES), ("precisions", PRECISIONS), ("variants", VARIANTS)):
        values = [value for value in getattr(options, name).split(",") if value]
        for value in values:
            if value not in known:
                parser.error(f"--{name}: expected some of {', '.join(known)}, got {value}")
        setattr(options, name, values)
    if options.emulated:
        options.variants = [variant for variant in options.variants if variant == "eager"]
    options.all_cases = SMALL_CASES if options.emulated else CASES
    try:
        numbers = [int(value) for value in options.cases.split(",") if value] or range(1, len(options.all_cases) + 1)
        options.cases = [options.all_cases[number - 1] for number in numbers if number > 0 or parser.error("--cases: from 1")]
    except (ValueError, IndexError):
        parser.error(f"--cases: expected numbers of 1 to {len(options.all_cases)}, got {options.cases}")
    return options


class Results:
    """What was measured, by case, mode, precision and who."""

    def __init__(self, path: pathlib.Path):
        self.path = path
        self.rows = json.loads(path.read_text()) if path.exists() else {}

    def put(self, case, mode, precision, who, value) -> None:
        self.rows.setdefault(f"{case.name} | {mode} | {precision}", {})[who] = value
        self.save()

    def put_peaks(self, peaks, text) -> None:
        self.rows["peaks"] = peaks
        self.rows["who"] = text
        self.save()

    def save(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(self.rows, indent=1))
        new.replace(self.path)

    def get(self, case, mode, precision):
        return self.rows.get(f"{case.name} | {mode} | {precision}", {})


def error_of(got: dict, expected: dict) -> float:
    """The largest error of all arrays, relative to the largest number of each. NaN counts as infinite."""
    worst = 0.0
    for name, array in expected.items():
        difference = numpy.abs(got[name].astype(numpy.float64) - array.ravel()).max() / numpy.abs(array).max()
        worst = max(worst, difference if numpy.isfinite(difference) else numpy.inf)
    return float(worst)


def measure_ours(options, results, case, arrays, mode, folder) -> bool:
    """Whether all of it was right."""
    expected = torch_peers.reference(arrays, options.torch_device, mode) if torch else None
    right = True
    for precision in options.precisions:
        try:
            told, got = ours.run(options.program, options.device, case, mode, precision, folder, options.seconds)
            told["error"] = error_of(got, expected) if expected else None
            if expected and not told["error"] <= TOLERANCES[precision]:
                told["wrong"] = f"error {told['error']:.1e}, allowed {TOLERANCES[precision]:.0e}"
                right = False
        except RuntimeError as error:
            told = {"failed": str(error)}
            right = False
        results.put(case, mode, precision, "ours", told)
        print(f"{case.name}, {mode}, {precision}: {told}", flush=True)
    return right


def measure_peers(options, results, case, arrays, mode, deadline) -> None:
    for variant in options.variants:
        for precision in options.precisions:
            for form in FORMS:
                who = f"{variant} {form}"
                if time.monotonic() > deadline:
                    results.put(case, mode, precision, who, {"failed": "no time left"})
                    continue
                try:
                    told = {
                        "milliseconds": torch_peers.run_peer(
                            arrays, options.torch_device, mode, precision, form, variant, options.seconds
                        )
                    }
                except Exception as error:  # noqa: BLE001 whatever PyTorch cannot do is no failure of this program
                    told = {"failed": f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"}
                results.put(case, mode, precision, who, told)
                print(f"{case.name}, {mode}, {precision}, {who}: {told}", flush=True)


def best_of(row: dict, variant: str):
    times = [row.get(f"{variant} {form}", {}).get("milliseconds") for form in FORMS]
    times = [value for value in times if value is not None]
    return min(times) if times else None


def print_table(options, results) -> None:
    def number(value, text="{:.3g}"):
        return "-" if value is None else text.format(value)

    devices = sorted({row["ours"]["device"] for key, row in results.rows.items() if "|" in key and "device" in row.get("ours", {})})
    print(f"\nours on {', '.join(devices) or 'no device'}; {results.rows.get('who', 'PyTorch was not there')}")
    if options.emulated:
        print("the device is emulated: the table shows that it can be made, its times and shares mean nothing")
    print("milliseconds a sequence; of PyTorch the better of concat and split")
    peaks = results.rows.get("peaks")
    if peaks:
        rates = ", ".join(f"{name} {peaks[name] / 1e12:.3g} TFLOP/s" for name in PRECISIONS)
        print(f"peaks measured: {rates}, copy {peaks['bytes'] / 1e12:.3g} TB/s")
    print("| layer | mode | precision | ours | one call | " + " | ".join(VARIANTS) + " | speed-up | of peak | of bandwidth | error |")
    print("| --- | --- | --- |" + " ---: |" * (len(VARIANTS) + 6))
    for case in options.all_cases:
        for mode in MODES:
            for precision, (_, element) in PRECISIONS.items():
                row = results.get(case, mode, precision)
                if not row:
                    continue
                told = row.get("ours", {})
                mine = told.get("milliseconds")
                peers = [best_of(row, variant) for variant in VARIANTS]
                best = min((value for value in peers if value is not None), default=None)
                shares = torch_peers.work_of(case, mode, precision, element, mine, peaks) if peaks and mine and torch else (None, None)
                cells = [case.name, mode, precision, number(mine) + (" WRONG" if "wrong" in told else ""), number(told.get("single"))]
                cells += [number(value) for value in peers]
                cells += [number(best / mine if best and mine else None, "{:.2f}")]
                cells += [number(share, "{:.0%}") for share in shares] + [number(told.get("error"), "{:.0e}")]
                print("| " + " | ".join(cells) + " |")
    failures = {f"{key}, {who}: {told['failed']}" for key, row in results.rows.items() if key not in ("peaks", "who")
                for who, told in row.items() if "failed" in told}
    for failure in sorted(failures):
        print(f"not measured: {failure}")


def main() -> int:
    options = parse()
    deadline = time.monotonic() + options.budget
    results = Results(options.results)
    options.torch_device = "cpu" if options.emulated else "cuda"
    right = True
    if not options.table_only:
        if torch:
            size, copy = (256, 1 << 20) if options.emulated else (8192, 1 << 30)
            results.put_peaks(torch_peers.peaks(options.torch_device, size, copy, options.seconds), torch_peers.describe(options.torch_device))
        for case in options.cases:
            with tempfile.TemporaryDirectory() as name:
                folder = pathlib.Path(name)
                arrays = ours.make_arrays(case, folder)
                for mode in options.modes:
                    right &= measure_ours(options, results, case, arrays, mode, folder)
                    if torch:
                        measure_peers(options, results, case, arrays, mode, deadline)
    print_table(options, results)
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
