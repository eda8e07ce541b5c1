"""bootstrap.py runs where nothing of ours is installed, and says what it can do."""

import subprocess
import sys

import bootstrap
from tests.house.tree import HOUSE


def test_it_needs_nothing_but_python() -> None:
    bare = [sys.executable, "-I", "-S", str(HOUSE / "bootstrap.py"), "tiles"]

    done = subprocess.run(bare, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (2, "")
    assert "python3 bootstrap.py tile" in done.stdout
    assert "python3 bootstrap.py test" in done.stdout


def test_a_new_lock_is_installed_anew() -> None:
    assert bootstrap.fingerprint("requirements.lock") == bootstrap.fingerprint("requirements.lock")
    assert bootstrap.fingerprint("requirements.lock") != bootstrap.fingerprint(
        "requirements-dev.lock"
    )


def test_torch_is_one_exact_version() -> None:
    assert [line.split("==")[0] for line in bootstrap.torch()] == ["torch"]


def test_ci_does_what_people_do() -> None:
    script = HOUSE / ".ci" / "run"

    assert script.stat().st_mode & 0o111
    assert script.read_text().rstrip().endswith("python3 bootstrap.py test")
