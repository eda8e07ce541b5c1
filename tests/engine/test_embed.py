"""The report goes into the file when asked, is read back, and changes no pixel."""

import json
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tests.engine.pictures import brick_wall, encoded
from tests.engine.test_synthesis import SMALL, run
from tilewright.engine.embed import embedded

PROMPT = 'Extract "brick" <texture> & more, from the wall'
FORMATS = pytest.mark.parametrize("image_format", ["png", "jpeg", "webp"])


def pixels(data: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    with Image.open(BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


@FORMATS
@pytest.mark.parametrize("quality", [80, 100])
def test_the_report_is_inside(image_format: str, quality: int) -> None:
    wall = encoded(brick_wall(240, 180))
    wish = {"image_format": image_format, "quality": quality, "width": 128, "height": 160}
    plain = run(wall, PROMPT, **wish)
    told = run(wall, PROMPT, embed_report=True, **wish)
    assert embedded(plain.data) is None
    assert (pixels(told.data) == pixels(plain.data)).all()
    assert told.report.file_size == len(told.data) > len(plain.data)
    inside = embedded(told.data)
    assert inside is not None
    known = told.report.model_dump(mode="json")
    assert {name: known[name] for name in inside if name != "surface"} == {
        name: value for name, value in inside.items() if name != "surface"
    }
    assert inside["prompt"] == PROMPT
    assert run(wall, PROMPT, embed_report=True, **wish).data == told.data


@FORMATS
def test_photo_programs_can_read_it(image_format: str) -> None:
    wish = {"embed_report": True, "image_format": image_format, **SMALL}
    told = run(encoded(brick_wall(200, 200)), "wall", **wish)
    with Image.open(BytesIO(told.data)) as image:
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
