"""Runs and times this library, by the program cln_sequence_bench, on arrays in files."""

import json
import pathlib
import subprocess

import numpy

from cases import PRECISIONS, Case


def make_arrays(case: Case, folder: pathlib.Path) -> dict[str, numpy.ndarray]:
    """Random input, parameters and gradient, written where the program reads them. Numbers of every case are the same
    in every run; kernels keep the sums of the gates near one."""
    random = numpy.random.default_rng(case.batch * 7919 + case.hidden * 31 + case.kernel)
    gates, taps = 4 * case.hidden, case.kernel**2

    def draw(*dims, scale=1.0):
        return (random.standard_normal(dims, dtype=numpy.float32) * numpy.float32(scale)).astype(numpy.float32)

    frames = (case.batch, case.steps)
    arrays = {
        "x": draw(*frames, case.channels, case.height, case.width),
        "input_kernel": draw(gates, case.channels, case.kernel, case.kernel, scale=(case.channels * taps) ** -0.5),
        "recurrent_kernel": draw(gates, case.hidden, case.kernel, case.kernel, scale=(case.hidden * taps) ** -0.5),
        "bias": draw(gates, scale=0.1),
        "dy": draw(*frames, case.hidden, case.height, case.width, scale=1e-2),
    }
    for name, array in arrays.items():
        array.tofile(folder / f"{name}.f32")
    return arrays


def run(program: pathlib.Path, device: str, case: Case, mode: str, precision: str, folder: pathlib.Path, seconds: float):
    """Times it. Gives what the program says, and its arrays by name."""
    sizes = ("batch", "steps", "channels", "height", "width", "hidden", "kernel")
    command = [str(program), "--device", device, "--math", PRECISIONS[precision][0], "--mode", mode]
    for size in sizes:
        command += [f"--{size}", str(getattr(case, size))]
    command += ["--arrays", str(folder), "--seconds", str(seconds)]
    for stale in [*folder.glob("d_*.f32"), *folder.glob("y.f32")]:
        stale.unlink()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip() or f"cln_sequence_bench ended with {done.returncode}")
    for line in done.stderr.splitlines():
        print(f"  {line}", flush=True)
    results = {path.stem: numpy.fromfile(path, numpy.float32) for path in [*folder.glob("d_*.f32"), folder / "y.f32"]}
    return json.loads(done.stdout), results
