"""Orders for the tiny model, small enough for half a second."""

from typing import Any

import numpy as np
from PIL import Image

from tests.engine.pictures import brick_wall, encoded
from tilewright.contract import parse_request
from tilewright.engine import Outcome, Photos, Tick
from tilewright.engine.qwen.engine import QwenEngine
from tilewright.engine.qwen.load import Model
from tilewright.engine.qwen.paint import Encodings, Order, paint, read

SMALL = 128 * 128
PROMPT = "Extract brick texture from the wall. Extract into a texture image."


def photo(width: int = 160, height: int = 120) -> Image.Image:
    return Image.fromarray(brick_wall(width, height))


def order(**other: Any) -> Order:
    usual: dict[str, Any] = {
        "words": PROMPT,
        "photos": (photo(),),
        "size": (128, 128),
        "seed": 7,
        "mode": "quality",
        "steps": 3,
        "guidance": 4.0,
        "axes": "xy",
        "area": SMALL,
        "loras": (),
    }
    return Order(**{**usual, **other})


def painted(model: Model, **other: Any) -> Any:
    """The picture of an order."""
    asked = order(**other)
    words = read(model, asked, Encodings())
    return paint(model, asked, words, lambda fraction, doing="": None).picture


def run(engine: QwenEngine, tick: Tick | None = None, **parameters: Any) -> Outcome:
    """A whole tile of 128x128 in two steps."""
    usual = {"prompt": PROMPT, "width": 128, "height": 128, "steps": 2}
    small = {"reference_resolution": 256, "image_format": "png"}
    request = parse_request({**usual, **small, **parameters})
    engine.check(request)
    photos = Photos(encoded(brick_wall(200, 150)))
    return engine.run(request, photos, tick or (lambda stage, done: None))


def same(one: Any, other: Any) -> bool:
    return bool(np.array_equal(one, other))
