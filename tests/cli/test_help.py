"""Help says what the contract says."""

import re
from pathlib import Path

import pytest

from tests.cli.command import asked, tilewright
from tilewright import __version__
from tilewright.contract import TileRequest
from tilewright.engine.choose import QWEN_ONLY


def test_help_names_every_command_and_exit_code(tmp_path: Path) -> None:
    done = tilewright("--help", cwd=tmp_path)

    assert (done.code, done.err) == (0, "")
    for word in ("extract", "score", "doctor", "0 done", "2 wrong", "1 failed"):
        assert word in done.out


def test_extract_names_every_parameter_of_the_contract_with_its_default(tmp_path: Path) -> None:
    words = " ".join(tilewright("extract", "--help", cwd=tmp_path).out.split())

    for name, field in TileRequest.model_fields.items():
        assert f"--{name.replace('_', '-')}" in words
        if not field.is_required() and field.default not in (None, False):
            usual = "true" if field.default is True else field.default
            assert f"default {usual}]" in words
    assert "1:1, 2:3, 3:2, 3:4, 4:3, 4:5, 5:4, 9:16, 16:9, 21:9, match_input_image" in words
    assert "-1 to 2147483647" in words


def test_what_only_the_qwen_engine_applies_stands_at_the_end(tmp_path: Path) -> None:
    usual, qwen = asked("extract", "--help", cwd=tmp_path).out.split("With the qwen engine:\n")

    for text, names in ((qwen, QWEN_ONLY), (usual, TileRequest.model_fields.keys() - QWEN_ONLY)):
        named = set(re.findall(r"^  (?:-\w, )?--([\w-]+)", text, re.M))
        assert named >= {name.replace("_", "-") for name in names}
    assert len(re.findall(r"^  --", qwen, re.M)) == len(QWEN_ONLY)


@pytest.mark.parametrize("command", ["extract", "score", "doctor"])
def test_every_command_explains_itself(command: str, tmp_path: Path) -> None:
    done = tilewright(command, "--help", cwd=tmp_path)

    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Usage: tilewright {command}")


def test_the_version_is_told(tmp_path: Path) -> None:
    assert tilewright("--version", cwd=tmp_path).out == f"tilewright {__version__}\n"
