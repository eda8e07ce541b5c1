"""Weights are all there, to the bit, or it is said what they lack and what to type."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.qwen.hub import COMMIT, LATER_COMMIT, LocalHub, Sent
from tests.engine.qwen.model import (
    LAID_OUT,
    MODEL,
    SECOND_SHARD,
    SHARD,
    lay_out,
    tensors,
    there,
)
from tilewright.contract import Cancelled, EngineUnavailable, FetchFailed
from tilewright.engine.qwen.weights.adopt import adopt
from tilewright.engine.qwen.weights.check import (
    FAST,
    FASTEST,
    MODEL_INDEX,
    TEXTURE,
    check_weights,
    open_weights,
)
from tilewright.engine.qwen.weights.pull import BASE_REPO, LIGHTNING_REPO, SINGLES, pull

SHARD_HERE = f"base/{SECOND_SHARD}"
SHARD_LIST = "base/transformer/diffusion_pytorch_model.safetensors.index.json"
QUICK = (0.0, 0.0)
"""Pauses of a hub that is on this machine."""
PATIENCE = 20.0
"""Seconds for what takes one at most."""


def silent(stage: str, fraction: float) -> None:
    """Nobody looks."""


@pytest.fixture
def hub() -> Iterator[LocalHub]:
    with LocalHub() as hub:
        yield hub


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "weights"


@pytest.fixture
def pulled(hub: LocalHub, folder: Path) -> Path:
    pull(folder, silent, hub.url)
    hub.sent.clear()
    return folder


def test_a_pull_brings_what_belongs_and_nothing_else(hub: LocalHub, folder: Path) -> None:
    ticks: list[tuple[str, float]] = []

    weights = pull(folder, lambda *tick: ticks.append(tick), hub.url)

    assert there(folder) == LAID_OUT
    assert weights == open_weights(folder) == check_weights(folder, silent)
    assert (weights.base, weights.texture) == (folder / "base", folder / TEXTURE)
    assert (weights.fast, weights.fastest) == (folder / FAST, folder / FASTEST)
    fractions = [fraction for _, fraction in ticks]
    assert fractions == sorted(fractions)
    assert ticks[-1] == ("pulling, 4.0 MB of 4.0 MB", 1.0)


def test_the_manifest_says_what_is_here_and_where_from(pulled: Path) -> None:
    files = json.loads((pulled / "weights.json").read_text())["files"]

    assert set(files) == set(LAID_OUT)
    assert files[TEXTURE]["repo"] == SINGLES[TEXTURE].repo
    assert files[SHARD_HERE] == {
        "size": len(MODEL[SECOND_SHARD]),
        "sha256": files[SHARD_HERE]["sha256"],
        "repo": BASE_REPO,
        "revision": COMMIT,
        "name": SECOND_SHARD,
    }


def test_the_same_weights_have_the_same_digest(pulled: Path, tmp_path: Path) -> None:
    copy = adopt(pulled, tmp_path / "copy", silent)
    (pulled / FAST).write_bytes(tensors(500, 99))
    (pulled / "weights.json").unlink()
    other = adopt(pulled, pulled, silent)

    assert copy.digest != other.digest
    assert copy.digest == open_weights(tmp_path / "copy").digest


def test_opening_is_cheap(pulled: Path) -> None:
    begun = time.process_time()
    open_weights(pulled)

    assert time.process_time() - begun < 0.05


def test_a_second_pull_asks_nobody(pulled: Path, hub: LocalHub) -> None:
    hub.asked.clear()

    pull(pulled, silent, hub.url)

    assert hub.asked == []


def test_a_killed_pull_goes_on_where_it_was(hub: LocalHub, folder: Path) -> None:
    half = SHARD // 2
    hub.stall_after = (SECOND_SHARD, half)
    rest = folder / f"{SHARD_HERE}.incomplete"
    code = (
        "import sys, pathlib; from tilewright.engine.qwen.weights.pull import pull; "
        "pull(pathlib.Path(sys.argv[1]), lambda *_: None, sys.argv[2])"
    )
    run = subprocess.Popen([sys.executable, "-c", code, str(folder), hub.url])
    assert hub.stalled.wait(PATIENCE)
    wait_for_size(rest, half)
    run.send_signal(signal.SIGKILL)
    run.wait(PATIENCE)

    with pytest.raises(EngineUnavailable, match=r"half-downloaded, 3\.0 MB of 4\.0 MB; to go on: "):
        open_weights(folder)

    hub.stall_after, hub.commit = None, LATER_COMMIT
    hub.sent.clear()
    hub.asked.clear()
    pull(folder, silent, hub.url)

    assert hub.sent == [Sent(SECOND_SHARD, half, len(MODEL[SECOND_SHARD]) - half)]
    assert [path for path in hub.asked if LATER_COMMIT in path or "/api/" in path] == []
    assert there(folder) == LAID_OUT


def wait_for_size(path: Path, size: int) -> None:
    """Look until what was sent has been written."""
    end = time.monotonic() + PATIENCE
    while not path.is_file() or path.stat().st_size < size:
        assert time.monotonic() < end


def test_a_cancelled_pull_goes_on_where_it_was(hub: LocalHub, folder: Path) -> None:
    def give_up(stage: str, fraction: float) -> None:
        if fraction > 0.3:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        pull(folder, give_up, hub.url)
    first = Counter(sent.name for sent in hub.sent)
    pull(folder, silent, hub.url)

    twice = {name for name, times in Counter(one.name for one in hub.sent).items() if times > 1}
    assert twice <= set(first)
    assert len(twice) == 1
    assert next(sent.start for sent in reversed(hub.sent) if sent.name in twice) > 0
    assert there(folder) == LAID_OUT


@pytest.mark.parametrize("whole", [False, True])
def test_a_line_that_drops_is_taken_up_again(whole: bool, hub: LocalHub, folder: Path) -> None:
    hub.cuts[SECOND_SHARD] = [100_000, 500_000, 0, 700_000]
    hub.whole = whole

    pull(folder, silent, hub.url, QUICK)

    starts = [sent.start for sent in hub.sent if sent.name == SECOND_SHARD]
    assert starts == ([0] * 5 if whole else [0, 100_000, 600_000, 600_000, 1_300_000])
    assert there(folder) == LAID_OUT


def test_a_line_that_gives_nothing_any_more_is_given_up(hub: LocalHub, folder: Path) -> None:
    hub.cuts[SECOND_SHARD] = [1000, 0, 0, 0]

    with pytest.raises(FetchFailed, match="do the same again later, which goes on from what is"):
        pull(folder, silent, hub.url, QUICK)

    assert (folder / f"{SHARD_HERE}.incomplete").stat().st_size == 1000


def test_a_flipped_bit_is_found_and_the_file_fetched_again(hub: LocalHub, folder: Path) -> None:
    for name in ("tokenizer/vocab.json", SECOND_SHARD):
        hub.flips[name] = 1

    pull(folder, silent, hub.url)

    assert there(folder) == LAID_OUT
    assert [sent.start for sent in hub.sent if sent.name == SECOND_SHARD] == [0, 0]


def test_a_bit_that_flips_every_time_is_an_error(hub: LocalHub, folder: Path) -> None:
    hub.flips[SECOND_SHARD] = 2

    with pytest.raises(FetchFailed, match=f"{SECOND_SHARD} of {BASE_REPO} came twice with a wrong"):
        pull(folder, silent, hub.url)

    assert not (folder / SHARD_HERE).exists()
    assert not (folder / f"{SHARD_HERE}.incomplete").exists()
    assert not (folder / "weights.json").exists()


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, r"does not show Qwen/Qwen-Image-Edit-2509 to you \(401\): .* or set HF_TOKEN"),
        (403, "accept its terms on its page"),
        (404, r"has no Qwen/Qwen-Image-Edit-2509, .*\(404\)"),
        (503, r"cannot serve Qwen/Qwen-Image-Edit-2509 now \(503\)"),
        (418, r"refused Qwen/Qwen-Image-Edit-2509 \(418\); look at HF_ENDPOINT"),
    ],
)
def test_a_refusal_is_one_sentence(status: int, sentence: str, hub: LocalHub, folder: Path) -> None:
    hub.statuses[BASE_REPO] = status

    with pytest.raises(FetchFailed, match=sentence) as caught:
        pull(folder, silent, hub.url, QUICK)

    assert "\n" not in str(caught.value)


def test_a_dead_hub_is_one_sentence(folder: Path) -> None:
    with LocalHub() as hub:
        address = hub.url

    with pytest.raises(FetchFailed, match=f"the hub at {address} does not answer"):
        pull(folder, silent, address)


def test_what_is_no_hub_is_one_sentence(hub: LocalHub, folder: Path) -> None:
    hub.repos[BASE_REPO] = {"transformer/../../../stolen": b"x"}

    with pytest.raises(FetchFailed, match=r"does not speak as one .*leads out of the folder"):
        pull(folder, silent, hub.url)


def test_without_lightning_only_its_modes_are_lacking(hub: LocalHub, folder: Path) -> None:
    hub.statuses[LIGHTNING_REPO] = 404

    weights = pull(folder, silent, hub.url)
    assert (weights.fast, weights.fastest) == (None, None)

    del hub.statuses[LIGHTNING_REPO]
    hub.sent.clear()
    assert pull(folder, silent, hub.url).fast == folder / FAST
    assert {sent.name for sent in hub.sent} == {SINGLES[FAST].name, SINGLES[FASTEST].name}


def test_without_the_texture_lora_nothing_is_pulled(hub: LocalHub, folder: Path) -> None:
    hub.repos[SINGLES[TEXTURE].repo] = {"README.md": b"moved"}

    with pytest.raises(FetchFailed, match="no longer holds extract_texture"):
        pull(folder, silent, hub.url)

    assert hub.sent == []


def test_a_disk_that_is_too_small_is_found_before(hub: LocalHub, folder: Path) -> None:
    hub.sizes[SECOND_SHARD] = 10**18

    with pytest.raises(EngineUnavailable, match=r"left, and 1000000000\.0 GB are to come; make"):
        pull(folder, silent, hub.url)

    assert hub.sent == []


def test_a_file_where_the_folder_should_be_is_one_sentence(hub: LocalHub, folder: Path) -> None:
    folder.write_text("here first")

    with pytest.raises(EngineUnavailable, match="File exists; take another folder"):
        pull(folder, silent, hub.url)


def test_two_at_once_do_not_mix(hub: LocalHub, folder: Path) -> None:
    def second(stage: str, fraction: float) -> None:
        with pytest.raises(EngineUnavailable, match="another tilewright is writing weights"):
            pull(folder, silent, hub.url)

    pull(folder, second, hub.url)


def test_a_folder_that_is_not_there(folder: Path) -> None:
    with pytest.raises(
        EngineUnavailable, match=r"there are no weights in .*to get them: tilewright weights pull"
    ):
        open_weights(folder)


def test_a_folder_without_a_manifest(folder: Path) -> None:
    lay_out(folder)

    with pytest.raises(EngineUnavailable, match=r"has no weights\.json: .*--from DIR"):
        open_weights(folder)


def test_a_manifest_of_somebody_elses(pulled: Path) -> None:
    (pulled / "weights.json").write_text('{"format": 1, "files": {"../x": {"size": 1}}}')

    with pytest.raises(EngineUnavailable, match=r"is not what Tilewright wrote .*leads out"):
        open_weights(pulled)


def test_files_of_another_size_and_lost_ones_are_named(pulled: Path) -> None:
    shard = pulled / SHARD_HERE
    with shard.open("r+b") as file:
        file.truncate(1000)
    (pulled / TEXTURE).unlink()

    with pytest.raises(EngineUnavailable) as caught:
        open_weights(pulled)

    assert f"{SHARD_HERE} (1000 bytes, not {len(MODEL[SECOND_SHARD])})" in str(caught.value)
    assert f"{TEXTURE} (gone)" in str(caught.value)
    assert f"to get only those again: tilewright weights pull --to {pulled}" in str(caught.value)


def test_a_rotten_bit_is_found_by_the_hash_and_repaired_alone(pulled: Path, hub: LocalHub) -> None:
    for path in (SHARD_HERE, FAST):
        rotten = bytearray((pulled / path).read_bytes())
        rotten[-1] ^= 1
        (pulled / path).write_bytes(rotten)

    open_weights(pulled)
    with pytest.raises(EngineUnavailable, match=f"damaged or gone in .*: {FAST}, {SHARD_HERE}; "):
        check_weights(pulled, silent)
    pull(pulled, silent, hub.url)

    assert {sent.name for sent in hub.sent} == {SINGLES[FAST].name, SECOND_SHARD}
    assert there(pulled) == LAID_OUT


@pytest.mark.parametrize(
    ("index", "sentence"),
    [
        (
            '{"_class_name": "QwenImageEditPipeline"}',
            "names QwenImageEditPipeline, not QwenImageEd",
        ),
        ("<html>", "is not a diffusers model's"),
        ("[]", "is not a diffusers model's"),
    ],
)
def test_another_model_is_not_taken_for_ours(index: str, sentence: str, folder: Path) -> None:
    lay_out(folder)
    (folder / MODEL_INDEX).write_text(index)

    with pytest.raises(EngineUnavailable, match=sentence):
        adopt(folder, folder, silent)


def test_another_model_of_the_same_size_is_not_taken_for_ours(pulled: Path) -> None:
    index = pulled / MODEL_INDEX
    index.write_text(index.read_text().replace("Plus", "Less"))

    with pytest.raises(EngineUnavailable, match="names QwenImageEditLessPipeline, not"):
        open_weights(pulled)


def test_what_was_laid_by_hand_is_compared_with_the_hub(hub: LocalHub, folder: Path) -> None:
    lay_out(folder)
    (folder / SHARD_HERE).unlink()

    pull(folder, silent, hub.url)

    assert [sent.name for sent in hub.sent] == [SECOND_SHARD]


def test_pulled_elsewhere_and_carried_here(pulled: Path, tmp_path: Path) -> None:
    here = tmp_path / "here"

    weights = adopt(pulled, here, silent)

    assert there(here) == there(pulled) == LAID_OUT
    assert weights.digest == open_weights(pulled).digest
    assert (here / TEXTURE).stat().st_ino != (pulled / TEXTURE).stat().st_ino
    assert json.loads((here / "weights.json").read_text()) == json.loads(
        (pulled / "weights.json").read_text()
    )


def test_what_was_damaged_on_the_way_is_not_taken(pulled: Path, tmp_path: Path) -> None:
    rotten = bytearray((pulled / TEXTURE).read_bytes())
    rotten[-1] ^= 1
    (pulled / TEXTURE).write_bytes(rotten)

    with pytest.raises(EngineUnavailable, match=f"{TEXTURE} is damaged: not what its weights.json"):
        adopt(pulled, tmp_path / "here", silent)

    assert not (tmp_path / "here" / "weights.json").exists()


def test_laid_out_by_hand_and_taken(tmp_path: Path, folder: Path) -> None:
    lay_out(tmp_path / "stick")
    (tmp_path / "stick/base/README.md").write_text("not of the model")

    weights = adopt(tmp_path / "stick", folder, silent)

    assert there(folder) == LAID_OUT
    assert check_weights(folder, silent) == weights
    assert "repo" not in json.loads((folder / "weights.json").read_text())["files"][TEXTURE]


def test_in_place_already_nothing_is_copied(folder: Path, hub: LocalHub) -> None:
    lay_out(folder)
    before = (folder / SHARD_HERE).stat()

    adopt(folder, folder, silent)
    assert (folder / SHARD_HERE).stat() == before

    (folder / TEXTURE).write_bytes(tensors(700, 99))
    with pytest.raises(EngineUnavailable, match="they came from a folder, so from there again"):
        adopt(folder, folder, silent)
    with pytest.raises(EngineUnavailable, match="is damaged and came from a folder, not from the"):
        pull(folder, silent, hub.url)


@pytest.mark.parametrize(
    ("path", "data", "sentence"),
    [
        (SHARD_HERE, MODEL[SECOND_SHARD][:1000], "is not whole: it has 1000 bytes of 2000"),
        (TEXTURE, b"version https://git-lfs.github.com/spec/v1", "no header of a safetensors file"),
        (TEXTURE, b"", "no header of a safetensors file"),
        (SHARD_HERE, None, "transformer lacks diffusion_pytorch_model-00002-of-00002.safetensors"),
        (SHARD_LIST, b'{"weight_map": {"a": "x.safe', "index.json is damaged; copy it anew"),
        (SHARD_LIST, b"{}", "index.json is damaged; copy it anew"),
        (SHARD_LIST, b'{"weight_map": ["a"]}', "index.json is damaged; copy it anew"),
        (SHARD_LIST, b'{"weight_map": {"a": 1}}', "index.json is damaged; copy it anew"),
        (TEXTURE, None, f"lacks {TEXTURE}"),
        (MODEL_INDEX, None, "holds no base/model_index.json"),
        ("base/vae", None, "lacks vae"),
        ("weights.json.incomplete", b'{"files": {"x": {"size": 1}}}', "is half-downloaded"),
    ],
)
def test_what_is_incomplete_is_seen_without_a_manifest(
    path: str, data: bytes | None, sentence: str, tmp_path: Path, folder: Path
) -> None:
    stick = tmp_path / "stick"
    lay_out(stick)
    if data is not None:
        (stick / path).write_bytes(data)
    else:
        (stick / path).rename(tmp_path / "lost")

    with pytest.raises(EngineUnavailable, match=sentence):
        adopt(stick, folder, silent)

    assert there(folder) == {}
