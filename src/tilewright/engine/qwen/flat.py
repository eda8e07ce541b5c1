"""The decoder of diffusers made flat: one picture is all it knows, and it wraps if told."""

from typing import Any

from diffusers.models.autoencoders.autoencoder_kl_qwenimage import QwenImageCausalConv3d
from torch import Tensor, nn

from tilewright.engine.qwen.torus import Flat


class FlatConvolution(Flat):
    """In place of a convolution of one picture."""

    def forward(self, x: Tensor) -> Tensor:
        """x: (batch, channels, height, width)."""
        return self.convolved(x)


class FlatCausal(Flat, QwenImageCausalConv3d):  # the decoder counts its layers by this name
    """In place of a causal convolution over frames, for the one frame that a picture is.

    Before a single frame it sees only zeros, so that all but its last slice of weights is idle:
    what is left is a plain convolution, equal to 9e-7, at a third of the work.
    """

    def forward(self, x: Tensor, cache_x: Tensor | None = None) -> Tensor:
        """x: (batch, channels, 1, height, width)."""
        if cache_x is not None or x.shape[2] != 1:
            raise ValueError("this decoder was made flat, for single pictures")
        return self.convolved(x.squeeze(2)).unsqueeze(2)


def flatten(vae: Any) -> None:
    """Make the convolutions of an `AutoencoderKLQwenImage` flat, in place.

    Those that only look along time are never reached with a single frame, and stay.
    """
    for owner in [*vae.modules()]:
        for name, child in [*owner.named_children()]:
            if isinstance(child, QwenImageCausalConv3d) and child.kernel_size != (3, 1, 1):
                setattr(owner, name, FlatCausal(child.weight[:, :, -1], child.bias))
            elif isinstance(child, nn.Conv2d) and child.padding == (1, 1):
                setattr(owner, name, FlatConvolution(child.weight, child.bias))
