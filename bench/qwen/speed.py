"""Seconds, memory and the roofline of the diffusion engine, beside the stock pipeline's.

python -m bench.qwen.speed --size full --device cuda                # all but `compiled`
python -m bench.qwen.speed --size full --device cuda --what quality parts
python -m bench.qwen.speed --size tiny --device cpu                 # whether the script runs

The weights are random and made on the card: what is measured does not depend on them. Each line is
printed as soon as it is known, so that a run that is ended leaves what it had; what fails says so
in its line, and the rest goes on. Run from the repository's root.
"""

import argparse
import gc
import hashlib
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch._C._autograd import DeviceType

from bench.qwen.big import SIZES, Size, Work, lora, ours, stock, work
from tilewright.contract import Cancelled, Mode
from tilewright.engine.arrays import Floats
from tilewright.engine.qwen.adapters import Worn
from tilewright.engine.qwen.load import Model
from tilewright.engine.qwen.lora import read_lora
from tilewright.engine.qwen.modes import MANNERS
from tilewright.engine.qwen.paint import NO_WORDS, Encodings, Order, Words, paint, read

PEAK = 790e12
"""bfloat16 operations a second that an H200 reaches in attention and large products."""

PROMPT = "Extract brick texture from the wall. Extract into a texture image."

USER_RANK = 32

EQUAL = 8
"""Steps after which ours is compared with stock."""

FEW = 4
"""Steps where a step is to be measured and not a picture to be made."""

BACKENDS = ("_native_cudnn", "_native_flash", "flash", "_flash_3", "sage")
"""Beside `native`. Those that would be downloaded are left out: the machine has no network."""

GIBIBYTE = 2**30


class Bench:
    """What the measurements share: the pipeline, the photo, what was found before."""

    def __init__(self, size: Size, device: torch.device, folder: Path) -> None:
        self.size, self.device, self.folder = size, device, folder
        self.pipe = stock(size, device, folder)
        self.model: Model | None = None
        self.encodings = Encodings()
        self.seconds: dict[str, float] = {}
        self.equal: tuple[dict[str, Any], Any] | None = None
        random = np.random.default_rng(0)
        coarse = Image.fromarray(random.integers(0, 256, (48, 64, 3), dtype=np.uint8))
        self.photo = coarse.resize((1024, 768), Image.Resampling.BICUBIC)

    def ours(self) -> Model:
        """The engine's model, made of the stock pipeline when first needed."""
        self.model = self.model or ours(self.pipe, self.device, self.folder)
        return self.model

    def order(self, mode: Mode = "quality", **changes: Any) -> Order:
        """A square tile of one photo, as requests have it unless they say otherwise."""
        manner, side = MANNERS[mode], self.size.tile
        usual = Order(
            words=PROMPT,
            photos=(self.photo,),
            size=(side, side),
            seed=5,
            mode=mode,
            steps=manner.steps,
            guidance=manner.guidance,
            axes="xy",
            area=self.size.shown,
            loras=(),
        )
        return usual._replace(**changes)

    def words(self, order: Order) -> Words:
        return read(self.ours(), order, self.encodings)

    def painted(self, order: Order, progress: Any = None) -> tuple[Floats, float]:
        """The picture and its seconds, the words known before."""
        words = self.words(order)
        with clock(self.device) as took:
            picture = paint(self.ours(), order, words, progress or _silent).picture
        return picture, took[0]


Cells = tuple[str, str, str, str]
"""Seconds, the share of the roofline, peak memory, and what else is to be said."""


