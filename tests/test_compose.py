"""The main job: refused at the door or done, and what it gives back."""

import base64
import os
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import tilewright
from tests.intake.site import Site, answer
from tilewright.compose import Maker, Tile, prepare
from tilewright.contract import (
    AxisScore,
    EngineUnavailable,
    InvalidRequest,
    PhotoRefused,
    Report,
    StageTime,
    Surface,
    TileRequest,
    TileScore,
    UnsupportedParameter,
    UrlRefused,
    parse_request,
)
from tilewright.engine import Outcome, Photos, Tick
from tilewright.settings import Settings

PROMPT = "Extract stone texture from the wall."


def picture(size: tuple[int, int] = (64, 48), kind: str = "PNG") -> bytes:
    noise = np.random.default_rng(7).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    file = BytesIO()
    Image.fromarray(noise).save(file, kind)
    return file.getvalue()


class Mirror:
    """An engine that gives the photo back, and remembers what it was asked."""

    name = "mirror"
    version = "1"

    def __init__(self) -> None:
        self.seen: Photos | None = None

    def check(self, request: TileRequest) -> None:
        """Nothing is beyond a mirror."""

    def run(self, request: TileRequest, photos: Photos, tick: Tick) -> Outcome:
        self.seen = photos
        tick("mirroring", 0.5)
        return Outcome(photos.base, report(request, len(photos.base)))


def report(request: TileRequest, size: int) -> Report:
    axis = AxisScore(score=1, wrap_step=1, inner_step=1, inner_p99=2)
    return Report(
        engine="mirror",
        engine_version="1",
        seed=request.seed,
        prompt=request.prompt,
        width=64,
        height=48,
        image_format="png",
        quality=95,
        file_size=size,
        surface=Surface(outline=[], share=1, confidence=1, matched=[]),
        straightened="",
        method="",
        scale=1,
        score=TileScore(
            overall=1,
            seam=1,
            across=axis,
            down=axis,
            repetition=1,
            fidelity=None,
            structure=None,
            words=[],
        ),
        stages=[StageTime(stage="mirroring", seconds=0.5)],
        notes=[],
    )


def mirror(**parameters: Any) -> tuple[Maker, Mirror]:
    engine = Mirror()
    request = parse_request({"prompt": PROMPT, **parameters})
    return Maker(request, lambda: engine, Settings()), engine


def test_a_photo_may_come_as_path_bytes_or_base64(tmp_path: Path) -> None:
    data = picture()
    path = tmp_path / "wall.png"
    path.write_bytes(data)
    text = base64.b64encode(data).decode()
    maker, engine = mirror()

    for source in (path, str(path), data, text, f"data:image/png;base64,{text}"):
        assert maker.make(source).data == data
        assert engine.seen == Photos(data)


def test_a_photo_may_come_as_pixels() -> None:
    pixels = np.random.default_rng(3).integers(0, 255, (40, 50, 3), dtype=np.uint8)
    maker, _ = mirror()

    assert np.array_equal(maker.make(pixels).array, pixels)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((40, 50), np.uint8),
        np.zeros((40, 50, 4), np.uint8),
        np.zeros((40, 50, 3), np.float32),
    ],
)
def test_other_arrays_are_refused(pixels: Any) -> None:
    with pytest.raises(PhotoRefused, match=r"array \(H, W, 3\) of uint8; not \(40, 50"):
        mirror()[0].make(pixels)


def test_what_is_no_photo_at_all_is_refused() -> None:
    nothing: Any = 5

    with pytest.raises(PhotoRefused, match="not int"):
        mirror()[0].make(nothing)


@pytest.mark.parametrize(
    ("photo", "parameters", "error"),
    [
        (b"GIF89a" + bytes(40), {}, PhotoRefused),
        (picture((64, 8)), {}, PhotoRefused),
        (picture((400, 40)), {"aspect_ratio": "match_input_image"}, InvalidRequest),
        ("http://127.0.0.1/wall.png", {}, UrlRefused),
    ],
)
def test_a_bad_photo_is_refused_before_the_engine_runs(
    photo: bytes | str, parameters: dict[str, str], error: type[Exception]
) -> None:
    maker, engine = mirror(**parameters)

    with pytest.raises(error):
        maker.make(photo)
    assert engine.seen is None


