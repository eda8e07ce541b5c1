"""Surfaces that wrap, made from nothing, and ways to spoil them."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
EXAMPLES = Path(__file__).parents[2] / "examples"
PHOTOS = ("old_brick_grey.jpg", "oak_leaves.jpg", "asphalt_street.jpg")


def to_bytes(colors: NDArray[Any]) -> Pixels:
    """Colors as pixels, clipped to 0..255."""
    return np.asarray(np.clip(colors, 0, 255), dtype=np.uint8)


def grain(height: int = 256, width: int = 256, seed: int = 1, coarseness: float = 3.0) -> Pixels:
    """Colored blobs of a few texels' size, exactly toroidal."""
    rng = np.random.default_rng(seed)
    down, right = np.fft.fftfreq(height), np.fft.fftfreq(width)
    gain = np.exp(-2 * (np.pi * coarseness) ** 2 * (down[:, None] ** 2 + right**2)) + 0.03
    planes = [
        np.fft.ifft2(np.fft.fft2(rng.normal(size=(height, width))) * gain).real for _ in range(3)
    ]
    light, tint, warmth = (plane / plane.std() for plane in planes)
    colors = [120 + 28 * light + 8 * tint, 115 + 28 * light, 100 + 26 * light + 8 * warmth]
    return to_bytes(np.stack(colors, -1))


def bricks(height: int = 256, width: int = 256, seed: int = 1) -> Pixels:
    """A running bond of 8 rows by 4 bricks with joints, each brick of its own shade."""
    rng = np.random.default_rng(seed)
    crooked = grain(height, width, seed + 2, coarseness=2.0).astype(np.int64)
    down, right = np.mgrid[:height, :width]
    down = (down + crooked[..., 0] // 16) % height
    right = (right + crooked[..., 2] // 16) % width
    row = down * 8 // height
    place = (right + (row % 2) * (width // 8)) % width
    shade = rng.normal(0, 12, (8, 4))[row, place * 4 // width]
    joint = (down % (height // 8) < 3) | (place % (width // 4) < 3)
    brick = np.array((140, 80, 60)) + shade[..., None]
    wall = np.where(joint[..., None], (170, 165, 155), brick)
    rough = grain(height, width, seed + 1, coarseness=1.0).astype(np.float64) - 110
    return to_bytes(wall + 0.7 * rough)


def gingham(side: int = 256, seed: int = 1) -> Pixels:
    """A woven check of 8 x 8 with the grain of its threads."""
    down, right = np.mgrid[:side, :side] * 16 // side % 2
    cloth = 70 + 60 * (down + right)[..., None] * np.array((1.0, 0.9, 0.9))
    threads = grain(side, side, seed, coarseness=0.7).astype(np.float64) - 110
    return to_bytes(cloth + 0.5 * threads)


def photo(name: str) -> Pixels:
    """The middle of a real photograph, 384 x 384."""
    pixels = np.asarray(Image.open(EXAMPLES / name).convert("RGB"))
    top, left = (pixels.shape[0] - 384) // 2, (pixels.shape[1] - 384) // 2
    return pixels[top : top + 384, left : left + 384]


def cut_out(tile: Pixels) -> Pixels:
    """A crop, which does not wrap."""
    return tile[: tile.shape[0] * 2 // 3 + 5, : tile.shape[1] * 2 // 3 + 7]


def cross_faded(tile: Pixels, share: float = 0.1) -> Pixels:
    """A crop whose right edge is faded into its left one over `share` of its width."""
    wide = cut_out(tile).astype(np.float64)
    width = int(wide.shape[1] * (1 - share))
    over = wide.shape[1] - width
    weight = np.linspace(0, 1, over)[None, :, None]
    faded = wide[:, :width].copy()
    faded[:, :over] = wide[:, :over] * weight + wide[:, width:] * (1 - weight)
    return faded.astype(np.uint8)


def mirrored(tile: Pixels) -> Pixels:
    """A crop beside its mirror image."""
    half = tile[:, : tile.shape[1] // 2 - 3]
    return np.concatenate([half, half[:, ::-1]], axis=1)


def blurred_at_the_wrap(tile: Pixels, reach: int = 6) -> Pixels:
    """A crop whose left and right edges are blurred into each other."""
    crop = cut_out(tile).astype(np.float64)
    soft = np.mean([np.roll(crop, shift, axis=1) for shift in range(-reach, reach + 1)], axis=0)
    for edge in (slice(None, reach), slice(-reach, None)):
        crop[:, edge] = soft[:, edge]
    return crop.astype(np.uint8)
