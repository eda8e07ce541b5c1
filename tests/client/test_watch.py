"""The bar: drawn where somebody looks, wiped off at the end, and not steered by the server."""

from io import StringIO
from typing import Any

import pytest

from tests.client.door import HANG_UP, RESULT, STATUS, Door, state
from tilewright import Client, ServiceError
from tilewright.cli.remote import prepare_remote
from tilewright.client.watch import Bar


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_stage_and_share() -> None:
    terminal = Terminal()

    with Bar(terminal) as bar:
        bar("cutting", 0.5)

    drawn, wiped = terminal.getvalue().split("\r\x1b[K")[1:]
    assert drawn == f"[{'#' * 12}{' ' * 12}]  50% cutting"
    assert wiped == ""


def test_a_stage_cannot_steer_the_terminal() -> None:
    terminal = Terminal()

    with Bar(terminal) as bar:
        bar("\x1b]0;title\x07\n" + "x" * 500, 0.0)

    line = terminal.getvalue().split("\r\x1b[K")[1]
    assert line.isprintable()
    assert len(line) < 500


def test_nothing_is_drawn_into_a_file() -> None:
    file = StringIO()

    with Bar(file) as bar:
        bar("cutting", 0.5)

    assert file.getvalue() == ""


def test_a_client_draws_it_when_asked(door: Door) -> None:
    door.says("GET", STATUS, state("COMPLETED"))
    door.says("GET", RESULT, state("COMPLETED", output="x"))

    with Client("key", door.url, progress="bar") as client:
        assert client.run(prompt="stone")["output"] == "x"


def test_what_is_no_progress_is_refused_before_anything_is_sent(door: Door) -> None:
    wrong: Any = "bars"
    with pytest.raises(ValueError, match=r"not 'bars'"):
        Client("key", door.url, progress=wrong)


def test_the_command_says_once_that_the_server_does_not_answer_where_no_bar_tells_it(
    door: Door, capsys: pytest.CaptureFixture[str]
) -> None:
    door.says("GET", STATUS, HANG_UP, HANG_UP, state("COMPLETED"))
    door.says("GET", RESULT, state("COMPLETED", output="x"))

    maker = prepare_remote(door.url, None, None, None, prompt="stone")
    with maker.client, pytest.raises(ServiceError, match="is it a Tilewright"):  # without a report
        maker.make(b"photo")

    assert capsys.readouterr().err == "waiting for the server to answer\n"