def test_limits_are_those_of_the_settings() -> None:
    settings = Settings(photo_megapixels=0.001)

    with pytest.raises(PhotoRefused, match=r"at most 0\.001 are decoded"):
        Maker(parse_request({"prompt": PROMPT}), Mirror, settings).make(picture())


def test_ticks_reach_the_caller() -> None:
    heard: list[tuple[str, float]] = []

    mirror()[0].make(picture(), lambda stage, fraction: heard.append((stage, fraction)))

    assert heard == [("mirroring", 0.5)]


@pytest.mark.parametrize(
    ("parameters", "error", "sentence"),
    [
        ({"sed": 5}, InvalidRequest, "did you mean seed?"),
        ({"engine": "qwen"}, EngineUnavailable, "take --engine synthesis"),
        ({"engine": "magic"}, EngineUnavailable, "choose one of auto"),
        ({"lora_2_url": "https://host/a.safetensors"}, UnsupportedParameter, "lora_2_url"),
        ({"image_2": b"not an image"}, PhotoRefused, "is not an image"),
        ({"image_3": "http://127.0.0.1/wall.png"}, UrlRefused, "not public"),
    ],
)
def test_what_can_be_refused_without_the_photo_is(
    parameters: dict[str, Any], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error) as caught:
        prepare(PROMPT, **parameters)
    assert sentence in str(caught.value)


def test_a_photo_of_an_own_network_is_fetched_where_its_owner_allows_it() -> None:
    photo = picture()
    with Site(lambda path: [answer(photo)]) as site:
        ready = prepare(PROMPT, image_2=site.url, settings=Settings(allowed_networks="127.0.0.0/8"))
        with pytest.raises(UrlRefused, match="TILEWRIGHT_ALLOWED_NETWORKS"):
            prepare(PROMPT, image_2=site.url, settings=Settings(allowed_networks="10.0.0.0/8"))

    assert ready.blend == photo


def test_each_image_goes_to_its_own_place() -> None:
    second, third = picture((50, 50)), picture((60, 60))

    both = prepare(PROMPT, image_2=second, image_3=third)
    last = prepare(PROMPT, image_3=third)

    assert (both.blend, both.layer) == (second, third)
    assert (last.blend, last.layer) == (None, third)


def test_extract_refuses_before_it_reads() -> None:
    with pytest.raises(InvalidRequest, match="prompt: must not be empty"):
        tilewright.extract("there is no such file", "")


def test_a_saved_tile_is_the_tile_and_nothing_else_is_left(tmp_path: Path) -> None:
    tile = mirror()[0].make(picture())
    target = tmp_path / "tile.png"
    target.write_bytes(b"the tile of yesterday")

    tile.save(target)

    assert target.read_bytes() == tile.data
    assert os.listdir(tmp_path) == ["tile.png"]


def test_a_tile_that_cannot_be_saved_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "tile.png").mkdir()
    tile = mirror()[0].make(picture())

    with pytest.raises(OSError, match=r"tile\.png"):
        tile.save(tmp_path / "tile.png")
    assert os.listdir(tmp_path) == ["tile.png"]


def test_where_a_tile_cannot_be_saved_is_told_by_the_name_that_was_given(tmp_path: Path) -> None:
    tile = mirror()[0].make(picture())

    with pytest.raises(FileNotFoundError) as caught:
        tile.save(tmp_path / "nowhere" / "tile.png")
    assert caught.value.filename == str(tmp_path / "nowhere" / "tile.png")


def test_a_tile_is_shown_without_its_bytes() -> None:
    assert "data=" not in repr(mirror()[0].make(picture()))


def test_a_tile_is_what_the_package_says_it_is() -> None:
    assert tilewright.Tile is Tile
