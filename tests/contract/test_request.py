"""Whatever is wrong with a request is named, with the limit and the way out, before any work."""

import pytest

from tilewright.contract import InvalidRequest, TileRequest, parse_request, tile_size
from tilewright.contract.request import SIDE_STEP, SIZES

PROMPT = "Extract stone texture from the wall. Extract into a texture image."

WRONG: list[tuple[str, object, str]] = [
    ("prompt", None, "is required"),
    ("prompt", "", "must not be empty"),
    ("prompt", " \n\t", "must not be empty"),
    ("prompt", "x" * 2001, "has 2001 characters; at most 2000 are taken"),
    ("prompt", 5, "must be text, not 5"),
    ("prompt", b"stone", "must be text, not b'stone'"),
    ("prompt", "\udcff", "holds characters that are not valid Unicode"),
    ("aspect_ratio", "1:7", "must be one of 1:1, 2:3, "),
    ("aspect_ratio", "match_input", "did you mean match_input_image?"),
    ("aspect_ratio", 1.0, "match_input_image, not 1.0"),
    ("aspect_ratio", ["1:1"], "not ['1:1']"),
    ("lora", "texture", "must be one of texture_extract, not 'texture'"),
    ("lora_2_url", "file:///etc/passwd", "must be an http or https address"),
    ("lora_2_url", "http://[", "must be an http or https address"),
    ("lora_2_url", "https://host/a.bin", "must be the address of a .safetensors file"),
    ("lora_2_url", 7, "must be text, not 7"),
    ("lora_3_url", "https://host/" + "a" * 2048 + ".safetensors", "at most 2048 are taken"),
    ("seed", -2, "must be from -1 to 2147483647, not -2"),
    ("seed", 2**31, "must be from -1 to 2147483647, not 2147483648"),
    ("seed", 10**5000, "not a number of thousands of digits"),
    ("seed", True, "must be a whole number, not True"),
    ("seed", "7", "must be a whole number, not '7'"),
    ("seed", 7.5, "must be a whole number, not 7.5"),
    ("seed", float("nan"), "must be a whole number, not nan"),
    ("seed", float("inf"), "must be a whole number, not inf"),
    ("seed", [7], "must be a whole number, not [7]"),
    ("seed", "x" * 500, "... (502 characters)"),
    ("image_format", "jpg", "must be one of jpeg, png, webp, not 'jpg'; did you mean jpeg?"),
    ("image_format", "WEBP", "did you mean webp?"),
    ("image_format", "gif", "must be one of jpeg, png, webp, not 'gif'"),
    ("quality", 0, "must be from 1 to 100, not 0"),
    ("quality", 101, "must be from 1 to 100, not 101"),
    ("quality", {}, "must be a whole number, not {}"),
    ("sed", 7, "is not a known parameter; did you mean seed?"),
    ("zzz", None, "is not a known parameter"),
]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    WRONG,
    ids=[f"{name} {sentence[-30:]}" for name, _, sentence in WRONG],
)
def test_a_wrong_parameter_is_named_with_the_limit(name: str, value: object, sentence: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_request({"prompt": PROMPT, name: value})

    (fault,) = caught.value.fields
    assert fault.field == name
    assert sentence in fault.message
    assert len(fault.message) < 200


def test_every_parameter_is_tried_wrong() -> None:
    assert {name for name, _, _ in WRONG} >= set(TileRequest.model_fields)


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_request({"prompt": "", "seed": -2, "colour": "red"})

    assert {fault.field for fault in caught.value.fields} == {"prompt", "seed", "colour"}
    assert "prompt: must not be empty; " in str(caught.value)


@pytest.mark.parametrize(
    "prompt",
    ["🧱", "石の壁のテクスチャを抽出", "Extrahiere die Mauer", "x" * 2000, " " * 3000 + "stone"],
)
def test_any_language_is_taken(prompt: str) -> None:
    assert parse_request({"prompt": prompt}).prompt == prompt.strip()


def test_none_means_the_default() -> None:
    nothing = dict.fromkeys(set(TileRequest.model_fields) - {"prompt"})

    assert parse_request({"prompt": PROMPT, **nothing}) == parse_request({"prompt": PROMPT})


def test_the_defaults_are_those_of_the_wire_contract() -> None:
    assert parse_request({"prompt": PROMPT}).model_dump() == {
        "prompt": PROMPT,
        "aspect_ratio": "1:1",
        "lora": "texture_extract",
        "lora_2_url": None,
        "lora_3_url": None,
        "seed": 87568756,
        "image_format": "webp",
        "quality": 95,
    }


def test_a_whole_float_is_a_whole_number() -> None:
    request = parse_request({"prompt": PROMPT, "seed": 7.0, "quality": 80.0})

    assert (request.seed, request.quality) == (7, 80)
    assert isinstance(request.seed, int)


@pytest.mark.parametrize("photo", [(4000, 3000), (3000, 4000), (1000, 1000), (4000, 1000)])
def test_match_input_image_keeps_the_shape_of_the_photo(photo: tuple[int, int]) -> None:
    width, height = tile_size("match_input_image", photo)

    assert width % SIDE_STEP == height % SIDE_STEP == 0
    assert 0.9 < width * height / 2**20 < 1.1
    assert width / height == pytest.approx(photo[0] / photo[1], rel=0.06)


def test_match_input_image_refuses_a_strip() -> None:
    with pytest.raises(InvalidRequest, match="4:1, and this one is 2000x400"):
        tile_size("match_input_image", (2000, 400))


def test_every_other_shape_is_about_a_megapixel() -> None:
    for ratio, (width, height) in SIZES.items():
        across, down = map(int, ratio.split(":"))
        assert width % 16 == height % 16 == 0
        assert 0.9 < width * height / 2**20 < 1.1
        assert width / height == pytest.approx(across / down, rel=0.02)
