"""Makes a tile, or runs the tests, on a machine that has Python 3.11 and nothing of ours.

    python3 bootstrap.py tile                 make a tile of a photo in examples/
    python3 bootstrap.py test [PYTEST ARGS]   lint, check types and layers, run the tests

Both work in .venv beside this file, with the versions of the lock files, hashes checked (but
torch's: `torch` says why). pip keeps to the index and the certificates that it is configured for.
The tests need PostgreSQL and Chromium: where one is missing, root gets Debian's package, and
anybody else is told how. The service's page is built where there is Node; the tests' lock brings
it.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HOUSE = Path(__file__).resolve().parent
VENV = HOUSE / ".venv"
PROGRAMS = VENV / ("Scripts" if os.name == "nt" else "bin")

PHOTO = "examples/asphalt_street.jpg"
PROMPT = "Extract asphalt texture from the road. Extract into a texture image."
TILES = "out/"

OLDEST_PYTHON = (3, 11)
CHECKS = (
    ("ruff", "check"),
    ("ruff", "format", "--check"),
    ("mypy",),
    ("lint-imports",),
    ("pytest",),
)


def main(arguments: list[str]) -> int:
    """Do what is asked; return the exit code."""
    if sys.version_info < OLDEST_PYTHON:
        sys.exit(f"Python {sys.version.split()[0]} is too old; 3.11 or newer is needed")
    command, extra = arguments[:1], arguments[1:]
    if command == ["tile"] and not extra:
        install("requirements.lock")
        if build_page():
            print("the page of the service could not be built; the tile needs none", flush=True)
        return make_tile()
    if command == ["test"]:
        need_postgresql()
        need_chromium()
        install("requirements-dev.lock", *torch())
        if build_page():
            return 1
        return run_checks(extra)
    print(__doc__)
    return 2


def make_tile() -> int:
    """The main job, on a photo that is shipped with the project."""
    print(f"making a tile of {PHOTO}: {PROMPT}", flush=True)
    return run("tilewright", "extract", PHOTO, "--prompt", PROMPT, "-o", TILES)


def run_checks(extra: list[str]) -> int:
    """Every check, one after the other, whatever came of those before; then what failed."""
    failed = []
    for program, *rest in CHECKS:
        line = [program, *rest, *(extra if program == "pytest" else [])]
        print(f"== {' '.join(line)}", flush=True)
        if run(*line):
            failed.append(" ".join(line))
    print("not among these: the bars on the evaluation photos, which bench/ measures")
    print(f"failed: {', '.join(failed)}" if failed else "all checks passed")
    return 1 if failed else 0


def run(program: str, *rest: str) -> int:
    """Run a program of the virtual environment here; return its exit code."""
    return subprocess.run([PROGRAMS / program, *rest], cwd=HOUSE, check=False).returncode


def install(lock: str, *unlocked: str) -> None:
    """Make .venv hold what `lock` names, what is `unlocked`, and this project.

    Nothing is done where it already does. A lock is complete, so nothing else comes with it.
    pip compiles what it installs, but not what it leaves where it is: hundreds of processes that
    the tests start would each compile this project anew, where Python is told to write nothing.
    """
    stamp = VENV / f"{lock}.installed"
    wanted = fingerprint(lock)
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    if not (VENV / "pyvenv.cfg").is_file() or not usable():
        make_venv()
    print(f"installing what {lock} names into {VENV.name}", flush=True)
    pip("--no-deps", "--require-hashes", "--requirement", lock)
    for requirement in unlocked:
        pip(requirement)
    pip("--no-deps", "--no-build-isolation", "--editable", ".")
    run("python", "-m", "compileall", "-q", "src")
    stamp.write_text(wanted)


def torch() -> list[str]:
    """The torch that the tests run on, which no lock can name.

    Its builds for CPUs and for each CUDA share one version and differ in hash, and where they are
    to be had: pip takes what its index offers, and leaves alone a build that is there already.
    All that torch needs but CUDA's own libraries is in the lock.
    """
    import tomllib  # an older Python must get as far as being told so

    project = tomllib.loads((HOUSE / "pyproject.toml").read_text())
    return list(project["dependency-groups"]["torch"])


def fingerprint(lock: str) -> str:
    """Changes when the lock, the project's metadata or the Python does."""
    parts = [(HOUSE / name).read_bytes() for name in (lock, "pyproject.toml")]
    return hashlib.sha256(b"\0".join([sys.version.encode(), *parts])).hexdigest()


def usable() -> bool:
    """Whether .venv runs this very version of Python, with pip."""
    question = "import pip, sys; print(sys.version)"
    try:
        answer = subprocess.run(
            [PROGRAMS / "python", "-c", question], capture_output=True, text=True, check=False
        )
    except OSError:
        return False
    return answer.stdout.strip() == sys.version


def make_venv() -> None:
    """Make .venv anew, with pip in it."""
    need_ensurepip()
    print(f"making {VENV.name} with Python {sys.version.split()[0]}", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)


def need_ensurepip() -> None:
    """Debian packs venv's half apart."""
    if not has_ensurepip():
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        install_from_debian(package, "Python's venv is not complete")


def need_postgresql() -> None:
    """The tests start a server of their own; they need its programs."""
    if shutil.which("initdb") or list(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        return
    install_from_debian("postgresql", "the tests need PostgreSQL, and it is not installed")


def need_chromium() -> None:
    """The tests look at the page in a real browser."""
    if not shutil.which("chromium"):
        install_from_debian("chromium", "the tests need Chromium, and it is not installed")


def build_page() -> int:
    """The service's page, where there is a Node to build it with; the dev lock brings one."""
    return run("python", "page/build.py")


def install_from_debian(package: str, lack: str) -> None:
    """Install a package of the system if that is allowed, else say how."""
    if os.name != "posix" or os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit(f"{lack}. On Debian or Ubuntu: sudo apt install {package}")
    print(f"{lack}: installing {package}", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["apt-get", "update"], ["apt-get", "install", "--yes", package]):
        subprocess.run(step, check=True, env=quiet, stdout=subprocess.DEVNULL)


def has_ensurepip() -> bool:
    """Asked of a fresh Python, which sees what was installed a moment ago."""
    asked = subprocess.run(
        [sys.executable, "-c", "import ensurepip"], capture_output=True, check=False
    )
    return asked.returncode == 0


def pip(*rest: str) -> None:
    """`pip install` in .venv; it says itself what went wrong."""
    options = ("--disable-pip-version-check", "install", "--quiet")
    subprocess.run([PROGRAMS / "python", "-m", "pip", *options, *rest], cwd=HOUSE, check=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except subprocess.CalledProcessError as error:
        sys.exit(f"bootstrap: this failed: {' '.join(map(str, error.cmd))}")
    except KeyboardInterrupt:
        sys.exit(130)
