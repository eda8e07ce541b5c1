"""The log says what happened to which request, and nothing that a caller sent."""

import base64
import io
import json
import logging
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.api.people import ASYNC, ENDED
from tests.house.tree import HOUSE
from tests.intake.site import Site, answer
from tests.serving import NO_TLS, PATIENCE, Service, serving, until
from tests.telemetry.test_health import working
from tilewright import __version__
from tilewright.contract import QueueUnavailable
from tilewright.telemetry.about import about, trace_id
from tilewright.telemetry.logs import JsonLines, TextLines, told

TRACE = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE}-b7ad6b7169203331-01"
MARK = "zebra"
PROMPT = f"{MARK}prompt"


def marked_photo() -> str:
    file, told = io.BytesIO(), PngInfo()
    told.add_text("Comment", f"{MARK}photo")
    Image.new("RGB", (64, 64), (120, 90, 60)).save(file, "PNG", pnginfo=told)
    return base64.b64encode(file.getvalue()).decode()


PHOTO = marked_photo()


@contextmanager
def at_work(service: Service) -> Iterator[None]:
    """A worker whose engine does what the prompt says, until the block ends."""
    (service.folder / "diary").mkdir()
    command = [sys.executable, "-m", "tests.queue.worker_process", str(service.folder), "15", "2"]
    with (service.folder / "worker.log").open("ab") as log:
        worker = subprocess.Popen(
            command, cwd=HOUSE, env=service.environment, stdout=log, stderr=log
        )
    with worker:
        try:
            yield
        finally:
            worker.terminate()
            worker.wait(PATIENCE)


def lines(*files: Path) -> list[dict[str, Any]]:
    """Every line of the logs, each of which must be an object."""
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def test_no_line_holds_what_a_caller_sent(tmp_path: Path) -> None:
    level = {"log_format": "json", "log_level": "debug"}
    with (
        Site(lambda path: [answer(b"no")]) as hook,
        serving(tmp_path / "data", "--workers", "0", **level) as door,
    ):
        ann = door.account("ann")
        with at_work(door), ann.line(door) as line:
            headers = {"traceparent": TRACEPARENT, "x-request-id": "proxy-4711"}
            jobs = []
            for words in ("", " blab", " break", " refuse"):
                asked = {"prompt": PROMPT + words, "image_1": PHOTO}
                asked["webhook_url"] = f"{hook.url}/{MARK}hook"
                jobs.append(line.post(ASYNC, json=asked, headers=headers).json()["request_id"])
            until(lambda: all(_ended(line, job) for job in jobs) and len(hook.requests) >= 4)
            for wrong in ({"promt": PROMPT}, {"prompt": PROMPT, "image_1": f"{MARK}photo"}):
                assert line.post(ASYNC, json=wrong).status_code == 400
            assert line.post(ASYNC, content=f"{MARK}prompt").status_code >= 400
            httpx.post(
                f"{door.url}{ASYNC}", headers={"x-api-key": f"{MARK}key"}, json={}, verify=NO_TLS
            )
        with closing(sqlite3.connect(door.folder / "tilewright.db")) as shell:
            secrets = [row[0] for row in shell.execute("select webhook_secret from accounts")]

    logs = [door.log, door.folder / "worker.log"]
    told = lines(*logs[1:]) + [json.loads(one) for one in _own_lines(door.log)]
    whole = "\n".join(log.read_text() for log in logs)
    for secret in (MARK, ann.key, PHOTO[:32], "IHDR", *secrets):
        assert secret not in whole
    took = [one for one in told if one["message"].startswith("took the job")]
    assert [one["job_id"] for one in took] == jobs
    assert {one["trace_id"] for one in took} == {TRACE}
    accepted = [one for one in told if one["message"] == "accepted"]
    assert {(one["request_id"], one["trace_id"]) for one in accepted} == {("proxy-4711", TRACE)}
    broke = [one for one in told if one["level"] == "error"]
    assert {one["job_id"] for one in broke} == set(jobs[1:3])
    assert ["ValueError" in one["error"] for one in broke].count(True) == 1
    assert all("engines.py" in one["error"] for one in broke)


def _ended(line: httpx.Client, job: str) -> bool:
    return line.get(f"/v2/requests/{job}").json()["status"] in ENDED


def _own_lines(log: Path) -> list[str]:
    """Without what is said to the person who started it."""
    return [line for line in log.read_text().splitlines() if line.startswith("{")]


def record(error: BaseException | None = None) -> logging.LogRecord:
    raised = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("tilewright.x", logging.INFO, "x.py", 1, "said %d", (7,), raised)


def messages(log: Path) -> list[str]:
    return [line["message"] for line in lines(log)]


def test_a_worker_says_when_it_can_be_given_jobs_and_how_it_left(tmp_path: Path) -> None:
    with serving(tmp_path / "data", "--workers", "0", log_format="json") as door:
        log = door.folder.with_name("worker.log")
        with working(door):
            until(lambda: log.exists() and any(" is ready " in said for said in messages(log)))

    ready, told, left = messages(log)
    name = ready.partition(" ")[0]
    assert ready == f"{name} is ready for jobs of the synthesis engine, version {__version__}"
    assert told == f"{name} was told to go: it takes no more jobs and is idle"
    assert left == f"{name} has left"


def test_a_worker_that_must_go_says_what_becomes_of_its_job(tmp_path: Path) -> None:
    with serving(tmp_path / "data", "--workers", "0", log_format="json") as door:
        log = door.folder / "worker.log"
        with at_work(door), httpx.Client(base_url=door.url, verify=NO_TLS) as line:
            asked = {"prompt": "long ticks=4000 pause=0.05", "image_1": PHOTO}
            job = line.post(ASYNC, json=asked).json()["request_id"]
            until(lambda: log.exists() and "took the job" in log.read_text())

    told = [said for said in messages(log) if "told to go" in said or "handed back" in said]
    assert told[0].endswith(f"it takes no more jobs and gives job {job} 2 s")
    assert told[1:] == [f"job {job} was handed back"]


def test_a_line_says_what_it_is_about() -> None:
    with about(job_id="j"), about(trace_id=TRACE, request_id=None):
        text, parsed = TextLines().format(record()), json.loads(JsonLines().format(record()))

    assert text.endswith(f"INFO tilewright.x: said 7 [job_id=j trace_id={TRACE}]")
    assert parsed["time"].endswith("Z")
    del parsed["time"]
    assert parsed == {
        "level": "info",
        "logger": "tilewright.x",
        "message": "said 7",
        "job_id": "j",
        "trace_id": TRACE,
    }
    assert TextLines().format(record()).endswith("said 7")


def test_an_exception_is_told_without_its_words() -> None:
    try:
        try:
            raise OSError(28, "No space left on device", f"/{MARK}")
        except OSError as error:
            raise QueueUnavailable(MARK) from error
    except QueueUnavailable as error:
        said = told(error)
        lines = TextLines().format(record(error))

    assert MARK not in said
    first, then = said.split("which led to:")
    assert first.strip().endswith("OSError: No space left on device")
    assert "in test_an_exception_is_told_without_its_words" in first
    assert then.endswith("QueueUnavailable: queue_unavailable")
    assert lines.endswith(said)


def test_only_a_real_traceparent_names_a_trace() -> None:
    assert trace_id(TRACEPARENT) == TRACE
    for wrong in (None, "", "trace", f"00-{'0' * 32}-b7ad6b7169203331-01", f"x{TRACEPARENT}"):
        assert trace_id(wrong) is None
