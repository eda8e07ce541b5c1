"""A small model of the real make, trained in minutes to paint more of a texture that it is shown.

The task is the real one's: the picture that is asked for is another crop than the one that is
shown, and does not tile. So nothing but the engine can make it wrap.
"""

import json
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from bench.qwen.textures import Texture, crop
from tests.engine.qwen.tiny import INDEX, WIDTH, image_processor, make_encoder, make_tokenizer
from tests.engine.qwen.tiny import scheduler as real_scheduler
from tilewright.engine.qwen.flat import flatten
from tilewright.engine.qwen.load import Model, load_model
from tilewright.engine.qwen.options import QwenOptions
from tilewright.engine.qwen.paint import Encodings
from tilewright.engine.qwen.weights.check import Weights

SIDE, SHOWN = 192, 128
"""Pixels of a tile and of the crop that the model is shown: 12 x 12 and 8 x 8 tokens."""

WORDS = "Extract the texture."
SEEN = 56 * 56
"""Pixels of the photo as the text encoder sees it: it learns nothing, and the transformer is always
given one and the same embedding."""

BASE, BLOCKS = 16, 1
"""Channels of the autoencoder at full resolution and blocks on each level; really 96 and 2."""

LAYERS, HEADS = 6, 3
"""Of 64 channels; 60 and 24 of 128 in the real one. 8.2 million parameters."""

FIRST_CROP, LAST_CROP = 64, 128
"""Pixels of the crops that the autoencoder learns from, in its first and its last half."""

CLOUD = 0.1
"""Spread of the noise in its latents, over their own: what is painted is never exact."""

EDGES, COLOR = 0.5, 3.0
"""Weights in its loss of the differences of neighbors, without which everything is soft, and of the
mean color of squares of 8, without which it is still gray after 1400 batches."""

TARGETS, SHOWS = 16, 8
"""Crops of each texture that are painted, and that are shown; any two of them go together."""

SHIFT = 0.7
"""Of the schedule that the noise is drawn by: between the scheduler's own for so small a picture,
0.49, and that of Lightning, ln 3."""

STEADY = 0.995
"""Of the running mean of the weights, which is what is kept."""

PICTURES, TEXTURES, WARM = 1e-3, 2e-3, 60
"""The largest step of the optimizer for autoencoder and transformer, and the batches until it. At
2e-3 the autoencoder learned color only as the step fell below half of that."""

BATCH = 8


def grown(textures: list[Texture], folder: Path, minutes: tuple[float, float]) -> Path:
    """The weights' folder, kept. minutes: of one core, for the autoencoder and the transformer."""
    base = folder / "base"
    if not (base / "vae").exists():
        _learn_pictures(textures, base / "vae", minutes[0])
    if not (base / "model_index.json").exists():
        _lay_rest(base)
        _learn_textures(textures, folder, minutes[1])
        (base / "model_index.json").write_text(json.dumps(INDEX))
    return folder


def opened(folder: Path) -> Model:
    """The model by the engine's own loader, on the CPU."""
    loras = [folder / "loras" / f"{name}.safetensors" for name in ("texture", "fast", "fastest")]
    weights = Weights(folder, folder / "base", loras[0], loras[1], loras[2], "small")
    return load_model(weights, QwenOptions(device="cpu"), lambda fraction, doing="": None)


def embedded(model: Model) -> tuple[Tensor, Tensor]:
    """The one embedding that the transformer is always given, and its mask."""
    from diffusers.pipelines.qwenimage import pipeline_qwenimage_edit_plus as stock

    own, stock.CONDITION_IMAGE_SIZE = stock.CONDITION_IMAGE_SIZE, SEEN
    try:
        gray = Image.new("RGB", (SHOWN, SHOWN), (128, 128, 128))
        return Encodings().of(model, WORDS, (gray,))
    finally:
        stock.CONDITION_IMAGE_SIZE = own


def tensor(pictures: list[Any]) -> Tensor:
    """(n, 3, 1, h, w), -1..1, of (h, w, 3) uint8."""
    whole = np.stack(pictures).astype(np.float32) / 127.5 - 1
    return torch.from_numpy(whole).permute(0, 3, 1, 2).unsqueeze(2)


def given_back(model: Model, texture: Texture) -> Texture:
    """The texture as the autoencoder gives it back: no tile can be nearer to the true one."""
    vae = model.pipe.vae
    with torch.no_grad():
        z = vae.encode(tensor([texture.pixels])).latent_dist.mode()
        y = vae.decode(z, return_dict=False)[0][0, :, 0].permute(1, 2, 0).numpy()
    return Texture(texture.name, np.asarray(((y + 1) * 127.5).clip(0, 255).round(), np.uint8))


