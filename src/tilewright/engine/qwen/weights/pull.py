"""Gets the weights from the hub: interrupted anywhere, the next pull goes on from there."""

import itertools
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from tilewright.contract import EngineUnavailable, FetchFailed
from tilewright.engine.protocol import Tick
from tilewright.engine.qwen.weights.check import (
    BASE,
    FAST,
    FASTEST,
    MODEL_INDEX,
    PARTS,
    TEXTURE,
    Weights,
    open_weights,
    sum_up,
)
from tilewright.engine.qwen.weights.folder import need_room, writing_into
from tilewright.engine.qwen.weights.hub import Absent, Dropped, Hub
from tilewright.engine.qwen.weights.manifest import (
    MANIFEST,
    PLAN,
    REST,
    Held,
    Manifest,
    Plan,
    Planned,
    Sums,
    pieces,
    read_manifest,
    read_plan,
    size_of,
    write,
)
from tilewright.engine.qwen.weights.meter import Meter

PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds before each further try of a file that brings nothing: half a minute of a hub's sleep."""

BASE_REPO = "Qwen/Qwen-Image-Edit-2509"
LIGHTNING_REPO = "lightx2v/Qwen-Image-Lightning"


class Single(NamedTuple):
    """One file of a repository that holds more."""

    repo: str
    name: str
    needed: bool


SINGLES = {
    TEXTURE: Single(
        "tarn59/extract_texture_qwen_image_edit_2509",
        "extract_texture_qwen_image_edit_2509.safetensors",
        True,
    ),
    FAST: Single(
        LIGHTNING_REPO,
        "Qwen-Image-Edit-2509/Qwen-Image-Edit-2509-Lightning-8steps-V1.0-bf16.safetensors",
        False,
    ),
    FASTEST: Single(
        LIGHTNING_REPO,
        "Qwen-Image-Edit-2509/Qwen-Image-Edit-2509-Lightning-4steps-V1.0-bf16.safetensors",
        False,
    ),
}
"""The LoRAs. Those who load them with diffusers in public name these files of Lightning's."""


def pull(
    folder: Path, tick: Tick, endpoint: str | None = None, pauses: Sequence[float] = PAUSES
) -> Weights:
    """Get into `folder` what it lacks, some 58 GB at first, and check every file by hash.

    The commits of a pull that was interrupted, or of one that was finished, are kept to. Whole
    files stay, damaged ones come again. Lightning's files are left out where they cannot be had.

    endpoint: the hub's address; huggingface_hub's own if None.
    pauses: seconds before each try after one that brought nothing.

    Raises `FetchFailed` for what the hub does, `EngineUnavailable` for what this machine does, and
    whatever `tick` raises; what is here stays each time.
    """
    with writing_into(folder):
        hub = Hub(endpoint)
        plan = _plan(hub, folder)
        need_room(folder, _missing(folder, plan))
        write(folder / PLAN, plan)
        meter = Meter(tick, "pulling", sum(planned.size for planned in plan.files.values()))
        held = {
            path: _get(hub, folder / path, planned, meter, pauses)
            for path, planned in plan.files.items()
        }
        write(folder / MANIFEST, Manifest(files=held))
        (folder / PLAN).unlink()
        return open_weights(folder)


def _plan(hub: Hub, folder: Path) -> Plan:
    """What is wanted: as it was planned or held here before, the rest as the hub has it now."""
    known = read_plan(folder) or read_manifest(folder)
    files: dict[str, Planned] = dict(known.files) if known else {}
    if MODEL_INDEX not in files:
        listed = hub.listing(BASE_REPO)
        files |= {f"{BASE}/{name}": listed[name] for name in listed if _belongs(name)}
    for path, single in SINGLES.items():
        if path not in files and (found := _find(hub, single)):
            files[path] = found
    return Plan(files=dict(sorted(files.items(), key=lambda item: (item[1].size, item[0]))))


def _belongs(name: str) -> bool:
    """Whether a file of the base repository is part of the model, not of its page."""
    folder, _, rest = name.partition("/")
    return folder in PARTS if rest else f"{BASE}/{name}" == MODEL_INDEX


def _find(hub: Hub, single: Single) -> Planned | None:
    """The file as the hub has it; None where it has not, and it can be done without."""
    try:
        listed = hub.listing(single.repo)
        if single.name not in listed:
            raise Absent(f"{single.repo} no longer holds {single.name}")
        return listed[single.name]
    except Absent:
        if single.needed:
            raise
        return None


def _missing(folder: Path, plan: Plan) -> int:
    """Bytes that are still to come."""
    return sum(
        planned.size - (size_of(folder / f"{path}{REST}") or 0)
        for path, planned in plan.files.items()
        if size_of(folder / path) != planned.size
    )


def _get(hub: Hub, target: Path, planned: Planned, meter: Meter, pauses: Sequence[float]) -> Held:
    """Have the file at `target`, whole: as it is there, or fetched, twice if need be."""
    if held := sum_up(target, planned, meter):
        return held
    if planned.repo is None:
        raise EngineUnavailable(
            f"{target} is damaged and came from a folder, not from the hub; pull --from DIR again"
        )
    target.unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    rest = target.with_name(f"{target.name}{REST}")
    for _ in range(2):
        if held := _fetch(hub, rest, planned, meter, pauses):
            rest.replace(target)
            return held
        rest.unlink()
        meter.add(-planned.size)
    raise FetchFailed(
        f"{planned.name} of {planned.repo} came twice with a wrong hash; something between here "
        "and the hub changes it. What came before it stays"
    )


def _fetch(
    hub: Hub, rest: Path, planned: Planned, meter: Meter, pauses: Sequence[float]
) -> Held | None:
    """Bring the file at `rest` to its full size; None if it is then not the planned one."""
    sums = Sums(planned)
    if (size_of(rest) or 0) > planned.size:
        rest.unlink()
    with rest.open("ab") as file:
        for piece in itertools.chain(pieces(rest), _coming(hub, file, planned, pauses)):
            sums.feed(piece)
            meter.add(len(piece))
        file.flush()
        os.fsync(file.fileno())
    return sums.held()


def _coming(hub: Hub, file: BinaryIO, planned: Planned, pauses: Sequence[float]) -> Iterator[bytes]:
    """What the file lacks, written to it piece by piece, through drops that end in time."""
    patience = iter(pauses)
    while file.tell() < planned.size:
        try:
            for piece in hub.read(planned, start=file.tell()):
                file.write(piece)
                yield piece
                patience = iter(pauses)
        except Dropped:
            pause = next(patience, None)
            if pause is None:
                raise
            time.sleep(pause)
