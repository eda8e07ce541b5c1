"""A wrong parameter is refused at the door, by its name, in JSON and in forms alike."""

import gzip
import json
import socket
from contextlib import closing, suppress
from http.client import HTTPConnection
from itertools import repeat
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.people import ASYNC, SYNC, Customer, fault, fields, wish
from tests.api.photos import SMALL, data_url
from tests.serving import NO_TLS, PATIENCE, serving, until
from tilewright.api.body import LARGEST_BODY
from tilewright.contract import IMAGES, ServiceRequest
from tilewright.intake.limits import MEBIBYTE

REQUIRED = ("prompt", "image_1")

LORA = "https://example.com/style.safetensors"

WRONG: list[tuple[str, Any]] = [
    ("prompt", None),
    ("prompt", ""),
    ("prompt", "   "),
    ("prompt", "x" * 2001),
    ("prompt", "brick\0wall"),
    ("prompt", 7),
    ("prompt", ["stone"]),
    ("prompt", {"text": "stone"}),
    ("image_1", None),
    ("image_1", ""),
    ("image_1", 7),
    ("image_1", ["https://example.com/a.jpg"]),
    ("image_1", "no photo at all"),
    ("image_2", ""),
    ("image_2", 1.5),
    ("image_2", "ftp://example.com/a.jpg"),
    ("image_3", True),
    ("image_3", "data:image/png;base64,####"),
    ("aspect_ratio", "1:2"),
    ("aspect_ratio", 1),
    ("aspect_ratio", ""),
    ("lora", "anime"),
    ("lora", 3),
    ("lora_2_url", "style.safetensors"),
    ("lora_2_url", "https://example.com/style.ckpt"),
    ("lora_2_url", LORA),
    ("lora_2_url", 5),
    ("lora_3_url", LORA),
    ("lora_3_url", "https://example.com/" + "x" * 2048 + ".safetensors"),
    ("seed", -2),
    ("seed", 2147483648),
    ("seed", 10**400),
    ("seed", 1.5),
    ("seed", "7"),
    ("seed", True),
    ("image_format", "gif"),
    ("image_format", "PNG"),
    ("quality", 0),
    ("quality", 101),
    ("quality", "high"),
    ("region", "left"),
    ("region", {"polygon": [[0, 0], [1, 1]]}),
    ("region", {"corners": [[0, 0], [1, 1], [0, 1], [1, 0]]}),
    ("straighten", "no"),
    ("width", 1000),
    ("width", 8192),
    ("height", "1024"),
    ("elements", 0),
    ("embed_report", "yes"),
    ("base64", "yes"),
    ("base64", 1),
    ("webhook_url", "example.com/hook"),
    ("webhook_url", "file:///etc/passwd"),
    ("webhook_url", "https://me:secret@example.com/hook"),
    ("webhook_url", "http://10.1.2.3/hook"),
    ("webhook_url", ["https://example.com"]),
    ("retention_seconds", 59),
    ("retention_seconds", 3601),
    ("retention_seconds", "long"),
]

WRONG_IN_FORMS: list[tuple[str, str]] = [
    ("prompt", ""),
    ("prompt", "x" * 2001),
    ("aspect_ratio", "1:2"),
    ("lora", "anime"),
    ("lora_2_url", LORA),
    ("lora_3_url", "style.safetensors"),
    ("seed", "-2"),
    ("seed", "1.5"),
    ("seed", "1_0"),
    ("seed", "9" * 5000),
    ("image_2", "no photo at all"),
    ("image_3", "ftp://example.com/a.jpg"),
    ("image_format", "gif"),
    ("quality", "101"),
    ("quality", "high"),
    ("region", "{"),
    ("region", '{"polygon": [[0, 0], [2, 0], [1, 1]]}'),
    ("straighten", "no"),
    ("width", "wide"),
    ("elements", "1.5"),
    ("embed_report", "maybe"),
    ("base64", "yes"),
    ("webhook_url", "example.com/hook"),
    ("retention_seconds", "59"),
    ("promt", "brick"),
]


@pytest.mark.parametrize(("name", "value"), WRONG, ids=lambda one: str(one)[:30])
def test_a_wrong_parameter_is_named(waiting: Customer, name: str, value: object) -> None:
    answer = waiting.http.post(ASYNC, json=wish(**{name: value}))

    assert list(fields(answer)) == [name]
    assert waiting.balance() == 10


