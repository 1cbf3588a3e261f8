"""The layers that are timed, and how much work they are."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """One ConvLSTM without peepholes over a sequence, batch first."""

    name: str
    batch: int
    steps: int
    channels: int
    height: int
    width: int
    hidden: int
    kernel: int

    @property
    def area(self) -> int:
        return self.height * self.width

    def operations(self, mode: str) -> float:
        """Operations of the convolutions, an addition and a multiplication being two; training runs three of each, but
        for the gradient by the input, which nobody asks for."""
        taps = 2.0 * self.batch * self.steps * self.area * self.kernel**2 * 4 * self.hidden
        forward = taps * (self.channels + self.hidden)
        return forward if mode == "forward" else forward * 3 - taps * self.channels

    def least_bytes(self, mode: str, element: int) -> float:
        """What must pass through the device's memory however the work is done: x in, y out and, in training, the four
        gates and the cell state out and in again, and dy in."""
        pixels = float(self.batch * self.steps * self.area)
        forward = pixels * (self.channels + self.hidden) * 4
        return forward if mode == "forward" else forward + pixels * self.hidden * (2 * 4 * element + 2 * 4 + 4)


CASES = (
    Case("64x64x1, 64 hidden, 3x3", 1, 10, 1, 64, 64, 64, 3),
    Case("64x64x1, 64 hidden, 3x3, batch 16", 16, 10, 1, 64, 64, 64, 3),
    Case("64x64x1, 128 hidden, 3x3, batch 16", 16, 10, 1, 64, 64, 128, 3),
    Case("64x64x64, 64 hidden, 5x5, batch 8", 8, 10, 64, 64, 64, 64, 5),
    Case("16x16x16, 64 hidden, 3x3, batch 16, 20 steps", 16, 20, 16, 16, 16, 64, 3),
    Case("256x256x4, 64 hidden, 3x3, batch 2", 2, 10, 4, 256, 256, 64, 3),
)

# For a device that is emulated by loops on the processor.
SMALL_CASES = (
    Case("8x8x1, 4 hidden, 3x3", 1, 3, 1, 8, 8, 4, 3),
    Case("5x7x3, 6 hidden, 5x5, batch 2", 2, 2, 3, 5, 7, 6, 5),
)

MODES = ("forward", "train")

# The name of a precision here, our name of it, the bytes of an element that convolutions read.
PRECISIONS = {"fp32": ("float32", 4), "tf32": ("tf32", 4), "bf16": ("bfloat16", 2)}

# How far outputs may lie from sums in double precision, relative to the largest, before a time is worth nothing.
TOLERANCES = {"fp32": 1e-4, "tf32": 1e-2, "bf16": 5e-2}
