"""While the database takes nothing, callers are told each time and the log once in a while."""

import asyncio
import logging

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.exc import OperationalError

from tilewright.api.faults import answer_faults


def test_callers_who_come_meanwhile_do_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    app = FastAPI()
    answer_faults(app)

    @app.get("/poll")
    async def poll() -> None:
        raise OperationalError("select", {}, Exception("connection refused"))

    async def ask() -> list[str]:
        door = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=door, base_url="http://door") as caller:
            return [(await caller.get("/poll")).json()["code"] for _ in range(9)]

    assert asyncio.run(ask()) == ["database_busy"] * 9
    told = [one for one in caplog.records if "the database takes nothing" in one.message]
    assert [one.levelno for one in told if one.levelno > logging.DEBUG] == [logging.ERROR]
