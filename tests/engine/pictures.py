"""Photographs for the tests: shipped ones, and drawn ones whose truth is known."""

from pathlib import Path

import cv2
import numpy as np

from tilewright.contract import Surface
from tilewright.engine import Outcome
from tilewright.engine.arrays import Floats, Pixels, floats, pixels

EXAMPLES = Path(__file__).parents[2] / "examples"

WALL_PROMPT = "Extract brick texture from the wall. Extract into a texture image."


def example(name: str) -> bytes:
    return (EXAMPLES / f"{name}.jpg").read_bytes()


def brick_wall(width: int, height: int, brick: tuple[int, int] = (64, 24)) -> Pixels:
    """Running bond with light joints; every brick has its own shade."""
    random = np.random.default_rng(5)
    shades = random.integers(-25, 25, (height // brick[1] + 2, width // brick[0] + 2))
    y, x = np.mgrid[:height, :width]
    row = y // brick[1]
    moved = x + (row % 2) * brick[0] // 2
    wall = np.array([150, 80, 60]) + shades[row, moved // brick[0]][..., None]
    joint = (y % brick[1] < 3) | (moved % brick[0] < 3)
    wall[joint] = [190, 185, 175]
    grain = random.normal(0, 6, (height, width, 1))
    return pixels(wall + grain)


def old_wall(side: int, brick: tuple[int, int] = (192, 64)) -> Pixels:
    """Running bond of bricks that differ by more, and in themselves, than from their joints."""
    random = np.random.default_rng(5)
    y, x = np.mgrid[:side, :side]
    row = y // brick[1]
    moved = x + (row % 2) * brick[0] // 2
    shades = random.normal(0, 40, (side // brick[1] + 2, side // brick[0] + 2, 1))
    blotches = cv2.GaussianBlur(random.normal(size=(side, side)), (0, 0), 8)[..., None]
    wall = np.array([120, 90, 80]) + shades[row, moved // brick[0]]
    wall += 30 * blotches / blotches.std()
    wall[(y % brick[1] < 10) | (moved % brick[0] < 10)] = [110, 100, 90]
    return pixels(wall + random.normal(0, 5, wall.shape))


def checks(width: int, height: int, side: int) -> Pixels:
    """Checkered cloth, squares of two grays."""
    y, x = np.mgrid[:height, :width] // side
    cloth = np.where((x + y) % 2, 150, 110)[..., None]
    grain = np.random.default_rng(5).normal(0, 6, (height, width, 1))
    return pixels(np.repeat(cloth + grain, 3, axis=2))


def floor(side: int, slab: int = 40) -> Pixels:
    """Square slabs of blotched shades, with thin dark joints."""
    chance = np.random.default_rng(5)
    count = side // slab + 1
    shades = chance.normal(0, 14, (count, count, 1)).repeat(slab, 0).repeat(slab, 1)
    blotches = cv2.GaussianBlur(chance.normal(size=(side, side)), (0, 0), slab / 6)[..., None]
    ground = np.array([150, 115, 75]) + shades[:side, :side] + 14 * blotches / blotches.std()
    y, x = np.mgrid[:side, :side] % slab
    ground[(y < 2) | (x < 2)] = [90, 80, 70]
    return pixels(ground + chance.normal(0, 5, (side, side, 1)))


def weave(width: int, height: int, period: float) -> Pixels:
    """Cloth by hand: threads a period of pixels apart that run nearly straight, and their fluff."""
    chance = np.random.default_rng(3)

    def uneven(size: float) -> Floats:
        noise = chance.normal(size=(height, width)).astype(np.float32)
        smooth = cv2.GaussianBlur(noise, (0, 0), size)
        return floats(smooth / smooth.std())

    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    across, down = (
        np.sin(2 * np.pi * (place + 2 * uneven(40)) / period) for place in (columns, rows)
    )
    cloth = 128 + 30 * (across + down) + 8 * uneven(1)
    return pixels(np.repeat(cloth[..., None], 3, axis=2))


def grass(width: int, height: int) -> Pixels:
    """Green, fine, and without any line."""
    noise = np.random.default_rng(3).normal(0, 40, (height, width)).astype(np.float32)
    blades = cv2.GaussianBlur(noise, (0, 0), 1.5)[..., None] * 2
    return pixels(np.array([70, 120, 40]) + blades)


def encoded(picture: Pixels) -> bytes:
    done, data = cv2.imencode(".png", picture[..., ::-1])
    assert done
    return data.tobytes()


def pebbles(width: int, height: int) -> Pixels:
    """Round stones of one size, without any order."""
    spots = np.random.default_rng(7).normal(0, 1, (height, width)).astype(np.float32)
    soft = cv2.GaussianBlur(spots, (0, 0), 7) - cv2.GaussianBlur(spots, (0, 0), 14)
    return pixels(120 + 60 * np.tanh(soft / soft.std())[..., None] * np.array([1, 1, 0.9]))


def surface_of(outcome: Outcome) -> Surface:
    """The surface that the report tells."""
    assert outcome.report.surface is not None
    return outcome.report.surface
