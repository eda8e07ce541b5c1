"""What docker compose makes of deploy/compose: services with their commands and settings."""

import re
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import yaml
from dotenv import dotenv_values

from tests.house.tree import HOUSE

FOLDER = HOUSE / "deploy" / "compose"

VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?P<needed>:\?[^}]*)?\}")


class Missing(Exception):
    """A variable that must be set is not."""


def example() -> str:
    """The text of env.example."""
    return (FOLDER / "env.example").read_text()


def filled(**values: str) -> dict[str, str]:
    """What env.example says once somebody has filled these in."""
    lines = [line for line in example().splitlines() if line.partition("=")[0] not in values]
    text = "\n".join([*(f"{name}='{value}'" for name, value in values.items()), *lines])
    return {name: value or "" for name, value in dotenv_values(stream=StringIO(text)).items()}


def services(environment: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The services of compose.yaml. Raises `Missing`."""

    def put(found: re.Match[str]) -> str:
        value = environment.get(found["name"], "")
        if not value and found["needed"]:
            raise Missing(found["name"])
        return value

    def fill(part: Any) -> Any:
        if isinstance(part, str):
            return VARIABLE.sub(put, part)
        if isinstance(part, list):
            return [fill(one) for one in part]
        if isinstance(part, dict):
            return {name: fill(one) for name, one in part.items()}
        return part

    found: dict[str, dict[str, Any]] = fill(read()["services"])
    return found


def read() -> dict[str, Any]:
    """compose.yaml as it is written."""
    found: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())
    return found


def mounted(service: Mapping[str, Any], inside: str) -> Path:
    """The file of the host that a service sees at that path."""
    pairs = (volume.split(":")[:2] for volume in service["volumes"])
    return FOLDER / next(str(host) for host, path in pairs if path == inside)
