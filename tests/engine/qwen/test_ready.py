"""Who cannot run the engine learns what is lacking and what to type, before anything is loaded."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.qwen.conftest import options
from tilewright.contract import EngineUnavailable
from tilewright.engine.choose import choose, find, survey
from tilewright.engine.qwen.card import GIBIBYTE, Card, find_card
from tilewright.engine.qwen.options import QwenOptions
from tilewright.engine.qwen.plan import PLANS, Parts, choose_plan, needed
from tilewright.engine.qwen.ready import on_card, torch_cuda
from tilewright.engine.qwen.weights.check import Weights

REAL = Parts(16_600_000_000, 40_900_000_000, 254_000_000)
"""Bytes of the real model's files."""

H200 = Card("NVIDIA H200", 141 * 10**9, (12, 8))


@pytest.mark.parametrize(
    ("gibibytes", "plan"),
    [
        (139, "resident"),
        (79, "resident"),
        (47.5, "encoder-aside"),
        (44.5, "eighths"),
        (39.5, "eighths"),
        (31.5, "eighths"),
        (23.6, "streamed"),
        (15.6, "streamed"),
    ],
)
def test_every_card_has_its_plan(gibibytes: float, plan: str) -> None:
    chosen = choose_plan("auto", REAL, int(gibibytes * GIBIBYTE))
    assert chosen.name == plan
    assert needed(chosen, REAL) <= gibibytes * GIBIBYTE


def test_the_operators_plan_is_taken() -> None:
    assert choose_plan("streamed", REAL, 200 * GIBIBYTE) is PLANS["streamed"]


def test_a_card_that_is_too_small_is_told_by_how_much() -> None:
    with pytest.raises(EngineUnavailable, match=r"has 8.0 GiB, and at least 9.2 GiB are needed"):
        choose_plan("auto", REAL, 8 * GIBIBYTE)


@pytest.mark.parametrize(
    ("card", "cuda", "lack", "remedy"),
    [
        (H200, None, "PyTorch is for CPUs only", "install PyTorch for CUDA"),
        (H200, (13, 0), "knows CUDA 12.8, and PyTorch was built for 13.0", "newer driver"),
    ],
)
def test_what_lacks_is_said_with_its_remedy(
    weights: Weights,
    card: Card,
    cuda: tuple[int, int] | None,
    lack: str,
    remedy: str,
) -> None:
    state = on_card(card, cuda, QwenOptions(), weights)
    assert not state.ready
    assert lack in state.detail
    assert remedy in state.remedy


def test_a_small_card_is_refused(weights: Weights) -> None:
    with pytest.raises(EngineUnavailable, match=r"has 0\.0 GiB, .* use a larger card"):
        on_card(Card("Old", 4000, (12, 8)), (12, 8), QwenOptions(), weights)


def test_a_good_card_is_told_with_what_it_will_do(weights: Weights) -> None:
    state = on_card(H200, (12, 8), QwenOptions(), weights)
    assert state.ready
    assert "NVIDIA H200, 131 GiB of which 5 are needed" in state.detail
    assert "bfloat16, attention native" in state.detail
    assert "about 21 s a tile expected in quality, not measured" in state.detail


def test_auto_takes_what_can_run(weights: Weights) -> None:
    assert find("auto", QwenOptions()).name == "synthesis"
    assert choose("auto", options(weights.folder)).name == "qwen"


def test_without_a_card_nobody_is_sent_to_fetch_weights(tmp_path: Path) -> None:
    """This machine has none; with one, the next test says what comes then."""
    lacks = survey(QwenOptions(weights=tmp_path / "nothing"))[0]
    assert lacks.ready == (find_card() is not None)
    if find_card() is None:
        assert lacks.detail == "no NVIDIA card and driver were found"
        assert "--engine synthesis" in lacks.remedy


def test_weights_that_lack_are_told_with_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match=r"there are no weights.*tilewright weights pull"):
        find("qwen", QwenOptions(weights=tmp_path / "nothing", device="cpu"))


def test_looking_loads_nothing_heavy(weights: Weights) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from tilewright.engine.choose import survey\n"
        "from tilewright.engine.qwen.options import QwenOptions\n"
        f"state = survey(QwenOptions(weights=Path({str(weights.folder)!r}), device='cpu'))[0]\n"
        "print(state.ready, {'torch', 'diffusers', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "True set()\n", done.stderr


def test_this_machine_can_be_asked() -> None:
    """With or without a card: an answer, no crash."""
    card = find_card()
    assert card is None or card.memory > GIBIBYTE
    assert (torch_cuda() or (11, 0)) >= (11, 0)
