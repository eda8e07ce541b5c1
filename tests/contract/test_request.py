"""Whatever is wrong with a request is named, with the limit and the way out, before any work."""

import pytest

from tilewright.contract import (
    InvalidRequest,
    TileRequest,
    megapixels,
    parse_request,
    tile_size,
)
from tilewright.contract.request import SIDE_STEP, SIZES

PROMPT = "Extract stone texture from the wall. Extract into a texture image."

SQUARE = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]
BOW_TIE = [[0.1, 0.1], [0.9, 0.9], [0.1, 0.9], [0.9, 0.1]]

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
    ("region", 5, 'must be {"polygon": [[x, y], ...]} or {"corners": '),
    ("region", "left half", "not 'left half'"),
    ("region", {"polygon": SQUARE, "corners": SQUARE}, "must be {"),
    ("region", {"polygon": SQUARE, "feather": 3}, "must be {"),
    ("region", {"polygon": 7}, "polygon must be a list of points [x, y], not 7"),
    ("region", {"polygon": SQUARE[:2]}, "polygon must have 3 to 500 points, not 2"),
    ("region", {"polygon": SQUARE * 200}, "polygon must have 3 to 500 points, not 800"),
    ("region", {"corners": SQUARE[:3]}, "corners must have 4 points, not 3"),
    ("region", {"polygon": [[0, 0], [1, 0], [1]]}, "polygon holds [1], which is no point [x, y]"),
    ("region", {"polygon": [[0, 0], [1, 0], ["a", 1]]}, "which is no point"),
    ("region", {"polygon": [[0, 0], [1, 0], [True, 1]]}, "which is no point"),
    ("region", {"polygon": [[0, 0], [1, 0], [1, 1.2]]}, "[1, 1.2], which is outside the photo"),
    ("region", {"polygon": [[0, 0], [1, 0], [1, float("nan")]]}, "which is outside the photo"),
    ("region", {"polygon": BOW_TIE}, "polygon must not cross itself"),
    ("region", {"corners": BOW_TIE}, "corners must not cross itself"),
    ("region", {"polygon": [[0, 0], [0.02, 0], [0, 0.02]]}, "0.020% of the photo; at least 0.05%"),
    ("region", {"corners": [[0, 0], [1, 0], [0.2, 0.2], [0, 1]]}, "none inward"),
    ("straighten", "no", "must be true or false, not 'no'"),
    ("width", 100, "must be from 128 to 4096, not 100"),
    ("width", 4128, "must be from 128 to 4096, not 4128"),
    ("width", 1000, "must be a multiple of 32, not 1000; try 992"),
    ("width", True, "must be a whole number, not True"),
    ("height", 0, "must be from 128 to 4096, not 0"),
    ("height", "1024", "must be a whole number, not '1024'"),
    ("elements", 0, "must be from 1 to 128, not 0"),
    ("elements", 129, "must be from 1 to 128, not 129"),
    ("elements", 2.5, "must be a whole number, not 2.5"),
    ("lora_2_weight", 5, "must be from -4 to 4, not 5"),
    ("lora_2_weight", float("nan"), "must be a finite number, not nan"),
    ("lora_3_weight", "1", "must be a number, not '1'"),
    ("lora_3_weight", True, "must be a number, not True"),
    ("mode", "fsat", "must be one of quality, fast, fastest, not 'fsat'; did you mean fast?"),
    ("steps", 1, "must be from 2 to 100, not 1"),
    ("steps", 2.5, "must be a whole number, not 2.5"),
    ("guidance", 0.5, "must be from 1 to 20, not 0.5"),
    ("guidance", "4", "must be a number, not '4'"),
    ("reference_resolution", 500, "must be a multiple of 32, not 500; try 512"),
    ("reference_resolution", 2048, "must be from 256 to 1024, not 2048"),
    ("seamless", "yx", "must be one of xy, x, y, none, not 'yx'"),
    ("match_color", "yes", "must be true or false, not 'yes'"),
    ("embed_report", 1, "must be true or false, not 1"),
    ("sed", 7, "is not a known parameter; did you mean seed?"),
    ("ratio", "1:1", "did you mean aspect_ratio?"),
    ("zzz", None, "is not a known parameter"),
]


def wish(**parameters: object) -> TileRequest:
    return parse_request({"prompt": PROMPT, **parameters})


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


def test_of_very_many_faults_the_first_are_named_and_the_others_counted() -> None:
    unknown = {f"unknown{number}": 1 for number in range(5000)}
    with pytest.raises(InvalidRequest) as refused:
        parse_request({"prompt": PROMPT, **unknown})
    *told, last = refused.value.fields
    assert [fault.field for fault in told] == [f"unknown{number}" for number in range(20)]
    assert (last.field, last.message) == ("request", "has 4980 more faults")


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
        "lora_2_weight": 1.0,
        "lora_3_weight": 1.0,
        "seed": 87568756,
        "image_format": "webp",
        "quality": 95,
        "region": None,
        "straighten": True,
        "width": None,
        "height": None,
        "elements": None,
        "mode": None,
        "steps": None,
        "guidance": None,
        "reference_resolution": None,
        "seamless": "xy",
        "match_color": False,
        "embed_report": False,
    }


