"""`tilewright doctor` tells what is here, and how to get what is not."""

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path

from tests.cli.command import tilewright
from tilewright import __version__


def test_the_doctor_speaks_to_people(tmp_path: Path) -> None:
    done = tilewright("doctor", cwd=tmp_path)

    assert (done.code, done.err) == (0, "")
    assert f"tilewright {__version__}, python {platform.python_version()}" in done.out
    assert f"opencv-python-headless {version('opencv-python-headless')}" in done.out
    assert "synthesis: ready" in done.out
    assert "service: ready" in done.out
    assert "qwen: cannot run here" in done.out
    assert "no NVIDIA card and driver were found" in done.out


def test_the_doctor_speaks_to_programs(tmp_path: Path) -> None:
    done = tilewright("doctor", "--json", cwd=tmp_path)

    found = json.loads(done.out)
    assert found["tilewright"] == __version__
    assert found["cores"] == len(os.sched_getaffinity(0))
    assert found["memory_gib"] > 0.1
    assert found["libraries"]["pydantic"] == version("pydantic")
    assert found["service"] == {"ready": True, "missing": [], "remedy": ""}
    for engine in found["engines"]:
        assert engine["ready"] or engine["remedy"]


def test_a_service_without_its_libraries_says_how_to_get_them(tmp_path: Path) -> None:
    """The library is hidden by a module of its name that is not there."""
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['sqlalchemy'] = None\n")

    done = tilewright("keys", "list", cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)})

    assert done.code == 1
    assert "sqlalchemy" in done.err
    assert "pip install 'tilewright[server]'" in done.err


def test_the_doctor_names_the_same_remedy_as_the_service(tmp_path: Path) -> None:
    """The library is hidden from who imports it, and from who asks for its version."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "from importlib import metadata\n"
        "sys.modules['sqlalchemy'] = None\n"
        "known = metadata.version\n"
        "metadata.version = lambda name: known('none' if name == 'sqlalchemy' else name)\n"
    )
    hidden = {"PYTHONPATH": str(tmp_path)}

    refused = tilewright("keys", "list", cwd=tmp_path, env=hidden).err
    remedy = json.loads(tilewright("doctor", "--json", cwd=tmp_path, env=hidden).out)["service"][
        "remedy"
    ]

    assert "in a clone: pip install -e '.[server]'" in remedy
    assert remedy in refused
