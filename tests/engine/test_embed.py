"""The report goes into the file when asked, is read back, and changes no pixel."""

import json
from io import BytesIO

import pytest
from PIL import Image

from tests.engine.pictures import brick_wall, encoded
from tests.engine.test_synthesis import run
from tilewright.contract import ImageFormat
from tilewright.engine import Outcome
from tilewright.engine.embed import embed, embedded
from tilewright.engine.finish import decoded, encode

PROMPT = 'Extract "brick" <texture> & more, from the wall'
WISH = {"image_format": "png", "width": 128, "height": 160}
FORMATS = pytest.mark.parametrize("image_format", ["png", "jpeg", "webp"])


@pytest.fixture(scope="module")
def wall() -> bytes:
    return encoded(brick_wall(240, 180))


@pytest.fixture(scope="module")
def plain(wall: bytes) -> Outcome:
    """A tile without its report, as PNG."""
    return run(wall, PROMPT, **WISH)


def written(plain: Outcome, image_format: ImageFormat, quality: int) -> Outcome:
    """The same tile, written otherwise."""
    data, quality = encode(decoded(plain.data), image_format, quality)
    seen = {"image_format": image_format, "quality": quality, "file_size": len(data)}
    return Outcome(data, plain.report.model_copy(update=seen))


def test_the_engine_puts_it_inside_when_asked_and_alike_each_time(
    wall: bytes, plain: Outcome
) -> None:
    told = run(wall, PROMPT, embed_report=True, **WISH)
    assert embedded(plain.data) is None
    assert embed(*plain)[0] == told.data
    assert told.report.file_size == len(told.data)


@FORMATS
@pytest.mark.parametrize("quality", [80, 100])
def test_the_report_is_inside(plain: Outcome, image_format: ImageFormat, quality: int) -> None:
    other = written(plain, image_format, quality)
    told = Outcome(*embed(*other))
    assert embedded(other.data) is None
    assert (decoded(told.data) == decoded(other.data)).all()
    assert told.report.file_size == len(told.data) > len(other.data)
    inside = embedded(told.data)
    assert inside is not None
    known = told.report.model_dump(mode="json")
    assert {name: known[name] for name in inside if name != "surface"} == {
        name: value for name, value in inside.items() if name != "surface"
    }
    assert inside["prompt"] == PROMPT


@FORMATS
def test_photo_programs_can_read_it(plain: Outcome, image_format: ImageFormat) -> None:
    told, _ = embed(*written(plain, image_format, 95))
    with Image.open(BytesIO(told)) as image:
        packet = image.info.get("xmp") or image.info["XML:com.adobe.xmp"]
    text = packet if isinstance(packet, str) else packet.decode()
    assert 'xmp:CreatorTool="Tilewright ' in text
    assert "outline" not in text


@pytest.mark.parametrize("report", ["{", "[1]", "", "[" * 99999])
def test_what_strangers_wrote_there_is_no_report(report: str) -> None:
    file = BytesIO()
    packet = f'<x tilewright:report="{report}"/>'.encode()
    Image.new("RGB", (32, 32)).save(file, "WEBP", xmp=packet)
    assert embedded(file.getvalue()) is None
    assert json.dumps(embedded(file.getvalue())) == "null"