@pytest.mark.parametrize(("name", "value"), WRONG_IN_FORMS, ids=lambda one: str(one)[:30])
def test_a_wrong_parameter_in_a_form_is_named(waiting: Customer, name: str, value: str) -> None:
    files = {"image_1": ("photo.png", SMALL, "image/png")}
    answer = waiting.http.post(ASYNC, data={"prompt": "brick", name: value}, files=files)

    assert list(fields(answer)) == [name]


def test_every_wrong_parameter_is_named_at_once(waiting: Customer) -> None:
    answer = waiting.http.post(SYNC, json={"image_1": data_url(), "seed": "x", "quality": 0})

    assert set(fields(answer)) == {"prompt", "seed", "quality"}


def test_every_photo_that_is_none_is_named_at_once(waiting: Customer) -> None:
    files = dict.fromkeys(("image_1", "image_3"), ("photo.png", SMALL[:40], "image/png"))
    form = {"prompt": "brick", "image_2": "http://10.0.0.1/photo.png"}
    answer = waiting.http.post(ASYNC, data=form, files=files)

    assert set(fields(answer)) == {"image_1", "image_2", "image_3"}


def test_corners_that_are_not_to_be_seen_straight_on_are_refused(waiting: Customer) -> None:
    corners = {"corners": [[0, 0], [1, 0], [1, 1], [0, 1]]}
    answer = waiting.http.post(ASYNC, json=wish(region=corners, straighten=False))

    assert "four corners of region" in fields(answer)["straighten"]


def test_an_unknown_parameter_is_named_with_the_nearest_known_one(waiting: Customer) -> None:
    answer = waiting.http.post(ASYNC, json=wish(aspect_ration="1:1", zzz=None))

    found = fields(answer)
    assert "aspect_ratio" in found["aspect_ration"]
    assert set(found) == {"aspect_ration", "zzz"}


def test_a_null_means_the_default(waiting: Customer) -> None:
    nulls = {name: None for name in ServiceRequest.model_fields if name not in REQUIRED}
    job = waiting.submit(**nulls)

    request = waiting.http.get(f"/inference-request/request-history/{job}").json()["request_body"]
    assert request == {
        "prompt": "brick",
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
        "image_1": None,  # it came within the request
        "image_2": None,
        "image_3": None,
        "base64": False,
        "webhook_url": None,
        "retention_seconds": None,
        "engine": "auto",
        "priority": "normal",
    }


def test_a_form_carries_the_same_request(waiting: Customer) -> None:
    form = {"prompt": " brick ", "seed": "7", "quality": "80", "base64": "true", "image_2": ""}
    files = {"image_1": ("photo.png", SMALL, "image/png")}
    answer = waiting.http.post(ASYNC, data=form, files=files)

    assert answer.status_code == 200, answer.text
    row = waiting.http.get(f"/inference-request/request-history/{answer.json()['request_id']}")
    request = row.json()["request_body"]
    assert (request["prompt"], request["seed"], request["quality"]) == ("brick", 7, 80)


def test_text_of_a_form_that_is_not_utf_8_is_refused(waiting: Customer) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nbrick\xff\r\n--x--\r\n'
    kind = {"content-type": "multipart/form-data; boundary=x"}
    answer = waiting.http.post(ASYNC, content=part, headers=kind)

    assert fields(answer) == {"body": "is not a valid form: prompt is not utf-8"}


def test_a_file_is_no_prompt(waiting: Customer) -> None:
    files = {"prompt": ("prompt.txt", b"brick", "text/plain")}
    answer = waiting.http.post(ASYNC, data={"image_1": data_url()}, files=files)

    assert fields(answer) == {"prompt": "must not be a file"}


def test_a_file_of_another_name_is_an_unknown_parameter(waiting: Customer) -> None:
    files = dict.fromkeys((*IMAGES, "imagee_4"), ("photo.png", SMALL, "image/png"))
    answer = waiting.http.post(ASYNC, data={"prompt": "brick"}, files=files)

    assert "did you mean image_1?" in fields(answer)["imagee_4"]


def test_an_empty_file_is_called_so(waiting: Customer) -> None:
    files = {"image_1": ("photo.png", b"", "image/png")}
    answer = waiting.http.post(ASYNC, data={"prompt": "brick"}, files=files)

    assert "is empty" in fields(answer)["image_1"]


