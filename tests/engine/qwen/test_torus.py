"""What the decoder makes goes on where it ends, exactly."""

import pytest
import torch
from torch import Tensor

from tilewright.engine.qwen.load import Model
from tilewright.engine.qwen.torus import Rolls, wrapping

LATENTS = (1, 16, 1, 12, 16)
DOWN, ACROSS = 3, 4


def noise() -> Tensor:
    return torch.randn(LATENTS, generator=torch.Generator().manual_seed(3))


def decoded(model: Model, latents: Tensor, axes: str) -> Tensor:
    with torch.no_grad(), wrapping(model.pipe.vae, axes):
        picture: Tensor = model.pipe.vae.decode(latents, return_dict=False)[0]
    return picture


def error_of_rolling(model: Model, axes: str, shift: int, axis: int) -> float:
    """How far the picture of rolled latents is from the rolled picture."""
    rolled_before = decoded(model, torch.roll(noise(), shift, axis), axes)
    rolled_after = torch.roll(decoded(model, noise(), axes), 8 * shift, axis)
    return float((rolled_before - rolled_after).abs().max())


def test_a_rolled_latent_gives_the_rolled_picture(model: Model) -> None:
    assert error_of_rolling(model, "xy", 5, ACROSS) <= 1e-5
    assert error_of_rolling(model, "xy", 7, DOWN) <= 1e-5


@pytest.mark.parametrize(("axes", "wraps", "ends"), [("x", ACROSS, DOWN), ("y", DOWN, ACROSS)])
def test_one_direction_alone(model: Model, axes: str, wraps: int, ends: int) -> None:
    assert error_of_rolling(model, axes, 5, wraps) <= 1e-5
    assert error_of_rolling(model, axes, 5, ends) > 1e-3


def test_without_it_the_decoder_is_the_stock_one(model: Model) -> None:
    from diffusers import AutoencoderKLQwenImage

    stock = AutoencoderKLQwenImage.from_pretrained(model.weights.base / "vae")
    picture = torch.randn(1, 3, 1, 64, 96, generator=torch.Generator().manual_seed(4))
    with torch.no_grad():
        theirs = stock.decode(noise(), return_dict=False)[0]
        encoded = stock.encode(picture).latent_dist.mode()
        ours = model.pipe.vae.encode(picture).latent_dist.mode()
    assert float((decoded(model, noise(), "none") - theirs).abs().max()) <= 1e-5
    assert float((encoded - ours).abs().max()) <= 1e-5


def test_wrapping_ends_with_its_block_even_on_an_error(model: Model) -> None:
    plain = decoded(model, noise(), "none")
    with pytest.raises(KeyError), wrapping(model.pipe.vae, "xy"):
        raise KeyError
    assert torch.equal(decoded(model, noise(), "none"), plain)


def test_several_frames_are_refused(model: Model) -> None:
    with pytest.raises(ValueError, match="single pictures"), torch.no_grad():
        model.pipe.vae.decode(torch.randn(1, 16, 2, 4, 4))


@pytest.mark.parametrize("axes", ["xy", "x", "y", "none"])
def test_rolls_are_undone_exactly(axes: str) -> None:
    grid = (6, 8)
    latents = torch.randn(1, 48, 64, generator=torch.Generator().manual_seed(5))
    rolls = Rolls(axes, grid, 11)
    rolled = latents
    for _ in range(9):
        rolled = rolls.on(rolled)
    assert torch.equal(rolled, latents) == (axes == "none")
    laid, before = rolled.reshape(6, 8, 64), latents.reshape(6, 8, 64)
    if axes == "x":  # every row still holds what it held
        assert torch.equal(laid.sort(dim=1).values, before.sort(dim=1).values)
    if axes == "y":
        assert torch.equal(laid.sort(dim=0).values, before.sort(dim=0).values)
    assert torch.equal(rolls.back(rolled), latents)


def test_the_border_of_the_last_step_is_known() -> None:
    """Rolled back, what was first in the rolled grid lies there."""
    latents = torch.arange(48.0).reshape(1, 48, 1)
    rolls = Rolls("xy", (6, 8), 11)
    rolled = rolls.on(rolls.on(latents))
    back = rolls.back(rolled).reshape(6, 8)
    assert rolls.border != (0, 0)
    assert back[rolls.border] == rolled[0, 0, 0]


def test_rolls_are_the_seeds() -> None:
    latents = torch.randn(1, 48, 64)
    one, same, other = (Rolls("xy", (6, 8), seed).on(latents) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
