"""Made-up files with the names, the layout and the forms of the real ones, and few bytes."""

import json
import random
import struct
from pathlib import Path

from tilewright.engine.qwen.weights.check import FAST, FASTEST, TEXTURE
from tilewright.engine.qwen.weights.pull import SINGLES

SHARD = 2_000_000
"""Bytes of a shard: more than sockets hold, so that a silence in its middle is one."""


def tensors(size: int, seed: int) -> bytes:
    """A safetensors file with one tensor of `size` random bytes."""
    header = json.dumps({"x": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}})
    return struct.pack("<Q", len(header)) + header.encode() + random.Random(seed).randbytes(size)


def shards(kind: str, count: int, size: int, seed: int) -> dict[str, bytes]:
    """The shards of a model and the index that lists them."""
    names = [f"{kind}-{number:05}-of-{count:05}.safetensors" for number in range(1, count + 1)]
    index = {"weight_map": {f"x{at}": name for at, name in enumerate(names)}}
    files = {name: tensors(size, seed + at) for at, name in enumerate(names)}
    return files | {f"{kind}.safetensors.index.json": json.dumps(index).encode()}


def _model() -> dict[str, bytes]:
    folders = {
        "scheduler": {"scheduler_config.json": b"{}"},
        "text_encoder": {"config.json": b"{}", **shards("model", 2, 3000, 10)},
        "tokenizer": {"vocab.json": b"{}", "merges.txt": b"a b"},
        "processor": {"preprocessor_config.json": b"{}"},
        "transformer": {
            "config.json": b"{}",
            **shards("diffusion_pytorch_model", 2, SHARD, 20),
        },
        "vae": {"config.json": b"{}", "diffusion_pytorch_model.safetensors": tensors(900, 30)},
    }
    files = {
        f"{folder}/{name}": data for folder, held in folders.items() for name, data in held.items()
    }
    files["model_index.json"] = json.dumps({"_class_name": "QwenImageEditPlusPipeline"}).encode()
    return files


PAGE = {"README.md": b"# A page", "assets/picture.png": b"not of the model", ".gitattributes": b"x"}
MODEL = _model() | PAGE
TEXTURE_LORA = {SINGLES[TEXTURE].name: tensors(700, 40), "README.md": b"# Another"}
LIGHTNING = {
    SINGLES[FAST].name: tensors(500, 50),
    SINGLES[FASTEST].name: tensors(500, 51),
    "Qwen-Image-Lightning-4steps-V1.0.safetensors": tensors(500, 52),
}

LAID_OUT = {f"base/{name}": data for name, data in _model().items()} | {
    TEXTURE: TEXTURE_LORA[SINGLES[TEXTURE].name],
    FAST: LIGHTNING[SINGLES[FAST].name],
    FASTEST: LIGHTNING[SINGLES[FASTEST].name],
}
"""All that belongs in a folder of weights, by its path there."""

SECOND_SHARD = "transformer/diffusion_pytorch_model-00002-of-00002.safetensors"


def lay_out(folder: Path) -> None:
    """Put it there as a person would."""
    for path, data in LAID_OUT.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def there(folder: Path) -> dict[str, bytes]:
    """What a folder holds, but for the two files that are ours."""
    ours = {folder / "weights.json", folder / "weights.lock"}
    files = [path for path in folder.rglob("*") if path.is_file() and path not in ours]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
