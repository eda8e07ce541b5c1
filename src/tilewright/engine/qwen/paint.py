"""The heart: photos and words become a picture that wraps, by the diffusion model."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL.Image import Image
from torch import Tensor

from tilewright.contract import EngineFailed, Mode
from tilewright.engine.arrays import Floats, floats
from tilewright.engine.qwen.adapters import Worn
from tilewright.engine.qwen.load import Model, read_worn
from tilewright.engine.qwen.modes import MANNERS
from tilewright.engine.qwen.torus import Rolls, wrapping
from tilewright.engine.stages import Progress

NO_WORDS = " "
"""The negative prompt that the model card of Qwen-Image-Edit-2509 gives."""

TOKEN = 16
"""Texels: the side of what the transformer sees as one token."""

MOST_TOKENS = 1000
"""Of the words; the model was trained on up to 1024."""

KEPT_ENCODINGS = 32
"""Prompts with their photos; of each, about 2 MB are kept."""


class Order(NamedTuple):
    """What is to be painted. size: width and height in texels. area: pixels of a photo as the model
    sees it; None is the model's own megapixel. loras: the caller's own.
    """

    words: str
    photos: tuple[Image, ...]
    size: tuple[int, int]
    seed: int
    mode: Mode
    steps: int
    guidance: float
    axes: str
    area: int | None
    loras: tuple[Worn, ...]


class Words(NamedTuple):
    """What the text encoder made of words and photos, and of the photos alone, each with its mask;
    the second is needed for guidance only.
    """

    said: tuple[Tensor, Tensor]
    unsaid: tuple[Tensor, Tensor] | tuple[None, None]


class Painted(NamedTuple):
    """picture: (h, w, 3) float32 sRGB, 0..255. border: the row and the column before which the
    model's grid ended at its last step: a seam may be there, though the picture wraps elsewhere.
    """

    picture: Floats
    border: tuple[int, int]


class Encodings:
    """What the text encoder made of words and photos, for the next tile of the same."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, ...], tuple[Tensor, Tensor]] = OrderedDict()

    def of(self, model: Model, words: str, photos: tuple[Image, ...]) -> tuple[Tensor, Tensor]:
        """The embedding, (1, n, channels), and its mask, (1, n)."""
        key = words, *(_print(photo) for photo in photos)
        if key not in self._kept:
            self._kept[key] = _encode(model, words, photos)
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT_ENCODINGS:
            self._kept.popitem(last=False)
        embedding, mask = self._kept[key]
        return embedding.to(model.device), mask.to(model.device)

    def forget(self) -> None:
        """Free the memory."""
        self._kept.clear()


def read(model: Model, order: Order, encodings: Encodings) -> Words:
    """Words and photos as the transformer takes them. 0.1 s on a card, nothing the next time."""
    guided = order.guidance > 1
    said = encodings.of(model, order.words, order.photos)
    unsaid = encodings.of(model, NO_WORDS, order.photos) if guided else (None, None)
    return Words(said, unsaid)


