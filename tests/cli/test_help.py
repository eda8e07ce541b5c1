"""Help says what the contract says."""

from pathlib import Path

import pytest

from tests.cli.command import tilewright
from tilewright import __version__
from tilewright.contract import TileRequest


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


@pytest.mark.parametrize("command", ["extract", "score", "doctor"])
def test_every_command_explains_itself(command: str, tmp_path: Path) -> None:
    done = tilewright(command, "--help", cwd=tmp_path)

    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Usage: tilewright {command}")


def test_the_version_is_told(tmp_path: Path) -> None:
    assert tilewright("--version", cwd=tmp_path).out == f"tilewright {__version__}\n"
