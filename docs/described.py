"""The service's description as TypeScript, for the page: it must never say anything else."""

import inspect
import json
from dataclasses import asdict
from typing import Any

import click

from tilewright.api import describe_app
from tilewright.api.faults import REFUSALS, STATUS
from tilewright.api.queued import FAILED_STATUS
from tilewright.api.shapes import Fault, JobStatus, Submission
from tilewright.api.slugs import MODELS
from tilewright.cli.extract import extract
from tilewright.cli.options import request_options
from tilewright.contract import Report, TilewrightError, errors
from tilewright.contract.report import NEARLY, UNSURE
from tilewright.contract.request import SIZES
from tilewright.engine.choose import QWEN_ONLY, SYNTHESIS_ONLY
from tilewright.intake.limits import PHOTO_LIMITS
from tilewright.score.words import GOOD, POOR

OPTIONS = {
    str(one.name): (one.secondary_opts or one.opts)[0]
    for one in (*request_options(), *extract.params)
    if isinstance(one, click.Option)
}
"""Of the command, by the parameter that each gives; of a truth the one that is not the default."""

KINDS = {"boolean": "truth", "integer": "whole", "number": "number", "string": "text"}


def described(note: str) -> str:
    """The whole module. note: how it is made."""
    parts = {
        "PARAMETERS": ("readonly Parameter[]", _parameters()),
        "SIZES": ("Readonly<Record<string, readonly [number, number]>>", SIZES),
        "FAULTS": ("readonly FaultKind[]", _faults()),
        "MEANINGS": ("Readonly<Record<string, string>>", _meanings()),
        "SLUG": ("string", MODELS[0].slug),
        "PHOTO_LIMITS": ("PhotoLimits", asdict(PHOTO_LIMITS)),
        "GOOD": ("number", GOOD),
        "POOR": ("number", POOR),
        "UNSURE": ("number", UNSURE),
        "NEARLY": ("number", NEARLY),
    }
    constants = [
        f"export const {name}: {kind} = {json.dumps(value, indent=2, ensure_ascii=False)};"
        for name, (kind, value) in parts.items()
    ]
    shapes = [_interfaces(model.model_json_schema()) for model in (Fault, Submission, JobStatus)]
    shapes.append(_interfaces(Report.model_json_schema(mode="serialization")))
    return "\n\n".join([f"// {note}", DECLARED, *shapes, *constants]) + "\n"


DECLARED = """export interface Parameter {
  readonly name: string;
  readonly kind: "choice" | "number" | "photo" | "region" | "text" | "truth" | "whole";
  readonly required: boolean;
  readonly default: string | number | boolean | null;
  readonly help: string;
  readonly choices: readonly string[];
  readonly minimum: number | null;
  readonly maximum: number | null;
  /** The only engine that can apply it; null where all can. */
  readonly engine: string | null;
  /** The option of `tilewright extract` that is the same, or turns it; null where it has none. */
  readonly option: string | null;
}

export interface FaultKind {
  readonly code: string;
  readonly status: number;
  readonly meaning: string;
}

/** Of a photo: its bytes, and its pixels. */
export interface PhotoLimits {
  readonly size: number;
  readonly megapixels: number;
  readonly longest_side: number;
  readonly shortest_side: number;
}"""


def _parameters() -> list[dict[str, Any]]:
    operation = describe_app().openapi()["paths"]["/v2/{slug}"]["post"]
    content = operation["requestBody"]["content"]
    schema = content["application/json"]["schema"]
    files = content["multipart/form-data"]["schema"]["properties"]
    return [
        _parameter(name, one, files[name], name in schema["required"])
        for name, one in schema["properties"].items()
    ]


def _parameter(
    name: str, one: dict[str, Any], in_form: dict[str, Any], required: bool
) -> dict[str, Any]:
    given = next((kind for kind in one.get("anyOf", []) if kind.get("type") != "null"), one)
    choices = given.get("enum") or ([given["const"]] if "const" in given else [])
    return {
        "name": name,
        "kind": _kind(given, choices, in_form),
        "required": required,
        "default": one.get("default"),
        "help": one["description"],
        "choices": choices,
        "minimum": given.get("minimum"),
        "maximum": given.get("maximum", given.get("maxLength")),
        "engine": _engine(name),
        "option": OPTIONS.get(name),
    }


def _kind(given: dict[str, Any], choices: list[str], in_form: dict[str, Any]) -> str:
    if in_form.get("format") == "binary":
        return "photo"
    if choices:
        return "choice"
    return "region" if given["type"] == "object" else KINDS[given["type"]]


def _engine(name: str) -> str | None:
    if name in QWEN_ONLY:
        return "qwen"
    return "synthesis" if name in SYNTHESIS_ONLY else None


def _faults() -> list[dict[str, Any]]:
    """Of the tree, of HTTP alone, and of jobs that failed."""
    tree = [
        {
            "code": kind.code,
            "status": next(STATUS[one] for one in kind.__mro__ if one in STATUS),
            "meaning": (inspect.getdoc(kind) or "").partition("\n\n")[0].replace("\n", " "),
        }
        for kind in vars(errors).values()
        if inspect.isclass(kind)
        and issubclass(kind, TilewrightError)
        and any(one in STATUS for one in kind.__mro__)
    ]
    http = [
        {"code": code, "status": status, "meaning": meaning}
        for code, (status, meaning) in REFUSALS.items()
    ]
    failed = [
        {"code": code, "status": FAILED_STATUS, "meaning": meaning}
        for code, meaning in errors.JOB_CODES.items()
    ]
    return tree + http + failed


def _meanings() -> dict[str, str]:
    """What the marks of a tile mean; the seam is the worse of two wraps."""
    schema = Report.model_json_schema(mode="serialization")
    marks = {
        name: one["description"].partition("; null")[0].removesuffix(".") + "."
        for name, one in schema["$defs"]["TileScore"]["properties"].items()
        if name in ("overall", "repetition", "sharpness", "fidelity", "structure")
    }
    wrap = schema["$defs"]["AxisScore"]["properties"]["score"]["description"]
    return {"seam": wrap, **marks}


def _interfaces(schema: dict[str, Any]) -> str:
    """An object and those it is made of."""
    named = {**schema.get("$defs", {}), schema["title"]: schema}
    return "\n\n".join(_interface(name, one) for name, one in named.items())


def _interface(name: str, schema: dict[str, Any]) -> str:
    asked = schema.get("required", [])
    lines = [
        f"  readonly {field}{'' if field in asked else '?'}: {_type(one)};"
        for field, one in schema["properties"].items()
    ]
    return "\n".join([f"export interface {name} {{", *lines, "}"])


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(_type(one) for one in schema["anyOf"])
    match schema.get("type"):
        case "array" if "prefixItems" in schema:
            return f"readonly [{', '.join(_type(one) for one in schema['prefixItems'])}]"
        case "array":
            return f"readonly ({_type(schema['items'])})[]"
        case "object":
            inner = schema.get("additionalProperties")
            kept = _type(inner) if isinstance(inner, dict) else "unknown"
            return f"Readonly<Record<string, {kept}>>"
        case "boolean" | "string" | "null" as plain:
            return str(plain)
        case "integer" | "number":
            return "number"
    return "unknown"
