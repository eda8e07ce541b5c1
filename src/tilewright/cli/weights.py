"""`tilewright weights`: the model files of the qwen engine, got, checked and shown."""

from __future__ import annotations

import shlex
from collections import defaultdict
from pathlib import Path
from typing import Any

import click

from tilewright.cli.progress import progress
from tilewright.cli.say import FAILED, say_json

UNKNOWN = "from a folder that did not say whose they are; the hashes are of what was found"
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")


@click.group()
def weights() -> None:
    """Model files of the qwen engine: get, check and show them.

    They are in TILEWRIGHT_WEIGHTS_DIR, or in the data folder.
    """


@weights.command()
@click.option(
    "--from",
    "source",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Copy them from there instead, without a network.",
)
@click.option(
    "--to",
    "folder",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Put them there.",
)
@AS_JSON
def pull(source: Path | None, folder: Path | None, as_json: bool) -> int:
    """Get what is lacking, 58 GB at first, and check it all.

    Stopped anywhere, it goes on there the next time. DIR of --from is a folder that was pulled
    elsewhere, or one that is laid out like it: base/ as Qwen/Qwen-Image-Edit-2509 is, and
    loras/texture_extract.safetensors.
    """
    from tilewright.engine.qwen.weights.adopt import adopt
    from tilewright.engine.qwen.weights.pull import pull as pull_all

    target = (folder or _folder()).absolute()
    with progress("weights") as tick:
        if source is None:
            pull_all(target, tick or _silent)
        else:
            adopt(source, target, tick or _silent)
    code = _show(target, as_json=as_json)
    if folder and target != _folder().absolute():
        setting = f"TILEWRIGHT_WEIGHTS_DIR={shlex.quote(str(target))}"
        click.echo(f"The engine looks elsewhere; to have it look there, set {setting}", err=True)
    return code


@weights.command()
@AS_JSON
def check(as_json: bool) -> int:
    """Compute the hash of every file: a minute or two."""
    from tilewright.engine.qwen.weights.check import check_weights

    folder = _folder()
    with progress("weights") as tick:
        check_weights(folder, tick or _silent)
    return _show(folder, as_json=as_json)


@weights.command()
@AS_JSON
def show(as_json: bool) -> int:
    """Say where they are, whether they are complete, and where from.

    The exit code is 1 where anything is lacking.
    """
    return _show(_folder(), as_json=as_json)


def _folder() -> Path:
    from tilewright.settings import load_settings

    return load_settings().weights()


def _silent(stage: str, fraction: float) -> None:
    """The tick where nobody looks."""


def _show(folder: Path, *, as_json: bool) -> int:
    found = examine(folder)
    if as_json:
        say_json(found)
    else:
        _say(found)
    return 0 if found["complete"] else FAILED


def examine(folder: Path) -> dict[str, Any]:
    """All that is known of the weights in `folder`, by their sizes, ready for JSON."""
    from tilewright.contract import EngineUnavailable
    from tilewright.engine.qwen.weights.check import open_weights

    try:
        there = open_weights(folder)
    except EngineUnavailable as error:
        return {"folder": str(folder), "complete": False, "lacks": str(error)}
    modes = {"quality": True, "fast": bool(there.fast), "fastest": bool(there.fastest)}
    return {
        "folder": str(folder),
        "complete": True,
        "lacks": None,
        "digest": there.digest,
        "modes": modes,
        "sources": _sources(folder),
    }


def _sources(folder: Path) -> list[dict[str, Any]]:
    """Where the files came from, the largest part first."""
    from tilewright.engine.qwen.weights.manifest import read_manifest

    manifest = read_manifest(folder)
    parts: dict[tuple[str | None, str | None], list[int]] = defaultdict(list)
    for held in manifest.files.values() if manifest else ():
        parts[held.repo, held.revision].append(held.size)
    rows = [
        {"repo": repo, "revision": revision, "files": len(sizes), "bytes": sum(sizes)}
        for (repo, revision), sizes in parts.items()
    ]
    return sorted(rows, key=lambda row: -row["bytes"])


def _say(found: dict[str, Any]) -> None:
    from tilewright.engine.qwen.weights.meter import in_words

    if not found["complete"]:
        click.echo(f"{found['folder']}: {found['lacks']}")
        return
    click.echo(f"{found['folder']}: complete, digest {found['digest']}")
    for source in found["sources"]:
        origin = f"{source['repo']} at {source['revision']}" if source["repo"] else UNKNOWN
        click.echo(f"  {in_words(source['bytes']):>8}  {source['files']:>2} files  {origin}")
    lacking = [mode for mode, there in found["modes"].items() if not there]
    if lacking:
        click.echo(f"  without its file, and so not to be had: {', '.join(lacking)}")