def test_a_whole_float_is_a_whole_number() -> None:
    request = parse_request({"prompt": PROMPT, "seed": 7.0, "quality": 80.0})

    assert (request.seed, request.quality) == (7, 80)
    assert isinstance(request.seed, int)


@pytest.mark.parametrize("photo", [(4000, 3000), (3000, 4000), (1000, 1000), (4000, 1000)])
def test_match_input_image_keeps_the_shape_of_the_photo(photo: tuple[int, int]) -> None:
    width, height = tile_size(wish(aspect_ratio="match_input_image"), photo)

    assert width % SIDE_STEP == height % SIDE_STEP == 0
    assert 0.9 < width * height / 2**20 < 1.1
    assert width / height == pytest.approx(photo[0] / photo[1], rel=0.06)


def test_match_input_image_refuses_a_strip() -> None:
    with pytest.raises(InvalidRequest, match="4:1, and this one is 2000x400"):
        tile_size(wish(aspect_ratio="match_input_image"), (2000, 400))


def test_every_other_shape_is_about_a_megapixel() -> None:
    for ratio, (width, height) in SIZES.items():
        across, down = map(int, ratio.split(":"))
        assert width % 16 == height % 16 == 0
        assert 0.9 < width * height / 2**20 < 1.1
        assert width / height == pytest.approx(across / down, rel=0.02)


@pytest.mark.parametrize(
    ("asked", "size"),
    [
        ({"width": 2048}, (2048, 2048)),
        ({"width": 2048, "aspect_ratio": "16:9"}, (2048, 1152)),
        ({"height": 512, "aspect_ratio": "2:3"}, (352, 512)),
        ({"width": 4096, "height": 256, "aspect_ratio": "1:1"}, (4096, 256)),
        ({"width": 1024, "aspect_ratio": "match_input_image"}, (1024, 512)),
    ],
)
def test_a_side_that_is_not_given_follows_the_shape(
    asked: dict[str, object], size: tuple[int, int]
) -> None:
    assert tile_size(wish(**asked), (2000, 1000)) == size


def test_a_side_that_would_leave_the_limits_is_refused_by_the_one_that_was_given() -> None:
    with pytest.raises(InvalidRequest, match="height: makes the width 7328") as caught:
        wish(height=4096, aspect_ratio="16:9")

    assert caught.value.fields[0].field == "height"
    with pytest.raises(InvalidRequest, match="width: makes the height 80"):
        tile_size(wish(width=4096, aspect_ratio="match_input_image"), (500, 1000))


@pytest.mark.parametrize(("shape", "most"), [({"width": 128}, 16), ({"aspect_ratio": "9:16"}, 96)])
def test_more_elements_than_lie_across_a_tile_are_refused(
    shape: dict[str, object], most: int
) -> None:
    assert wish(elements=most, **shape).elements == most
    with pytest.raises(InvalidRequest, match=f"elements: must be at most {most} across"):
        wish(elements=most + 1, **shape)


def test_a_tile_counts_for_its_megapixels() -> None:
    assert {megapixels(*size) for size in SIZES.values()} == {1}
    assert [megapixels(side, side) for side in (128, 1024, 2048, 4096)] == [1, 1, 4, 16]


def test_a_region_may_come_as_text_and_goes_clockwise_from_its_first_point() -> None:
    text = '{"corners": [[0.1, 0.1], [0.1, 0.9], [0.9, 0.9], [0.9, 0.1]]}'

    region = wish(region=text).region
    assert region is not None
    assert [list(point) for point in region.points] == SQUARE
    assert wish(region=region.model_dump(mode="json")).region == region


def test_corners_that_are_not_to_be_seen_straight_on_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="four corners of region") as caught:
        wish(region={"corners": SQUARE}, straighten=False)

    assert [fault.field for fault in caught.value.fields] == ["straighten"]
    assert not wish(region={"polygon": SQUARE}, straighten=False).straighten


@pytest.mark.parametrize("name", sorted(set(TileRequest.model_fields) - {"prompt"}))
def test_what_was_accepted_before_a_parameter_was_known_is_read_with_its_default(name: str) -> None:
    stored = wish().model_dump(mode="json")
    del stored[name]

    assert parse_request(stored) == wish()


def test_a_lasso_may_come_back_to_its_start() -> None:
    region = wish(region={"polygon": [*SQUARE, SQUARE[0]]}).region
    assert region is not None
    assert len(region.points) == 5
