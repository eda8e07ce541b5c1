"""`tilewright weights` gets, checks and shows the model files, and can be stopped anywhere."""

import json
import os
import pty
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import COMMAND, Finished, clean_environment, tilewright
from tests.engine.qwen.hub import COMMIT, LocalHub
from tests.engine.qwen.model import LAID_OUT, SECOND_SHARD, SHARD, lay_out, there

PATIENCE = 60.0
BLOCKS = 512
"""1024 bytes each: what a file may grow to where the disk is as good as full."""


@pytest.fixture
def hub() -> Iterator[LocalHub]:
    with LocalHub() as hub:
        yield hub


@pytest.fixture
def env(hub: LocalHub, tmp_path: Path) -> dict[str, str]:
    return {"HF_ENDPOINT": hub.url, "TILEWRIGHT_WEIGHTS_DIR": str(tmp_path / "weights")}


def test_pulled_shown_damaged_and_checked(env: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "weights"

    pulled = tilewright("weights", "pull", cwd=tmp_path, env=env)
    shown = tilewright("weights", "show", "--json", cwd=tmp_path, env=env)
    (folder / "base/vae/config.json").write_bytes(b"[]")
    checked = tilewright("weights", "check", "--json", cwd=tmp_path, env=env)

    found = json.loads(shown.out)
    assert (pulled.code, pulled.err, shown.code) == (0, "", 0)
    assert pulled.out.startswith(f"{folder}: complete, digest {found['digest']}\n")
    assert f"Qwen/Qwen-Image-Edit-2509 at {COMMIT}" in pulled.out
    assert found["modes"] == {"quality": True, "fast": True, "fastest": True}
    assert sum(source["files"] for source in found["sources"]) == len(LAID_OUT)
    assert checked.code == 2
    assert "base/vae/config.json" in json.loads(checked.out)["error"]


def test_carried_here_by_hand(tmp_path: Path) -> None:
    lay_out(tmp_path / "stick")
    offline = {"HF_ENDPOINT": "http://127.0.0.1:9", "TILEWRIGHT_DATA_DIR": str(tmp_path / "data")}

    taken = tilewright(
        "weights", "pull", "--from", "stick", "--to", "here", cwd=tmp_path, env=offline
    )
    shown = tilewright("weights", "show", cwd=tmp_path, env=offline)

    assert taken.code == 0
    assert "from a folder that did not say whose they are" in taken.out
    assert f"set TILEWRIGHT_WEIGHTS_DIR={tmp_path / 'here'}" in taken.err
    assert there(tmp_path / "here") == LAID_OUT
    assert shown.code == 1
    assert f"no weights in {tmp_path / 'data' / 'weights'}; to get them: tilewright" in shown.out


def test_stopped_and_gone_on(env: dict[str, str], hub: LocalHub, tmp_path: Path) -> None:
    hub.stall_after = (SECOND_SHARD, SHARD // 2)
    terminal, its_end = pty.openpty()
    run = subprocess.Popen(
        [*COMMAND, "weights", "pull"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=its_end,
        env={**clean_environment(), **env, "TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(its_end)

    seen = read_until(terminal, re.compile(rb"pulling, 3\.0 MB of 4\.0 MB"))
    run.send_signal(signal.SIGINT)
    seen += read_until(terminal, re.compile(rb"tilewright: stopped"))
    out, _ = run.communicate(timeout=PATIENCE)
    os.close(terminal)
    shown = tilewright("weights", "show", cwd=tmp_path, env=env)
    hub.stall_after = None
    hub.sent.clear()
    again = tilewright("weights", "pull", cwd=tmp_path, env=env)

    assert (run.returncode, out) == (130, b"")
    assert shown.code == 1
    assert "half-downloaded, 3.0 MB of 4.0 MB; to go on: tilewright weights pull" in shown.out
    assert again.code == 0
    assert [(sent.name, sent.start) for sent in hub.sent] == [(SECOND_SHARD, SHARD // 2)]


def read_until(terminal: int, sign: re.Pattern[bytes]) -> bytes:
    """What is drawn there up to `sign`; the kernel ends it with an error if that never comes."""
    seen = b""
    while not sign.search(seen):
        seen += os.read(terminal, 4096)
    return seen


@pytest.mark.parametrize(
    ("status", "sentence"), [(401, "set HF_TOKEN"), (404, "has no Qwen/Qwen-Image-Edit-2509")]
)
def test_a_hub_that_refuses(
    status: int, sentence: str, env: dict[str, str], hub: LocalHub, tmp_path: Path
) -> None:
    hub.statuses["Qwen/Qwen-Image-Edit-2509"] = status

    done = tilewright("weights", "pull", "--json", cwd=tmp_path, env=env)

    answer = json.loads(done.out)
    assert (done.code, answer["code"]) == (2, "fetch_failed")
    assert sentence in answer["error"]
    assert "Traceback" not in done.err


def test_a_disk_that_fills_up_is_one_sentence(env: dict[str, str], tmp_path: Path) -> None:
    limited = ["bash", "-c", f'ulimit -f {BLOCKS}; exec "$@"', "-", *COMMAND, "weights", "pull"]

    run = subprocess.run(
        limited,
        cwd=tmp_path,
        env={**clean_environment(), **env},
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    again = tilewright("weights", "pull", cwd=tmp_path, env=env)

    assert run.returncode == 2
    assert re.fullmatch(rb"tilewright: the disk of \S+ is full; make room and .*\n", run.stderr)
    assert again == Finished(0, again.out, "")


def test_without_the_extra_it_says_what_to_install(env: dict[str, str], tmp_path: Path) -> None:
    """The library is hidden by a module of its name that is not there."""
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['huggingface_hub'] = None")

    done = tilewright("weights", "pull", cwd=tmp_path, env={**env, "PYTHONPATH": str(tmp_path)})

    assert done.code == 2
    assert "huggingface_hub first: pip install 'tilewright[qwen]'" in done.err
