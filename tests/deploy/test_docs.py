"""What docs/fleet.md tells people to type is what the program and the chart take."""

import re
import shlex
from typing import Any

import yaml

from tests.deploy.chart import CHART
from tests.deploy.composed import read
from tests.deploy.program import check_command, check_settings
from tests.house.tree import HOUSE

PAGE = (HOUSE / "docs" / "fleet.md").read_text()

INSIDE = re.compile(r"^docker compose exec (\w+) ")
SET = re.compile(r"--set ([\w.]+)=")


def typed() -> list[str]:
    """Each line of the page's blocks of commands, continued lines as one."""
    blocks = "\n".join(line[4:] for line in PAGE.splitlines() if line.startswith("    "))
    return blocks.replace("\\\n", " ").splitlines()


def test_our_commands_are_known() -> None:
    ours = [INSIDE.sub("", line) for line in typed()]
    found = [shlex.split(line)[1:] for line in ours if line.startswith("tilewright ")]

    assert len(found) >= 5
    for words in found:
        check_command(words)


def test_our_settings_are_known() -> None:
    check_settings(re.findall(r"TILEWRIGHT_[A-Z_]+", PAGE))


def test_services_are_there() -> None:
    asked = re.findall(r"(?:--scale|compose exec(?: -T)?) (\w+)", PAGE)

    assert set(asked) == {"door", "worker", "postgres"}
    assert set(asked) <= set(read()["services"])


def test_values_are_there() -> None:
    values: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text())
    for name in SET.findall(PAGE.replace("\\\n", " ")):
        part: Any = values
        for key in name.split("."):
            assert key in part, name
            part = part[key]


def test_secrets_are_the_ones_that_the_chart_names() -> None:
    made = set(re.findall(r"secret generic ([\w-]+)", PAGE))
    values = yaml.safe_load((CHART / "values.yaml").read_text())

    assert made == {
        values["database"]["secret"],
        values["queue"]["token"]["secret"],
        values["store"]["secret"],
        values["links"]["secret"],
    }
