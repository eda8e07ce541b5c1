"""The body of a request, JSON or form, becomes parameters; photos in forms stay bytes."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncGenerator
from time import monotonic
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from tilewright.api.callers import the_door
from tilewright.api.faults import Refused
from tilewright.contract import IMAGES, FieldFault, InvalidRequest, ServiceRequest
from tilewright.contract.faults import explain, is_a
from tilewright.intake.limits import LARGEST_FILE, MEBIBYTE

LARGEST_BODY = 3 * LARGEST_FILE * 4 // 3 + MEBIBYTE
"""Bytes: three photos as base64, and the rest."""

SLOWEST = 1024
"""Bytes a second, on average, after the time in which nothing need come: less is no sending, but a
way to keep a door from its end."""

MOST_PARTS = 40
"""Of a form; there are 30 parameters."""

JSON_TYPE, FORM_TYPE = "application/json", "multipart/form-data"

WHOLE = re.compile(r"\s*[+-]?[0-9]{1,19}\s*")
DECIMAL = re.compile(r"[+-]?[0-9]{1,20}(?:\.[0-9]{1,20})?")

Parameters = dict[str, Any]
"""As parsed from JSON. A photo that came as a file of a form is bytes."""


async def read_parameters(request: Request) -> Parameters:
    """The parameters in the body; raise `InvalidRequest` or `Refused`."""
    if _kind(request) == FORM_TYPE:
        return await _read_form(request)
    return await read_json(request, f"{JSON_TYPE} or {FORM_TYPE}")


async def read_json(request: Request, taken: str = JSON_TYPE) -> Parameters:
    """The JSON object in the body; nothing else is taken for JSON.

    taken: the content types that a refusal names.
    """
    if (kind := _kind(request)) != JSON_TYPE:
        raise Refused("unacceptable", f"the content type {kind[:80]!r} is not taken; send {taken}")
    found = _parse(await read_bytes(request) or b"{}")
    if not isinstance(found, dict):
        raise _wrong_body("must be a JSON object")
    return found


def _parse(data: bytes) -> object:
    try:
        return json.loads(data, parse_constant=_no_number, object_pairs_hook=_each_once)
    except json.JSONDecodeError as error:
        raise _wrong_body(f"is not valid JSON: {error}") from None
    except UnicodeDecodeError as error:
        raise _wrong_body(f"is not text in UTF-8, from byte {error.start} on") from None
    except RecursionError:
        raise _wrong_body("is nested too deeply") from None
    except ValueError:  # Python reads no whole number of more than 4300 digits
        raise _wrong_body("holds a number of thousands of digits") from None


Body = TypeVar("Body", bound=BaseModel)


async def read_as(request: Request, model: type[Body]) -> Body:
    """The JSON object in the body as `model`; raise `InvalidRequest` with every fault."""
    try:
        return model.model_validate(await read_json(request))
    except ValidationError as error:
        raise InvalidRequest(explain(error, model)) from None


def takes(model: type[BaseModel]) -> dict[str, Any]:
    """The same body for the published description."""
    content = {"application/json": {"schema": model.model_json_schema()}}
    return {"requestBody": {"required": True, "content": content}}


async def read_bytes(request: Request) -> bytes:
    """The body, up to `LARGEST_BODY`."""
    body = bytearray()
    async for piece in _pieces(request):
        body += piece
    return bytes(body)


async def _pieces(request: Request) -> AsyncGenerator[bytes]:
    """What comes; what is promised is checked first, what comes is counted."""
    coded = request.headers.get("content-encoding", "identity")
    if coded != "identity":
        raise Refused("unacceptable", f"the encoding {coded[:80]!r} is not taken; send it plainly")
    promised = request.headers.get("content-length", "")
    if promised.isdecimal() and int(promised) > LARGEST_BODY:
        raise _too_large()
    wait = (await the_door(request)).rules.body_wait
    pieces, size, begin = request.stream(), 0, monotonic()
    while True:
        try:
            async with asyncio.timeout(wait):
                piece = await anext(pieces)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise _too_slow(f"nothing came for {wait:g} s") from None
        size += len(piece)
        if size > LARGEST_BODY:
            raise _too_large()
        if monotonic() - begin > wait + size / SLOWEST:
            raise _too_slow(f"{size} bytes came in {monotonic() - begin:.0f} s")
        yield piece


def _kind(request: Request) -> str:
    return request.headers.get("content-type", JSON_TYPE).partition(";")[0].strip().lower()


async def _read_form(request: Request) -> Parameters:
    form = await _parsed(request)
    try:
        return await _values(form)
    finally:
        await form.close()


async def _parsed(request: Request) -> FormData:
    most = {"max_files": MOST_PARTS, "max_fields": MOST_PARTS, "max_part_size": LARGEST_BODY}
    parser = _Parser(request.headers, _pieces(request), **most)
    try:
        form = await parser.parse()
    except (Refused, ClientDisconnect):
        raise
    except Exception as error:
        why = getattr(error, "message", "each part needs a name")
        raise _wrong_body(f"is not a valid form: {why}") from error
    if not parser.ended:
        await form.close()
        raise _wrong_body("is cut short: the last boundary of the form is missing")
    return form


class _Parser(MultiPartParser):
    """Knows whether the form's end came, and takes no text for another, which is not asked."""

    ended = False

    def on_end(self) -> None:
        self.ended = True

    def on_part_end(self) -> None:
        """What is not the text that it says it is was taken for Latin-1."""
        part = self._current_part
        if part.file is None and part.field_name not in IMAGES:
            try:
                part.data.decode(self._charset)
            except UnicodeDecodeError:
                raise MultiPartException(f"{part.field_name} is not {self._charset}") from None
        super().on_part_end()


async def _values(form: FormData) -> Parameters:
    found: Parameters = {}
    for name, value in form.multi_items():
        if name in found:
            raise InvalidRequest([_twice(name)])
        if isinstance(value, UploadFile):
            found[name] = await value.read()
        elif name in IMAGES and "\0" in value:
            raise InvalidRequest([FieldFault(name, "came as text; give its part a filename")])
        else:
            # Browsers end each line of a form with both letters, whatever it was ended with.
            found[name] = _typed(name, value.replace("\r\n", "\n"))
    return found


def _typed(name: str, text: str) -> object:
    """A form knows only text: numbers, truths and nothing are read from it."""
    if text == "" and name != "prompt":
        return None
    if name not in ServiceRequest.model_fields:
        return text
    if is_a(bool, ServiceRequest, name):
        return {"true": True, "false": False}.get(text.strip().lower(), text)
    if is_a(int, ServiceRequest, name) and WHOLE.fullmatch(text):
        return int(text)
    if is_a(float, ServiceRequest, name) and DECIMAL.fullmatch(text):
        return float(text)
    return text


def _no_number(text: str) -> float:
    raise _wrong_body(f"is not valid JSON: {text} is no number there")


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = Counter(name for name, _ in pairs)
        raise InvalidRequest([_twice(name) for name, count in names.items() if count > 1])
    return found


def _twice(name: str) -> FieldFault:
    return FieldFault(name, "is given twice")


def _wrong_body(sentence: str) -> InvalidRequest:
    return InvalidRequest([FieldFault("body", sentence)])


def _too_slow(what: str) -> Refused:
    return Refused("too_slow", f"the body does not come: {what}; send it again", retry_after=1)


def _too_large() -> Refused:
    return Refused(
        "too_large",
        f"the body is larger than {LARGEST_BODY // MEBIBYTE} MiB; "
        "send smaller photos, or upload them first",
    )
