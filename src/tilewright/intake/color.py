"""Any picture that Pillow opens, as opaque sRGB with 8 bits a channel."""

from io import BytesIO
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageCms, ImageStat

from tilewright.contract import PhotoRefused

SOLID = 128
"""Alpha from which a pixel counts as shown: half."""

BROKEN_PROFILE = (ImageCms.PyCMSError, OSError, ValueError, TypeError)
"""What a profile that is damaged, or made for another kind of picture, raises."""


class Opaque(NamedTuple):
    """color: mode RGB, sRGB. shown: mode L, 255 where the picture is opaque; None if all is."""

    color: Image.Image
    shown: Image.Image | None


def to_srgb(image: Image.Image) -> Opaque:
    """The loaded `image` without its transparency, and where it was opaque.

    Raises `PhotoRefused` if nothing in it is visible. A color profile is followed; one that is
    broken or does not fit is ignored. 16-bit samples are scaled to 8 bits. What is transparent is
    laid over the mean color of what is not: a flat patch of the surface's own color draws no
    outline that a texture could inherit, as black, white or gray would.
    """
    picture, alpha = _split(image)
    color = _convert(picture, image.info.get("icc_profile"))
    return Opaque(color, None) if alpha is None else _over_mean(color, alpha)


def _split(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Color (mode L, RGB or CMYK) and alpha (mode L; None if all is opaque)."""
    if image.mode.startswith("I"):
        return _from_16_bit(image)
    gray = image.mode in ("1", "L", "LA", "La")
    if image.has_transparency_data:
        layered = image.convert("LA" if gray else "RGBA")
        alpha = layered.getchannel("A")
        opaque = alpha.getextrema()[0] == 255
        return layered.convert("L" if gray else "RGB"), None if opaque else alpha
    if image.mode in ("L", "RGB", "CMYK"):
        return image, None
    return image.convert("L" if gray else "RGB"), None


def _from_16_bit(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """The upper byte of each sample, as Pillow itself takes of 16-bit RGB; `convert` would clip."""
    samples = np.asarray(image)
    gray = Image.fromarray((samples >> 8).astype(np.uint8))
    clear = image.info.get("transparency")
    if not isinstance(clear, int):
        return gray, None
    return gray, Image.fromarray(np.where(samples == clear, 0, 255).astype(np.uint8))


def _convert(picture: Image.Image, profile: object) -> Image.Image:
    if isinstance(profile, bytes) and profile:
        try:
            return _by_profile(picture, profile)
        except BROKEN_PROFILE:
            pass
    return picture.convert("RGB")


def _by_profile(picture: Image.Image, profile: bytes) -> Image.Image:
    """Relative colorimetric with black point compensation: what photo editors do by default."""
    converted = ImageCms.profileToProfile(
        picture,
        ImageCms.ImageCmsProfile(BytesIO(profile)),
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    assert converted is not None
    return converted


def _over_mean(color: Image.Image, alpha: Image.Image) -> Opaque:
    for least in (SOLID, 1):
        solid = alpha.point([0] * least + [255] * (256 - least))
        if solid.getbbox():
            break
    else:
        raise PhotoRefused("the photo shows nothing: all of it is transparent")
    red, green, blue = (round(mean) for mean in ImageStat.Stat(color, solid).mean)
    ground = Image.new("RGB", color.size, (red, green, blue))
    ground.paste(color, mask=solid)
    return Opaque(ground, solid if solid.getextrema()[0] == 0 else None)
