"""The image is built from what is locked, and what it holds runs where nothing can be written."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import httpx
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.deploy.image import context, environment, health_check, last, stages, words
from tests.deploy.program import check_command, check_settings
from tests.house.test_release import PROJECT, locked
from tests.house.tree import HOUSE
from tests.page.built import built_page
from tests.ports import free_port
from tests.serving import NO_TLS, PATIENCE, until
from tilewright.queue.program import NAME, find_program

LOCKS = {
    "wheel": [("group", "build"), ("group", "page")],
    "cpu": [("extra", "server"), ("extra", "otel")],
    "gpu": [("extra", "server"), ("extra", "otel"), ("extra", "qwen"), ("group", "torch")],
}
"""What each lock of deploy/image is made for, besides the package's own dependencies."""


def asked(lock: str) -> list[Requirement]:
    """What must be in it."""
    lines = [] if lock == "wheel" else [*PROJECT["project"]["dependencies"]]
    for kind, name in LOCKS[lock]:
        place = PROJECT["dependency-groups"] if kind == "group" else None
        extras = PROJECT["project"]["optional-dependencies"]
        lines += (place or extras)[name]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_what_its_image_needs(lock: str) -> None:
    pins = locked(f"deploy/image/{lock}.lock")
    for one in asked(lock):
        if one.marker is None or one.marker.evaluate():
            versions = pins[canonicalize_name(one.name)]
            assert all(version in one.specifier for version in versions)


@pytest.mark.parametrize("lock", LOCKS)
def test_an_image_holds_the_versions_that_were_tested(lock: str) -> None:
    pins, tested = locked(f"deploy/image/{lock}.lock"), locked("requirements-dev.lock")

    assert {
        name: versions
        for name, versions in pins.items()
        if name in tested and not versions <= tested[name]
    } == {}


@pytest.mark.parametrize("lock", LOCKS)
def test_everything_locked_has_a_hash_and_comes_from_nowhere_in_particular(lock: str) -> None:
    text = (HOUSE / f"deploy/image/{lock}.lock").read_text()

    assert all("--hash=sha256:" in block for block in re.split(r"\n(?=\w)", text))
    assert "://" not in text
    assert "--index" not in text


def test_each_image_is_made_of_files_that_the_build_sees() -> None:
    seen = {path.relative_to(HOUSE).as_posix() for path in context()}
    folders = {parent.as_posix() for name in seen for parent in Path(name).parents}
    for stage in stages():
        for one in stage:
            if one.name == "COPY" and not one.value.startswith("--from"):
                source = one.value.split()[0].rstrip("/")
                for flavor in ("cpu", "gpu"):
                    assert source.replace("${FLAVOR}", flavor) in seen | folders


def test_the_build_sees_nothing_that_it_does_not_need() -> None:
    tops = {path.relative_to(HOUSE).parts[0] for path in context()}

    assert tops == {
        *("LICENSE", "README.md", "pyproject.toml"),
        *("deploy", "examples", "page", "src"),
    }


def test_what_runs_is_no_root_and_hears_the_signal_to_go() -> None:
    assert last("USER") == "10001:10001"
    assert words("ENTRYPOINT")[0] == "tini"
    check_command(words("CMD"))
    check_settings(environment())


def test_base_images_have_plain_names() -> None:
    bases = {one.value.split()[0] for stage in stages() for one in stage if one.name == "FROM"}

    assert bases == {"python:${PYTHON}"}


def run(*words: str | Path, folder: Path) -> None:
    """A step of the build, with the Python of the tests first on the path."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        words,
        cwd=folder,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the build's last stage copies: a folder of its own, with our wheel in it.

    Made by the Dockerfile's own steps, from what they see. Only the libraries are not installed
    again, but found where the tests have them; and the page is the one that is built already.
    """
    folder = tmp_path_factory.mktemp("image")
    source = folder / "source"
    for path in context():
        (source / path.relative_to(HOUSE)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, source / path.relative_to(HOUSE))
    shutil.copytree(built_page(), source / "src/tilewright/api/built")
    build, wheel = (one.value for one in stages()[0][-2:])
    run("sh", "-c", build, folder=source)
    wheel = wheel.replace("/wheels", str(folder)).replace("pip ", "python -m pip ")
    run("sh", "-c", wheel, folder=source)
    venv.create(folder / "app", symlinks=True)
    python = folder / "app" / "bin" / "python"
    libraries = Path(sysconfig.get_path("purelib", vars={"base": str(folder / "app")}))
    found = next(folder.glob("*.whl"))
    install = ("-m", "pip", "--python", python, "install", "--no-deps", "--no-index", found)
    run(sys.executable, *install, folder=folder)
    (libraries / "tests.pth").write_text(sysconfig.get_path("purelib"))
    shutil.copy(find_program(), python.parent / NAME)
    return folder / "app"


ELSEWHERE = "/mnt"
"""Where the program lies in the test, for /app: a folder of every Linux that all may enter."""

NOTHING_TO_WRITE = f"""
mount --bind "$3" {ELSEWHERE}
mount -t tmpfs -o mode=1777 tmpfs "$1"
mount -t tmpfs -o mode=1777 tmpfs "$2"
mount -o remount,bind,ro /
shift 3
exec "$@"
"""
"""For the shell: the data folder and the one for what is temporary are writable, and no other."""

ALONE = ("unshare", "--mount") if os.geteuid() == 0 else ("unshare", "--map-root-user", "--mount")
"""In a view of the files that may be changed without anybody else's noticing."""

NOBODY = (
    *("setpriv", "--reuid=10001", "--regid=10001", "--clear-groups", "--no-new-privs"),
    *("--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"),
)
"""A user who is not known here and may write nowhere; but may read what the tests' own user may."""


def test_it_serves_where_only_the_data_folder_is_writable(app: Path, tmp_path: Path) -> None:
    data, temporary, port = tmp_path / "data", tmp_path / "tmp", free_port()
    data.mkdir()
    temporary.mkdir()
    inside = {"/app/bin": f"{ELSEWHERE}/bin", "/data": str(data), "/tmp": str(temporary)}
    variables = {
        name: inside.get(value.partition(":")[0], value) for name, value in environment().items()
    }
    command = [f"{ELSEWHERE}/bin/python", "-m", "tilewright", "serve", "--port", str(port)]
    with subprocess.Popen(
        [
            *(*ALONE, "sh", "-ec", NOTHING_TO_WRITE, "sh"),
            *(str(data), str(temporary), str(app)),
            *(NOBODY if os.geteuid() == 0 else ()),
            *command,
        ],
        env={**variables, "PATH": f"{app / 'bin'}:{os.environ['PATH']}", "TMPDIR": str(temporary)},
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            until(lambda: _answers(port) or process.poll() is not None)
            assert process.poll() is None, process.communicate()[0]
            check = subprocess.run(health_check(port), env={"PATH": str(app / "bin")}, check=False)
            assert check.returncode == 0
            page = httpx.get(f"http://127.0.0.1:{port}/")
            assert "<div id=" in page.text, "the page is not in the image"
            until(lambda: _told(port).json()["workers"] == 1)
            process.terminate()
            said, _ = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert process.returncode == 0, said
    assert "Traceback" not in said, said


def _answers(port: int) -> bool:
    try:
        return _told(port).status_code == 200
    except httpx.TransportError:
        return False


def _told(port: int) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{port}/ready", verify=NO_TLS)
