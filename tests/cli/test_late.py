"""A server that is not done in time: the command ends, and says where its job is found."""

from pathlib import Path

import pytest

from tests.cli.command import LEAVES, tilewright
from tests.client.door import HANG_UP, JOB, RESULT, STATUS, SUBMIT, Answer, Door, accepted, state


@pytest.mark.parametrize(
    ("answer", "why"), [(state("PROCESSING"), "s. It"), (HANG_UP, "is the server running there?)")]
)
def test_who_has_waited_in_vain_is_told_where_the_job_is_found(
    answer: Answer, why: str, tmp_path: Path
) -> None:
    with Door() as door:
        door.says("POST", "/upload-asset", Answer({"file_urls": [f"{door.url}/uploads/1"]}))
        door.says("POST", SUBMIT, accepted(door.url))
        door.says("GET", STATUS, answer)
        wish = ("--prompt", "leaves", "-o", "tile.webp", "--url", door.url, "--timeout", "0.1")

        done = tilewright("extract", LEAVES, *wish, cwd=tmp_path)

        assert (done.code, done.out) == (1, "")
        assert f"request {JOB} has not ended within" in done.err
        assert why in done.err
        assert "wait for it again" not in done.err
        assert done.err.endswith(f"{door.url}{RESULT}\n")


def test_the_same_command_again_is_another_job(tmp_path: Path) -> None:
    with Door() as door:
        door.says("POST", "/upload-asset", Answer({"file_urls": [f"{door.url}/uploads/1"]}))
        door.says("POST", SUBMIT, accepted(door.url))
        door.says("GET", STATUS, state("PROCESSING"))
        wish = ("--prompt", "leaves", "--url", door.url, "--timeout", "0.1")

        for _ in range(2):
            tilewright("extract", LEAVES, *wish, "--seed", "1", cwd=tmp_path)

        first, second = door.requests("POST", SUBMIT)
        assert first.headers["idempotency-key"] != second.headers["idempotency-key"]