def _learn_pictures(textures: list[Texture], folder: Path, minutes: float) -> None:
    """Train the autoencoder, and measure the spread of its latents for its configuration."""
    from diffusers import AutoencoderKLQwenImage
    from diffusers.models.autoencoders.autoencoder_kl_qwenimage import (
        QwenImageAttentionBlock,
        QwenImageResidualBlock,
    )

    torch.manual_seed(0)
    random = np.random.default_rng(0)
    vae = AutoencoderKLQwenImage(base_dim=BASE, num_res_blocks=BLOCKS)
    flat = AutoencoderKLQwenImage(base_dim=BASE, num_res_blocks=BLOCKS)
    flatten(flat)
    flat.requires_grad_(True)
    for part in flat.modules():  # each block begins by doing nothing
        if isinstance(part, (QwenImageResidualBlock, QwenImageAttentionBlock)):
            last = part.conv2 if isinstance(part, QwenImageResidualBlock) else part.proj
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)

    def loss(share: float) -> Tensor:
        side = FIRST_CROP if share < 0.5 else LAST_CROP
        drawn = random.integers(0, len(textures), BATCH if share < 0.5 else BATCH // 2)
        x = tensor([crop(textures[one], side, random) for one in drawn])
        z = flat.encode(x).latent_dist.mode()
        noise = CLOUD * z.detach().std(dim=(0, 2, 3, 4), keepdim=True) * torch.randn_like(z)
        y = flat.decode(z + noise, return_dict=False)[0]
        held: Tensor = _apart(y, x) + 1e-3 * z.square().mean()
        return held

    _learn(flat, loss, minutes, "autoencoder", PICTURES)
    with torch.no_grad():
        crops = [crop(one, LAST_CROP, random) for one in textures]
        z = torch.cat([flat.encode(tensor([one])).latent_dist.mode() for one in crops])
    mean, spread = z.mean(dim=(0, 2, 3, 4)), z.std(dim=(0, 2, 3, 4))
    vae.load_state_dict(_unflat(flat, vae))
    vae.register_to_config(latents_mean=mean.tolist(), latents_std=spread.tolist())
    vae.save_pretrained(folder)


def _apart(y: Tensor, x: Tensor) -> Tensor:
    off = (y - x).squeeze(2)
    edges = off.diff(dim=2).abs().mean() + off.diff(dim=3).abs().mean()
    color = functional.avg_pool2d(off, 8).abs().mean()
    return off.abs().mean() + EDGES * edges + COLOR * color


def _unflat(flat: nn.Module, stock: nn.Module) -> dict[str, Tensor]:
    """The weights of a flat autoencoder as the stock one has them: before the last slice, zeros."""
    state, own = {}, stock.state_dict()
    for name, value in flat.state_dict().items():
        state[name] = value
        if own[name].dim() == 5 and value.dim() == 4:
            state[name] = torch.zeros_like(own[name])
            state[name][:, :, -1] = value
    return state


def _lay_rest(base: Path) -> None:
    """All but the autoencoder, and LoRAs that change nothing."""
    from diffusers import QwenImageTransformer2DModel

    torch.manual_seed(1)
    transformer = QwenImageTransformer2DModel(
        num_layers=LAYERS,
        num_attention_heads=HEADS,
        attention_head_dim=64,
        joint_attention_dim=WIDTH,
        axes_dims_rope=(8, 28, 28),
    )
    for block in transformer.transformer_blocks:  # each block begins by doing nothing
        for part in (block.img_mod[1], block.txt_mod[1]):
            nn.init.zeros_(part.weight)
            nn.init.zeros_(part.bias)
    tokenizer = make_tokenizer()
    transformer.save_pretrained(base / "transformer")
    make_encoder(tokenizer).save_pretrained(base / "text_encoder")
    tokenizer.save_pretrained(base / "tokenizer")
    tokenizer.save_pretrained(base / "processor")
    image_processor().save_pretrained(base / "processor")
    real_scheduler().save_pretrained(base / "scheduler")
    (base / "model_index.json").write_text(json.dumps(INDEX))
    folder = base.parent / "loras"
    folder.mkdir(exist_ok=True)
    layer, width = "transformer.transformer_blocks.0.attn.to_q", HEADS * 64
    nothing = {
        f"{layer}.lora_A.weight": torch.zeros(1, width),
        f"{layer}.lora_B.weight": torch.zeros(width, 1),
    }
    for number, name in enumerate(("texture", "fast", "fastest")):
        save_file(nothing, folder / f"{name}.safetensors", {"number": str(number)})


def _learn_textures(textures: list[Texture], folder: Path, minutes: float) -> None:
    """Train the transformer to paint crops, shown others of the same texture."""
    model = opened(folder)
    transformer = model.pipe.transformer.requires_grad_(True)
    words = embedded(model)[0].expand(BATCH, -1, -1)
    targets, shows = _latents(model, textures, folder / "latents.safetensors")
    random, noises = np.random.default_rng(1), torch.Generator().manual_seed(1)
    side, shown = SIDE // 16, SHOWN // 16
    shapes = [[(1, side, side), (1, shown, shown)]] * BATCH

    def loss(share: float) -> Tensor:
        one = random.integers(0, len(textures), BATCH)
        x = targets[one, random.integers(0, TARGETS, BATCH)]
        y = shows[one, random.integers(0, SHOWS, BATCH)]
        noise = torch.randn(x.shape, generator=noises)
        u = torch.rand(BATCH, generator=noises).clamp(1e-3, 1)
        sigma = math.exp(SHIFT) / (math.exp(SHIFT) + 1 / u - 1)
        clouded = (1 - sigma[:, None, None]) * x + sigma[:, None, None] * noise
        out = transformer(
            hidden_states=torch.cat([clouded, y], dim=1),
            timestep=sigma,
            encoder_hidden_states=words,
            encoder_hidden_states_mask=None,
            img_shapes=shapes,
            return_dict=False,
        )[0]
        return functional.mse_loss(out[:, : x.shape[1]].float(), noise - x)

    _learn(transformer, loss, minutes, "transformer", TEXTURES)
    transformer.save_pretrained(folder / "base" / "transformer")


def _latents(model: Model, textures: list[Texture], kept: Path) -> tuple[Tensor, Tensor]:
    """Latents of crops, packed and scaled as the pipeline does: (textures, crops, tokens, 64)."""
    if not kept.exists():
        random = np.random.default_rng(2)
        made = {}
        for name, side, count in (("targets", SIDE, TARGETS), ("shows", SHOWN, SHOWS)):
            rows = [
                _packed(model, tensor([crop(texture, side, random) for _ in range(count)]))
                for texture in textures
            ]
            made[name] = torch.stack(rows).contiguous()
        save_file(made, kept)
    both = load_file(kept)
    return both["targets"], both["shows"]


def _packed(model: Model, pictures: Tensor) -> Tensor:
    pipe = model.pipe
    with torch.no_grad():
        z = torch.cat([pipe._encode_vae_image(one[None], None) for one in pictures])
    packed: Tensor = pipe._pack_latents(z, len(z), z.shape[1], *z.shape[3:])
    return packed


def _learn(
    model: nn.Module, loss: Callable[[float], Tensor], minutes: float, name: str, rate: float
) -> None:
    """Adam until the time is up; the model is left with the running mean of its weights."""
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), rate, (0.9, 0.99), weight_decay=0.01)
    mean = {key: value.detach().clone() for key, value in model.state_dict().items()}
    seen: list[float] = []
    for count, share in _until(minutes):
        for group in optimizer.param_groups:
            cooled = min(1.0, (count + 1) / WARM) * math.cos(share * math.pi / 2)
            group["lr"] = rate * max(cooled, 0.01)
        with torch.autocast("cpu", torch.bfloat16):
            value = loss(share)
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(value)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        keep = min(STEADY, (count + 1) / (count + 10))
        for key, now in model.state_dict().items():
            mean[key].lerp_(now.detach(), 1 - keep)
        seen.append(value.item())
        if count % 50 == 0:
            print(f"{name} {share:4.0%} batch {count}: {np.mean(seen[-50:]):.4f}", flush=True)
    print(f"{name}: {len(seen)} batches, loss {np.mean(seen[-50:]):.4f}", flush=True)
    model.load_state_dict(mean)
    model.eval().requires_grad_(False)


def _until(minutes: float) -> Iterator[tuple[int, float]]:
    """Counts, each with the share of the processor's time that is gone."""
    began, count = time.process_time(), 0
    while (share := (time.process_time() - began) / 60 / minutes) < 1:
        yield count, share
        count += 1
