"""The Dockerfile, instruction by instruction, and what its build sees of the house."""

import json
import re
from functools import cache
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from dockerfile_parse import DockerfileParser

from tests.house.tree import HOUSE, house_files

PATH = HOUSE / "deploy" / "image" / "Dockerfile"


class Instruction(NamedTuple):
    """`RUN`, and what stands behind it."""

    name: str
    value: str


@cache
def stages() -> list[list[Instruction]]:
    """The instructions of each stage, from its FROM on."""
    parser = DockerfileParser(fileobj=StringIO(PATH.read_text()))
    found: list[list[Instruction]] = []
    for one in parser.structure:
        if one["instruction"] == "FROM":
            found.append([])
        if found and one["instruction"] != "COMMENT":
            found[-1].append(Instruction(one["instruction"], one["value"]))
    return found


def last(name: str) -> str:
    """What the image says with that instruction."""
    return [one.value for one in stages()[-1] if one.name == name][-1]


def environment() -> dict[str, str]:
    """The variables that the image sets."""
    return dict(word.split("=", 1) for word in last("ENV").split())


def words(name: str) -> list[str]:
    """ENTRYPOINT or CMD."""
    found: list[str] = json.loads(last(name))
    return found


def health_check(port: int) -> list[str]:
    """The command that says whether a container is well, for a program on that port."""
    found: list[str] = json.loads(last("HEALTHCHECK").partition("CMD ")[2])
    return [word.replace(":8000/", f":{port}/") for word in found]


def context() -> list[Path]:
    """The files of the house that a build sees, as .dockerignore has it."""
    lines = (HOUSE / ".dockerignore").read_text().splitlines()
    assert lines[1] == "*"
    let_in = [line.removeprefix("!") for line in lines if line.startswith("!")]
    kept_out = [line for line in lines[2:] if not line.startswith("!")]
    names = [path.relative_to(HOUSE).as_posix() for path in house_files()]
    within = re.compile("|".join(rf"{re.escape(name)}(?:/|$)" for name in let_in))
    without = re.compile(
        "|".join(
            rf"(?:.*/)?{re.escape(name[3:])}/" if name.startswith("**/") else rf"{re.escape(name)}/"
            for name in kept_out
        )
    )
    return [HOUSE / name for name in names if within.match(name) and not without.match(name)]
