"""Takes weights from a folder of this machine, for those whom no hub reaches."""

import json
import os
import struct
from pathlib import Path

from tilewright.contract import EngineUnavailable
from tilewright.engine.protocol import Tick
from tilewright.engine.qwen.weights.check import (
    BASE,
    FAST,
    FASTEST,
    MODEL_INDEX,
    PARTS,
    TEXTURE,
    Weights,
    check_model,
    check_weights,
    open_weights,
    sum_up,
)
from tilewright.engine.qwen.weights.folder import need_room, writing_into
from tilewright.engine.qwen.weights.manifest import (
    MANIFEST,
    PLAN,
    REST,
    Held,
    Manifest,
    Planned,
    Sums,
    pieces,
    read_manifest,
    read_plan,
    size_of,
    write,
)
from tilewright.engine.qwen.weights.meter import Meter

INDEX = ".index.json"
"""How the names end of files that list the shards of a model."""
METADATA = "__metadata__"
LONGEST_HEADER = 100_000_000
"""Bytes; the limit of the safetensors library itself."""


def adopt(source: Path, folder: Path, tick: Tick) -> Weights:
    """Copy the weights in `source` into `folder`, each file checked while it passes.

    What a weights.json in `source` says must be so. Without one the files must lie as it would name
    them; shards and tensors must be complete, and the hashes written down are those of what was
    found: nobody vouches for them. Where both are one folder nothing is copied.

    Raises `EngineUnavailable`, and whatever `tick` raises; `source` is left as it is.
    """
    with writing_into(folder):
        in_place = folder.samefile(source)
        if in_place and read_manifest(folder):
            return check_weights(folder, tick)
        wanted = _wanted(source)
        whole = sum(planned.size for planned in wanted.values())
        if not in_place:
            (folder / MANIFEST).unlink(missing_ok=True)  # what it says is about to be wrong
            need_room(folder, whole - _here(folder, wanted))
        meter = Meter(tick, "checking" if in_place else "copying", whole)
        held = {
            path: _take(source / path, folder / path, planned, meter)
            for path, planned in wanted.items()
        }
        write(folder / MANIFEST, Manifest(files=held))
        (folder / PLAN).unlink(missing_ok=True)
        return open_weights(folder)


def _wanted(source: Path) -> dict[str, Planned]:
    """What is to be taken from there."""
    if not source.is_dir():
        raise EngineUnavailable(f"there is no folder {source} to take weights from")
    if read_plan(source):
        raise EngineUnavailable(f"{source} is half-downloaded; let the pull there end first")
    if manifest := read_manifest(source):
        return dict(manifest.files)
    check_model(source)
    paths = [
        *_model(source),
        *(path for path in (TEXTURE, FAST, FASTEST) if (source / path).is_file()),
    ]
    if TEXTURE not in paths:
        raise EngineUnavailable(f"{source} lacks {TEXTURE}; put the texture LoRA there")
    for path in paths:
        _check(source / path)
    return {path: Planned(size=(source / path).stat().st_size) for path in paths}


def _model(source: Path) -> list[str]:
    """The model's files, but for what is hidden or not all there."""
    found = [source / MODEL_INDEX]
    for part in PARTS:
        found += sorted(path for path in (source / BASE / part).rglob("*") if path.is_file())
    paths = [path.relative_to(source).as_posix() for path in found]
    return [path for path in paths if not path.endswith(REST) and "/." not in path]


def _check(path: Path) -> None:
    """Raise `EngineUnavailable` for what can be told to be incomplete without knowing its hash."""
    if path.name.endswith(INDEX):
        lacking = sorted(shard.name for shard in _shards(path) if not shard.is_file())
        if lacking:
            raise EngineUnavailable(f"{path.parent} lacks {', '.join(lacking)}")
    elif path.suffix == ".safetensors":
        whole, size = _length(path), path.stat().st_size
        if whole != size:
            raise EngineUnavailable(
                f"{path} is not whole: it has {size} bytes"
                + (f" of {whole}" if whole else ", and no header of a safetensors file")
                + "; copy it anew (in a git clone: git lfs pull)"
            )


def _shards(index: Path) -> set[Path]:
    """The files that it names."""
    try:
        names = set(json.loads(index.read_bytes())["weight_map"].values())
        return {index.with_name(name) for name in names}
    except (AttributeError, KeyError, TypeError, ValueError):
        raise EngineUnavailable(f"{index} is damaged; copy it anew") from None


def _length(path: Path) -> int | None:
    """Bytes that a safetensors file has by its own header; None if it has none."""
    with path.open("rb") as file:
        try:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(min(length, LONGEST_HEADER)))
            ends = [one["data_offsets"][1] for name, one in header.items() if name != METADATA]
        except (AttributeError, KeyError, TypeError, ValueError, struct.error):
            return None
    return 8 + int(length) + max(ends, default=0)


def _here(folder: Path, wanted: dict[str, Planned]) -> int:
    """Bytes on the disk that will be written over."""
    return sum(size_of(folder / path) or 0 for path in wanted)


def _take(source: Path, target: Path, planned: Planned, meter: Meter) -> Held:
    """Have the file at `target`, the planned one to the last bit."""
    held = _kept(source, target, planned, meter) or _copied(source, target, planned, meter)
    if held is None:
        raise EngineUnavailable(f"{source} is damaged: not what its {MANIFEST} says; pull it again")
    return held


def _kept(source: Path, target: Path, planned: Planned, meter: Meter) -> Held | None:
    """The file if it is in place: it is the source itself, or known to be the same."""
    if planned.sha256 or (target.exists() and target.samefile(source)):
        return sum_up(target, planned, meter)
    return None


def _copied(source: Path, target: Path, planned: Planned, meter: Meter) -> Held | None:
    """The file copied; None, and no copy, if it is not the planned one."""
    rest = target.with_name(f"{target.name}{REST}")
    target.unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    sums = Sums(planned)
    with rest.open("wb") as file:
        for piece in pieces(source):
            file.write(piece)
            sums.feed(piece)
            meter.add(len(piece))
        file.flush()
        os.fsync(file.fileno())
    held = sums.held() if size_of(rest) == planned.size else None
    if held is None:
        rest.unlink()
        return None
    rest.replace(target)
    return held