def main() -> None:
    """Print the table."""
    options = _options()
    device = torch.device(options.device)
    size = SIZES[options.size]
    torch.set_num_threads(options.threads)
    print(f"{options.size} size on {_named(device)}, torch {torch.__version__}\n")
    print("| measurement | s | TFLOP/s, of the roofline | peak GiB | |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, _seen(size):
        began = time.perf_counter()
        bench = Bench(size, device, Path(folder))
        _row("build the weights", _cells(device, time.perf_counter() - began))
        for name in options.what or [name for name in MEASURES if name != "compiled"]:
            _tried(bench, name)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", choices=list(SIZES), default="full")
    parser.add_argument("--device", default="cuda", help="as torch names it")
    parser.add_argument("--what", nargs="*", choices=list(MEASURES), help="in this order")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def _tried(bench: Bench, name: str) -> None:
    """One measurement: its lines, or why it has none."""
    if bench.device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(bench.device)
    try:
        for what, cells in MEASURES[name](bench):
            _row(what, cells)
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        _row(name, ("failed", "", "", f"{type(error).__name__}: {reason}"))
    gc.collect()
    if bench.device.type == "cuda":
        torch.cuda.empty_cache()


Lines = Iterator[tuple[str, Cells]]


def measure_stock(bench: Bench) -> Lines:
    """Diffusers' own pipeline, words and all. It must come before anything of ours."""
    if bench.model is not None:
        raise RuntimeError("the pipeline is ours already; ask for stock first")
    order = bench.order()
    _stock(bench, order._replace(steps=2))
    with clock(bench.device) as took:
        _stock(bench, order)
    bench.seconds["stock"] = took[0]
    forward = took[0] / order.steps / 2
    said = f"{took[0] / order.steps:.3f} s a step"
    given = _given(bench, order)
    words = int(given["prompt_embeds"].shape[1])
    share = _rate(work(bench.size, _tokens(bench, order, words)), forward)
    yield "stock, quality", (f"{took[0]:.2f}", share, _peak(bench.device), said)
    few = _asked(bench, order._replace(steps=EQUAL))
    bench.equal = given, bench.pipe(**given, **few).images[0]


def measure_quality(bench: Bench) -> Lines:
    """40 steps with guidance, words and all."""
    bench.painted(bench.order(steps=2))
    yield _tile(bench, bench.order(), "quality", 2)


def measure_equal(bench: Bench) -> Lines:
    """How far ours is from stock where both are given the same embeddings and nothing wraps."""
    if bench.equal is None:
        raise RuntimeError("ask for stock before")
    given, stocks = bench.equal
    order = bench.order(axes="none", steps=EQUAL)
    said, unsaid = "prompt_embeds", "negative_prompt_embeds"
    words = Words((given[said], given[f"{said}_mask"]), (given[unsaid], given[f"{unsaid}_mask"]))
    with clock(bench.device) as took:
        picture = paint(bench.ours(), order, words, _silent).picture
    far = np.abs(picture - np.moveaxis(stocks.float().cpu().numpy(), 0, 2) * 255)
    told = f"from stock by {far.max():.2g} at most, {far.mean():.2g} in the mean, of 255"
    told += f"; spread {picture.std():.1f}"
    yield f"ours against stock, {EQUAL} steps", _cells(bench.device, took[0], told)


def measure_fast(bench: Bench) -> Lines:
    """8 and 4 steps, with the Lightning LoRA put on."""
    for mode in ("fast", "fastest"):
        first = bench.painted(bench.order(mode))[1]
        what, cells = _tile(bench, bench.order(mode), mode, 1)
        yield what, (*cells[:3], f"{cells[3]}; {first:.2f} s with its LoRA read and put on")


def measure_parts(bench: Bench) -> Lines:
    """Where the time goes."""
    model, order = bench.ours(), bench.order(steps=FEW)
    bench.painted(order)
    bench.encodings.forget()
    parts = {
        "text encoder": (model.pipe.text_encoder, "forward"),
        "transformer": (model.pipe.transformer, "forward"),
        "VAE encode": (model.pipe.vae, "encode"),
        "VAE decode": (model.pipe.vae, "decode"),
    }
    with watched(parts, bench.device) as spent, clock(bench.device) as took:
        paint(model, order, read(model, order, bench.encodings), _silent)
    count = MANNERS["quality"].steps
    calls = {name: 2 * count if name == "transformer" else len(spent[name]) for name in parts}
    each = {name: float(np.median(spent[name])) for name in parts}
    rest = (took[0] - sum(map(sum, spent.values()))) / FEW
    whole = sum(each[name] * calls[name] for name in parts) + rest * count
    for name in parts:
        share = _roof(bench, order, each[name]) if name == "transformer" else ""
        all_calls = each[name] * calls[name]
        said = f"a call; {calls[name]} in quality: {all_calls:.2f} s, {all_calls / whole:.1%}"
        yield name, (f"{each[name]:.4f}", share, "", said)
    said = f"a step; in quality {rest * count:.2f} s, {rest * count / whole:.1%}"
    yield "the rest", (f"{rest:.4f}", "", "", f"{said}, the device waited for at each call")
    roof = sum(_work(bench, order)) / PEAK * calls["transformer"]
    lost = {name: each[name] * calls[name] for name in parts} | {"the rest": rest * count}
    lost["transformer"] -= roof
    told = ", ".join(f"{name} {seconds:.2f}" for name, seconds in lost.items())
    said = f"over the {roof:.2f} s of the roofline in quality: {told}"
    yield "the gap", (f"{whole - roof:.2f}", "", "", said)


KINDS = {
    "products": ("gemm", "nvjet", "xmma", "cutlass", "aten::addmm", "aten::mm", "linear"),
    "attention": ("flash", "fmha", "attention", "sdpa"),
    "convolutions": ("conv", "fprop"),
}
"""Parts of the names of kernels, and of operators where there is no card; attention first."""


def measure_kernels(bench: Bench) -> Lines:
    """Which kernels the time of two steps goes into, and how much of it the card waits."""
    from torch.profiler import ProfilerActivity, profile

    order = bench.order(steps=2)
    bench.painted(order)
    card = bench.device.type == "cuda"
    with profile(activities=[ProfilerActivity.CPU, *[ProfilerActivity.CUDA] * card]) as seen:
        seconds = bench.painted(order)[1]
    forwards = 2 * order.steps
    least = {kind: forwards * of / PEAK for kind, of in _work(bench, order)._asdict().items()}
    spent: dict[str, float] = defaultdict(float)
    for event in seen.key_averages():
        if card and event.device_type != DeviceType.CUDA:
            continue
        micros = event.self_device_time_total if card else event.self_cpu_time_total
        spent[_kind(event.key)] += micros / 1e6
    for kind, time_of in sorted(spent.items(), key=lambda one: -one[1]):
        said = f"{time_of / seconds:.1%} of 2 steps"
        said += f"; {least[kind]:.3f} s at the roofline" if kind in least else ""
        yield f"kernels: {kind}", (f"{time_of:.3f}", "", "", said)
    gaps = seconds - sum(spent.values())
    yield (
        "kernels: none",
        (f"{gaps:.3f}", "", "", f"{gaps / seconds:.1%}, profiler's cost included"),
    )


def _kind(name: str) -> str:
    for kind in ("attention", "convolutions", "products"):
        if any(part in name.lower() for part in KINDS[kind]):
            return kind
    return "all others"


def measure_lora(bench: Bench) -> Lines:
    """A user's LoRA over all layers of the blocks: in, off, and in again."""
    model, order = bench.ours(), bench.order(steps=2)
    bare, usual = bench.painted(order)
    data = lora(model.shapes, USER_RANK, 1)
    with clock(bench.device) as took:
        worn = Worn(
            "lora_2", hashlib.sha256(data).hexdigest(), 1.0, read_lora(data, model.shapes, "x")
        )
    said = f"{len(data) / 1e6:.0f} MB, rank {USER_RANK}, {len(worn.lora.pairs)} layers"
    yield "a user's LoRA: read and checked", _cells(bench.device, took[0], said)
    for name, wanted in (("put in", [worn]), ("taken off", []), ("put on again", [worn])):
        with clock(bench.device) as took:
            model.adapters.wear(wanted)
        picture, seconds = bench.painted(order._replace(loras=tuple(wanted)))
        far = float(np.abs(picture - bare).mean())
        said = f"2 steps then take {seconds:.2f} s ({usual:.2f} bare), picture {far:.3f} off bare"
        yield f"a user's LoRA: {name}", _cells(bench.device, took[0], said)
    again = bench.painted(order)[0]
    yield "bare again", ("", "", "", f"equal to the bit: {bool((again == bare).all())}")
    model.adapters.drop()


def measure_cancel(bench: Bench) -> Lines:
    """From a cancel to the end of the call, half a step after the second of six."""
    order = bench.order(steps=6)
    before, _ = bench.painted(order)
    seconds = bench.painted(order)[1]
    asked = threading.Event()
    told: list[float] = []

    def ask() -> None:
        told.append(time.perf_counter())
        asked.set()

    timer = threading.Timer(seconds / order.steps / 2, ask)

    def progress(fraction: float, doing: str = "") -> None:
        if asked.is_set():
            raise Cancelled("by the bench")
        if doing.startswith("step 2 "):
            _wait(bench.device)
            timer.start()

    try:
        bench.painted(order, progress)
        late = "too late: it was done"
    except Cancelled:
        _wait(bench.device)
        late = f"{time.perf_counter() - told[0]:.3f}"
    timer.join()
    same = bool((bench.painted(order)[0] == before).all())
    said = (
        f"one step takes {seconds / order.steps:.3f} s; the next tile is equal to the bit: {same}"
    )
    yield "cancel", (late, "", "", said)


def measure_photos(bench: Bench) -> Lines:
    """Two photos; and one that is shown at a quarter of its pixels."""
    other = bench.photo.transpose(Image.Transpose.ROTATE_180)
    for name, changes in (
        ("two photos", {"photos": (bench.photo, other)}),
        ("reference_resolution 512", {"area": bench.size.shown // 4}),
    ):
        order = bench.order(steps=FEW, **changes)
        bench.painted(order._replace(steps=2))
        seconds = bench.painted(order)[1]
        each = seconds / FEW
        said = f"{each:.3f} s a step, {each * MANNERS['quality'].steps:.1f} s in quality"
        share = _roof(bench, order, each / 2, order.area)
        yield f"{name}, {FEW} steps", (f"{seconds:.2f}", share, _peak(bench.device), said)


def measure_attention(bench: Bench) -> Lines:
    """Each way of attention that is installed."""
    model, order = bench.ours(), bench.order(steps=FEW)
    usual = bench.painted(order)[0]
    for backend in ("native", *BACKENDS):
        try:
            model.pipe.transformer.set_attention_backend(backend)
            bench.painted(order._replace(steps=2))
            picture, seconds = bench.painted(order)
        except Exception as error:
            reason = " ".join(str(error).split())[:120]
            yield f"attention {backend}", ("not here", "", "", f"{type(error).__name__}: {reason}")
            continue
        finally:
            model.pipe.transformer.set_attention_backend("native")
        far = np.abs(picture - usual)
        said = f"{seconds / FEW:.3f} s a step; {far.max():.2f} off native at most, of 255"
        share = _roof(bench, order, seconds / FEW / 2)
        yield f"attention {backend}, {FEW} steps", (f"{seconds:.2f}", share, "", said)


def measure_compiled(bench: Bench) -> Lines:
    """The blocks compiled. Last, for it cannot be undone."""
    model, order = bench.ours(), bench.order(steps=FEW)
    usual, before = bench.painted(order)
    model.pipe.transformer.compile_repeated_blocks(fullgraph=True)
    with clock(bench.device) as took:
        bench.painted(order._replace(steps=2))
    picture, seconds = bench.painted(order)
    far = np.abs(picture - usual)
    said = f"{took[0]:.0f} s to compile; {seconds / FEW:.3f} s a step, {before / FEW:.3f} before"
    said += f"; {far.max():.2f} off at most, of 255"
    share = _roof(bench, order, seconds / FEW / 2)
    yield f"compiled blocks, {FEW} steps", (f"{seconds:.2f}", share, _peak(bench.device), said)


MEASURES: dict[str, Callable[[Bench], Lines]] = {
    "stock": measure_stock,
    "quality": measure_quality,
    "equal": measure_equal,
    "fast": measure_fast,
    "parts": measure_parts,
    "kernels": measure_kernels,
    "photos": measure_photos,
    "lora": measure_lora,
    "cancel": measure_cancel,
    "attention": measure_attention,
    "compiled": measure_compiled,
}


def _tile(bench: Bench, order: Order, name: str, forwards: int) -> tuple[str, Cells]:
    """A whole tile of new words, checked to be a picture."""
    bench.encodings.forget()
    with clock(bench.device) as took:
        picture = paint(bench.ours(), order, bench.words(order), _silent).picture
    seconds = took[0]
    said = f"{seconds / order.steps:.3f} s a step; finite, spread {picture.std():.1f} of 255"
    if name == "quality" and "stock" in bench.seconds:
        said += f"; {bench.seconds['stock'] / seconds:.2f} times as fast as stock"
    share = _roof(bench, order, seconds / order.steps / forwards)
    return f"{name}, {order.steps} steps", (f"{seconds:.2f}", share, _peak(bench.device), said)


def _stock(bench: Bench, order: Order) -> Any:
    words = {"prompt": PROMPT, "negative_prompt": NO_WORDS}
    return bench.pipe(**words, **_asked(bench, order)).images[0]


def _asked(bench: Bench, order: Order) -> dict[str, Any]:
    """What the stock pipeline is asked, but for the words."""
    return {
        "image": list(order.photos),
        "width": order.size[0],
        "height": order.size[1],
        "num_inference_steps": order.steps,
        "true_cfg_scale": order.guidance,
        "generator": torch.Generator("cpu").manual_seed(order.seed),
        "output_type": "pt",
    }


def _given(bench: Bench, order: Order) -> dict[str, Any]:
    """What the stock text encoder makes of the words, as both are to be given it."""
    from diffusers.pipelines.qwenimage import pipeline_qwenimage_edit_plus as module

    ratio = bench.photo.width / bench.photo.height
    width, height = module.calculate_dimensions(module.CONDITION_IMAGE_SIZE, ratio)
    small = [bench.pipe.image_processor.resize(bench.photo, height, width)]
    given = {}
    for name, words in (("prompt_embeds", PROMPT), ("negative_prompt_embeds", NO_WORDS)):
        with torch.no_grad():
            given[name] = bench.pipe.encode_prompt(words, image=small, device=bench.device)[0]
        given[f"{name}_mask"] = torch.ones(given[name].shape[:2], dtype=torch.long)
    return given


def _tokens(bench: Bench, order: Order, words: int, seen: int | None = None) -> int:
    """Of the picture, the photos and the words."""
    area = order.size[0] * order.size[1] + len(order.photos) * (seen or bench.size.shown)
    return area // 256 + words


def _roof(bench: Bench, order: Order, forward: float, seen: int | None = None) -> str:
    """Operations a second of a forward that takes so many seconds, and the share of the peak."""
    return _rate(_work(bench, order, seen), forward)


def _work(bench: Bench, order: Order, seen: int | None = None) -> Work:
    words = int(bench.words(order).said[0].shape[1])
    return work(bench.size, _tokens(bench, order, words, seen))


def _rate(done: Work, seconds: float) -> str:
    return f"{sum(done) / seconds / 1e12:.3g}, {sum(done) / seconds / PEAK:.0%}"


def _row(what: str, cells: Cells) -> None:
    print(f"| {what} | {' | '.join(cells)} |", flush=True)


def _cells(device: torch.device, seconds: float, said: str = "") -> Cells:
    return f"{seconds:.2f}", "", _peak(device), said


def _peak(device: torch.device) -> str:
    if device.type != "cuda":
        return ""
    return f"{torch.cuda.max_memory_allocated(device) / GIBIBYTE:.1f}"


def _named(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else str(device)


@contextmanager
def clock(device: torch.device) -> Iterator[list[float]]:
    """Wall seconds until all work on the device is done."""
    took: list[float] = []
    _wait(device)
    began = time.perf_counter()
    yield took
    _wait(device)
    took.append(time.perf_counter() - began)


@contextmanager
def watched(
    parts: dict[str, tuple[Any, str]], device: torch.device
) -> Iterator[dict[str, list[float]]]:
    """The seconds of each call of a method, waiting for the device before and after."""
    spent: dict[str, list[float]] = defaultdict(list)
    for name, (owner, method) in parts.items():
        setattr(owner, method, _watching(getattr(owner, method), spent[name], device))
    try:
        yield spent
    finally:
        for owner, method in parts.values():
            delattr(owner, method)


def _watching(call: Any, spent: list[float], device: torch.device) -> Any:
    def watching(*args: Any, **named: Any) -> Any:
        with clock(device) as took:
            result = call(*args, **named)
        spent.extend(took)
        return result

    return watching


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


@contextmanager
def _seen(size: Size) -> Iterator[None]:
    """Photos at the sizes of this run, for the stock pipeline too."""
    from diffusers.pipelines.qwenimage import pipeline_qwenimage_edit_plus as module

    own = module.CONDITION_IMAGE_SIZE, module.VAE_IMAGE_SIZE
    module.CONDITION_IMAGE_SIZE = size.condition or own[0]
    module.VAE_IMAGE_SIZE = size.shown
    try:
        yield
    finally:
        module.CONDITION_IMAGE_SIZE, module.VAE_IMAGE_SIZE = own


def _silent(fraction: float, doing: str = "") -> None:
    """Nobody waits."""


if __name__ == "__main__":
    main()