def test_a_form_may_come_without_its_length(waiting: Customer) -> None:
    files = {"image_1": ("photo.png", SMALL, "image/png")}
    form = waiting.http.build_request("POST", ASYNC, data={"prompt": "brick"}, files=files)
    kind = {"content-type": form.headers["content-type"]}
    answer = waiting.http.post(ASYNC, content=iter([form.read()]), headers=kind)

    assert answer.status_code == 200, answer.text


def test_a_caller_who_hangs_up_amid_the_body_is_no_fault_of_ours(waiting: Customer) -> None:
    def broken_off() -> float:
        told = httpx.get(f"{waiting.service.url}/metrics", verify=NO_TLS).text
        lines = [line for line in told.splitlines() if 'route="/v2/{slug}",status="400"' in line]
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    before = broken_off()
    line = HTTPConnection("127.0.0.1", waiting.service.port, timeout=PATIENCE)
    line.putrequest("POST", ASYNC)
    line.putheader("x-api-key", waiting.key)
    line.putheader("content-length", "1000")
    line.endheaders(b"{")
    line.close()

    until(lambda: broken_off() > before)


def test_a_parameter_is_not_given_twice(waiting: Customer) -> None:
    files = [("image_1", ("a.png", SMALL, "image/png"))] * 2
    answer = waiting.http.post(ASYNC, data={"prompt": "brick"}, files=files)

    assert fields(answer) == {"image_1": "is given twice"}


def test_a_parameter_of_json_is_not_given_twice_either(waiting: Customer) -> None:
    body = json.dumps(wish())[:-1] + ', "prompt": "stone"}'
    answer = waiting.http.post(ASYNC, content=body, headers={"content-type": "application/json"})

    assert fields(answer) == {"prompt": "is given twice"}


def test_a_file_that_comes_as_text_is_told_what_it_lacks(waiting: Customer) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    form = head % (b"prompt", b"brick") + head % (b"image_1", SMALL) + b"--x--\r\n"
    kind = {"content-type": "multipart/form-data; boundary=x"}
    answer = waiting.http.post(ASYNC, content=form, headers=kind)

    assert "filename" in fields(answer)["image_1"]
    cut = waiting.http.post(ASYNC, content=form[: len(form) // 2], headers=kind)
    assert "cut short" in fields(cut)["body"]


def test_a_compressed_body_is_refused_by_its_encoding(waiting: Customer) -> None:
    body = gzip.compress(json.dumps(wish()).encode())
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    answer = waiting.http.post(ASYNC, content=body, headers=headers)

    assert "'gzip'" in fault(answer, 406, "unacceptable")["error"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b'"text"',
        b"null",
        b'{"prompt": NaN}',
        b'{"prompt": "\xff"}',
        b'{"seed": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
    ],
    ids=lambda body: repr(body[:12]),
)
def test_a_body_that_is_no_json_object_is_refused(waiting: Customer, body: bytes) -> None:
    answer = waiting.http.post(ASYNC, content=body, headers={"content-type": "application/json"})

    told = fault(answer, 400, "invalid_request")["error"]
    assert "sys." not in told
    assert "codec" not in told


def test_a_form_that_is_none_is_refused(waiting: Customer) -> None:
    kind = {"content-type": "multipart/form-data; boundary=x"}
    for body, headers in ((b"no form", kind), (b"", {"content-type": "multipart/form-data"})):
        answer = waiting.http.post(ASYNC, content=body, headers=headers)
        assert list(fields(answer)) in (["body"], ["prompt", "image_1"])
    assert "boundary" in answer.json()["error"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "image/png"])
@pytest.mark.parametrize("path", [ASYNC, SYNC, "/upload-asset", "/webhook/add", "/webhook/update"])
def test_another_content_type_is_a_406(waiting: Customer, kind: str, path: str) -> None:
    answer = waiting.http.post(path, content=b"prompt=brick", headers={"content-type": kind})

    assert kind in fault(answer, 406, "unacceptable")["error"]


def test_a_json_body_may_name_its_charset(waiting: Customer) -> None:
    headers = {"content-type": "Application/JSON; charset=utf-8"}
    answer = waiting.http.post(ASYNC, content=json.dumps(wish()), headers=headers)

    assert answer.status_code == 200


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x"])
def test_a_body_that_promises_too_much_is_not_read(waiting: Customer, kind: str) -> None:
    line = HTTPConnection("127.0.0.1", waiting.service.port, timeout=PATIENCE)
    line.putrequest("POST", ASYNC)
    for name, value in (("x-api-key", waiting.key), ("content-type", kind)):
        line.putheader(name, value)
    line.putheader("content-length", str(2**40))
    line.endheaders()

    with closing(line), line.getresponse() as answer:
        assert answer.status == 413
        assert json.load(answer)["code"] == "too_large"


