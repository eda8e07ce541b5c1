"""Who works beside a door is started again, also where a start fails."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.queue.street import until
from tilewright.staff import Going, employ


def test_a_start_that_fails_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    program, came = tmp_path / "program", tmp_path / "came"
    monkeypatch.setattr(sys, "executable", str(program))

    async def work() -> None:
        going = Going(asyncio.Event(), asyncio.Event())
        working = asyncio.create_task(employ(["worker"], 1.0, going))
        await until(lambda: "a worker could not be started, and is tried again" in caplog.text)
        program.write_text(f"#!/bin/sh\ntouch {came}\n")
        program.chmod(0o700)
        await until(came.exists)
        going.tell()
        await working

    asyncio.run(work())
