"""Whoever stops the work finds nothing half-made, and a terminal sees how far it is."""

import os
import pty
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.command import COMMAND, LEAVES, PROMPT, clean_environment

UNDER_WAY = re.compile(rb"[4-9]\d%")
PATIENCE = 60.0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_run_leaves_nothing(number: signal.Signals, code: int, tmp_path: Path) -> None:
    terminal, its_end = pty.openpty()
    run = subprocess.Popen(
        [*COMMAND, "extract", LEAVES, "--prompt", PROMPT, "-o", "tiles/"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=its_end,
        env={**clean_environment(), "TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(its_end)

    _wait_until_under_way(terminal)
    run.send_signal(number)
    seen = _read_to_the_end(terminal)
    out, _ = run.communicate(timeout=PATIENCE)

    assert run.returncode == code
    assert out == b""
    assert b"tilewright: stopped" in seen
    assert os.listdir(tmp_path) == []


def _wait_until_under_way(terminal: int) -> None:
    """Read what the progress bar draws until it shows that half is nearly done."""
    seen = b""
    end = time.monotonic() + PATIENCE
    while not UNDER_WAY.search(seen):
        assert time.monotonic() < end
        seen += os.read(terminal, 4096)


def _read_to_the_end(terminal: int) -> bytes:
    """All that is still written there; the kernel tells by an error that nobody is left."""
    seen = b""
    try:
        while more := os.read(terminal, 4096):
            seen += more
    except OSError:
        pass
    finally:
        os.close(terminal)
    return seen
