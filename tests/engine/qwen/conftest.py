"""A tiny model, loaded by the real code from a real weights folder, once for each test process."""

from pathlib import Path

import pytest

from tests.engine.qwen.tiny import make_weights
from tilewright.engine.qwen.engine import QwenEngine
from tilewright.engine.qwen.load import Model, load_model
from tilewright.engine.qwen.options import QwenOptions
from tilewright.engine.qwen.weights.adopt import adopt
from tilewright.engine.qwen.weights.check import Weights


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    folder = make_weights(tmp_path_factory.mktemp("qwen") / "weights")
    return adopt(folder, folder, lambda stage, done: None)


@pytest.fixture(scope="session")
def model(weights: Weights) -> Model:
    return load_model(weights, QwenOptions(device="cpu"), lambda fraction, doing="": None)


@pytest.fixture(scope="session")
def engine(weights: Weights, tmp_path_factory: pytest.TempPathFactory) -> QwenEngine:
    """Holds its own copy of the model, and shelves LoRAs from hosts on this machine."""
    made = QwenEngine(options(weights.folder, tmp_path_factory.mktemp("loras")))
    made.warm()
    return made


def options(weights: Path, loras: Path | None = None) -> QwenOptions:
    return QwenOptions(
        weights=weights,
        device="cpu",
        loras=loras,
        lora_hosts=(),
        allowed=lambda ip: ip == "127.0.0.1",
    )
