"""The same layer in PyTorch, in the forms that a program would use, and the device's own peaks."""

import contextlib
import statistics
import time

import torch

from cases import Case

FORMS = ("concat", "split")  # one convolution of [x, h] a step; or x of all steps at once, then h
VARIANTS = ("eager", "reduce-overhead", "max-autotune")


class ConvLstm(torch.nn.Module):
    """Frames (T, N, C, H, W) to hidden states (T, N, F, H, W). The cell state is float32, whatever the parameters are."""

    def __init__(self, arrays, form: str):
        super().__init__()
        kernels = [torch.from_numpy(arrays[name]) for name in ("input_kernel", "recurrent_kernel")]
        if form == "concat":
            kernels = [torch.cat(kernels, dim=1)]
        self.kernels = torch.nn.ParameterList(
            torch.nn.Parameter(kernel.clone(memory_format=torch.channels_last)) for kernel in kernels
        )
        self.bias = torch.nn.Parameter(torch.from_numpy(arrays["bias"]).clone())
        self.form = form
        self.hidden = self.bias.numel() // 4

    def forward(self, x):
        steps, batch, _, height, width = x.shape
        kernel = self.kernels[-1]
        pad = kernel.shape[-1] // 2
        h = x.new_zeros(batch, self.hidden, height, width).contiguous(memory_format=torch.channels_last)
        c = torch.zeros_like(h, dtype=torch.promote_types(x.dtype, torch.float32))
        conv = torch.nn.functional.conv2d
        # Once for all steps: what is concatenated with h lies as h does.
        frames = x.flatten(0, 1).contiguous(memory_format=torch.channels_last)
        if self.form == "split":
            frames = conv(frames, self.kernels[0], self.bias, padding=pad)
        frames = frames.unflatten(0, (steps, batch))
        outputs = []
        for t in range(steps):
            if self.form == "split":
                sums = frames[t] + conv(h, kernel, padding=pad)
            else:
                sums = conv(torch.cat([frames[t], h], dim=1), kernel, self.bias, padding=pad)
            i, f, g, o = sums.to(c.dtype).chunk(4, dim=1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = (torch.sigmoid(o) * torch.tanh(c)).to(x.dtype)
            outputs.append(h)
        return torch.stack(outputs)


def synchronize(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def set_precision(precision: str) -> torch.dtype:
    """What float32 products may lose; and the type of elements."""
    # The old names: PyTorch 2.9 has new ones (fp32_precision), after which its compiler, which reads the old, refuses to run;
    # and one program may not use both.
    allows_tf32 = precision == "tf32"
    torch.backends.cuda.matmul.allow_tf32 = allows_tf32
    torch.backends.cudnn.allow_tf32 = allows_tf32
    torch.backends.cudnn.benchmark = True
    return torch.bfloat16 if precision == "bf16" else torch.float32


def steps_first(array) -> torch.Tensor:
    return torch.from_numpy(array).transpose(0, 1).contiguous()


def reference(arrays, device: str, mode: str):
    """y (N, T, F, H, W) and gradients of the parameters in double precision, by our names, as float64 arrays."""
    model = ConvLstm(arrays, "split").to(device=device, dtype=torch.float64)
    with torch.set_grad_enabled(mode == "train"):
        y = model(steps_first(arrays["x"]).to(device, torch.float64))
    results = {"y": y.detach().transpose(0, 1).contiguous().cpu().numpy()}
    if mode == "train":
        y.backward(steps_first(arrays["dy"]).to(device, torch.float64))
        names = ("d_input_kernel", "d_recurrent_kernel")
        results |= {name: kernel.grad.contiguous().cpu().numpy() for name, kernel in zip(names, model.kernels)}
        results["d_bias"] = model.bias.grad.cpu().numpy()
    return results


def median_time(run, device: str, seconds: float) -> float:
    """Milliseconds a call, of many calls and one wait; the median of samples of about 50 ms."""
    for _ in range(3):
        run()
    synchronize(device)

    def sample(calls: int) -> float:
        begin = time.perf_counter()
        for _ in range(calls):
            run()
        synchronize(device)
        return (time.perf_counter() - begin) / calls

    calls = max(1, min(1000, int(0.05 / max(sample(1), 1e-6))))
    samples, begin = [], time.perf_counter()
    while len(samples) < 3 or time.perf_counter() - begin < seconds:
        samples.append(sample(calls))
    return statistics.median(samples) * 1e3


def run_peer(arrays, device: str, mode: str, precision: str, form: str, variant: str, seconds: float) -> float:
    """Milliseconds of one form and variant; throws what PyTorch throws."""
    dtype = set_precision(precision)
    model = ConvLstm(arrays, form).to(device=device, dtype=dtype)
    x = steps_first(arrays["x"]).to(device, dtype)
    dy = steps_first(arrays["dy"]).to(device, dtype) if mode == "train" else None
    call = model
    if variant != "eager":
        torch._dynamo.reset()
        call = torch.compile(model, mode=variant, fullgraph=True)

    def step():
        if variant != "eager":
            torch.compiler.cudagraph_mark_step_begin()
        if mode == "train":
            for parameter in model.parameters():
                parameter.grad = None
            call(x).backward(dy)
        else:
            call(x)

    with torch.inference_mode() if mode == "forward" else contextlib.nullcontext():
        return median_time(step, device, seconds)


def peaks(device: str, size: int, copy_bytes: int, seconds: float) -> dict[str, float]:
    """Operations a second of a large product in each precision, and bytes a second of a copy (read and written)."""
    found = {}
    for precision in ("fp32", "tf32", "bf16"):
        dtype = set_precision(precision)
        a, b = (torch.randn(size, size, device=device).to(dtype) for _ in range(2))
        found[precision] = 2 * size**3 / (median_time(lambda: a @ b, device, seconds) * 1e-3)
    source = torch.empty(copy_bytes, dtype=torch.uint8, device=device).random_()
    target = torch.empty_like(source)
    found["bytes"] = 2 * copy_bytes / (median_time(lambda: target.copy_(source), device, seconds) * 1e-3)
    return found


def describe(device: str) -> str:
    name = torch.cuda.get_device_name() if device == "cuda" else "cpu"
    return f"PyTorch {torch.__version__} on {name}"


def work_of(case: Case, mode: str, precision: str, element: int, milliseconds: float, peak: dict[str, float]):
    """Shares of the measured peaks that a time means."""
    seconds = milliseconds * 1e-3
    return (
        case.operations(mode) / seconds / peak[precision],
        case.least_bytes(mode, element) / seconds / peak["bytes"],
    )