@pytest.mark.parametrize(
    ("path", "key", "size", "status"),
    [
        ("/v2/requests/abc", "", 32 * MEBIBYTE, 405),
        (ASYNC, "no such key", 32 * MEBIBYTE, 401),
        (ASYNC, "", LARGEST_BODY + MEBIBYTE, 413),
    ],
)
def test_who_reads_only_when_all_is_sent_reads_what_was_wrong(
    waiting: Customer, path: str, key: str, size: int, status: int
) -> None:
    line = HTTPConnection("127.0.0.1", waiting.service.port, timeout=PATIENCE)
    line.request("POST", path, bytes(size), {"x-api-key": key or waiting.key})

    with closing(line), line.getresponse() as answer:
        assert answer.status == status
        assert json.load(answer)["error"]


PART = '--x\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nbrick'


@pytest.mark.parametrize(
    ("kind", "start"),
    [("application/json", "{"), ("multipart/form-data; boundary=x", PART)],
    ids=["json", "form"],
)
@pytest.mark.parametrize("trickles", [False, True])
def test_a_body_that_stops_on_its_way_is_given_up_and_holds_up_no_end(
    tmp_path: Path, kind: str, start: str, trickles: bool
) -> None:
    lines = f"POST {ASYNC} HTTP/1.1", "Host: 127.0.0.1", f"Content-Type: {kind}"
    begun = "\r\n".join((*lines, "Content-Length: 999", "", start)).encode()
    with (
        socket.socket() as line,
        socket.socket() as later,  # its body does not come while the door ends
        serving(tmp_path / "data", "--workers", "0", body_seconds="0.3") as service,
    ):
        for one in (line, later):
            one.connect(("127.0.0.1", service.port))
        line.sendall(begun)
        heard: list[bytes] = []
        line.setblocking(False)

        def answered() -> bool:
            with suppress(BlockingIOError):
                heard.append(line.recv(65536))
            if trickles and not heard:
                line.send(b" ")
            return bool(heard)

        until(answered)
        assert heard[0].startswith(b"HTTP/1.1 408 ")
        assert b'"code":"too_slow"' in heard[0]
        later.sendall(begun)


def test_a_body_that_grows_too_large_is_cut_off(waiting: Customer) -> None:
    pieces = repeat(bytes(MEBIBYTE), LARGEST_BODY // MEBIBYTE + 1)
    answer = waiting.http.post(ASYNC, content=pieces)

    fault(answer, 413, "too_large")


@pytest.mark.parametrize("text", ["\ud800", "\x00", "\N{PILE OF POO}" * 400])
def test_strange_letters_break_nothing(waiting: Customer, text: str) -> None:
    for changes in ({"prompt": text}, {text: 1}, {"aspect_ratio": text}):
        body = json.dumps(wish(**changes)).encode()
        answer = waiting.http.post(
            ASYNC, content=body, headers={"content-type": "application/json"}
        )
        assert answer.status_code in (200, 400), answer.text


@pytest.mark.parametrize(
    ("path", "body", "name"),
    [
        ("/upload-asset", r'{"data_urls": ["\ud800"]}', "data_urls"),
        ("/upload-asset", r'{"\ud800": 1}', "\ud800"),
        (ASYNC, r'{"prompt": "stone", "\ud800": 1, "\ud800": 2}', "\ud800"),
    ],
)
def test_half_a_character_is_told_as_it_came(
    waiting: Customer, path: str, body: str, name: str
) -> None:
    answer = waiting.http.post(path, content=body, headers={"content-type": "application/json"})

    assert list(fields(answer)) == [name]


@pytest.mark.parametrize("face", ["v1", "v2"])
def test_an_unknown_model_is_a_404_with_the_nearest_name(waiting: Customer, face: str) -> None:
    answer = waiting.http.post(f"/{face}/qwen-image-edit-plus-texture-extrac", json=wish())

    body = fault(answer, 404, "not_found")
    assert "did you mean qwen-image-edit-plus-texture-extract?" in body["error"]


def test_a_key_for_idempotency_must_be_readable(waiting: Customer) -> None:
    for key in ("", "x" * 256):
        answer = waiting.http.post(ASYNC, json=wish(), headers={"idempotency-key": key})
        assert list(fields(answer)) == ["Idempotency-Key"]
