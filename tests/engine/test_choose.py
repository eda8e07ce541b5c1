"""An engine is chosen by name, and one that cannot run says what would help."""

import pytest

from tilewright.contract import EngineUnavailable
from tilewright.engine import choose, survey
from tilewright.engine.qwen.options import QwenOptions

HERE = QwenOptions()


def test_auto_takes_one_that_can_run_here() -> None:
    ready = {state.name for state in survey(HERE) if state.ready}
    assert choose("auto", HERE).name in ready


def test_qwen_names_the_remedy() -> None:
    with pytest.raises(EngineUnavailable, match="set TILEWRIGHT_WEIGHTS_DIR"):
        choose("qwen", QwenOptions(device="cpu"))


def test_an_unknown_engine_names_the_known_ones() -> None:
    with pytest.raises(EngineUnavailable, match="auto, qwen, synthesis"):
        choose("flux", HERE)