def paint(model: Model, order: Order, words: Words, progress: Progress) -> Painted:
    """The picture; along `order.axes` it wraps by construction.

    One step of 40 at 1024x1024 takes 0.42 s with guidance where 790 TFLOP/s are had. The same order
    gives the same bits. Raises `EngineFailed` for a picture that is none, and what `progress` does.
    """
    manner = MANNERS[order.mode]
    model.adapters.wear([*_lightning(model, order.mode), *order.loras])
    width, height = order.size
    rolls = Rolls(order.axes, (height // TOKEN, width // TOKEN), order.seed)

    def after_step(_: Any, step: int, time: Tensor, kept: dict[str, Tensor]) -> dict[str, Tensor]:
        latents = kept["latents"]
        last = step == order.steps - 1
        progress((step + 1) / order.steps, f"step {step + 1} of {order.steps}")
        if last and not bool(latents.isfinite().all()):
            raise EngineFailed(
                "the model's numbers ran out of bounds, and no picture came of it; leave LoRAs out "
                "or lower their weights, or take more steps"
            )
        return {"latents": rolls.back(latents) if last else rolls.on(latents)}

    with (
        torch.no_grad(),
        _scheduled(model.pipe, manner.schedule),
        seen_at(order.area),
        wrapping(model.pipe.vae, order.axes),
    ):
        progress(0.0, f"step 1 of {order.steps}")
        painted = model.pipe(
            image=list(order.photos),
            prompt_embeds=words.said[0],
            prompt_embeds_mask=words.said[1],
            negative_prompt_embeds=words.unsaid[0],
            negative_prompt_embeds_mask=words.unsaid[1],
            width=width,
            height=height,
            num_inference_steps=order.steps,
            true_cfg_scale=order.guidance,
            guidance_scale=None,
            generator=torch.Generator("cpu").manual_seed(order.seed),
            callback_on_step_end=after_step,
            output_type="pt",
        )
    y, x = rolls.border
    return Painted(_pixels(painted.images[0]), (y * TOKEN, x * TOKEN))


def clean(words: str) -> str:
    """Words without the marks by which the model tells pictures and turns of a talk."""
    return words.replace("<|", "< |").replace("|>", "| >")


def fitting(model: Model, words: str) -> str:
    """As many of the words as the model reads."""
    tokens = model.pipe.tokenizer(words)["input_ids"]
    if len(tokens) <= MOST_TOKENS:
        return words
    return str(model.pipe.tokenizer.decode(tokens[:MOST_TOKENS]))


def _encode(model: Model, words: str, photos: tuple[Image, ...]) -> tuple[Tensor, Tensor]:
    from diffusers.pipelines.qwenimage import pipeline_qwenimage_edit_plus as stock

    small = []
    for photo in photos:
        ratio = photo.width / photo.height
        width, height = stock.calculate_dimensions(stock.CONDITION_IMAGE_SIZE, ratio)
        small.append(model.pipe.image_processor.resize(photo, height, width))
    with torch.no_grad():
        embedding, _ = model.pipe.encode_prompt(words, image=small, device=model.device)
    embedding = embedding.cpu()
    return embedding, torch.ones(embedding.shape[:2], dtype=torch.long)


def _print(photo: Image) -> str:
    return sha256(f"{photo.size}".encode() + photo.tobytes()).hexdigest()


def _lightning(model: Model, mode: Mode) -> list[Worn]:
    if not MANNERS[mode].lightning:
        return []
    if mode not in model.lightning:
        path = model.weights.fast if mode == "fast" else model.weights.fastest
        if path is None:
            raise EngineFailed(
                f"the LoRA of mode {mode} is not among the weights; get it: tilewright weights pull"
            )
        model.lightning[mode] = read_worn(path, model.shapes, "lightning")
    return [model.lightning[mode]]


@contextmanager
def _scheduled(pipe: Any, changes: dict[str, Any]) -> Iterator[None]:
    """With a scheduler of its own: those that have run hold on to where they were."""
    own = pipe.scheduler
    pipe.scheduler = type(own).from_config(own.config, **changes)
    try:
        yield
    finally:
        pipe.scheduler = own


ONE_AT_A_TIME = threading.Lock()


@contextmanager
def seen_at(area: int | None) -> Iterator[None]:
    """Photos are shown to the transformer at `area` pixels; the pipeline has a constant for it."""
    from diffusers.pipelines.qwenimage import pipeline_qwenimage_edit_plus as stock

    with ONE_AT_A_TIME:
        own = stock.VAE_IMAGE_SIZE
        stock.VAE_IMAGE_SIZE = area or own
        try:
            yield
        finally:
            stock.VAE_IMAGE_SIZE = own


def _pixels(picture: Tensor) -> Floats:
    """(3, h, w), 0..1, to (h, w, 3), 0..255. Raises `EngineFailed` for what is no picture."""
    values = np.moveaxis(picture.float().cpu().numpy(), 0, 2)
    if not np.isfinite(values).all():
        raise EngineFailed("the decoder gave numbers that are not finite; try another seed")
    if np.ptp(values) == 0:
        raise EngineFailed("the model painted one single color; try another seed or other words")
    return floats(values * 255)
