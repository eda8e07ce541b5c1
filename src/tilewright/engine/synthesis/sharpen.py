"""What the lens took from fine detail is brought back, where it lacks."""

from collections.abc import Iterator

import cv2
import numpy as np

from tilewright.engine.arrays import Floats, floats
from tilewright.engine.synthesis.focus import Fading
from tilewright.engine.synthesis.keep import WHOLE
from tilewright.engine.synthesis.light import LUMA
from tilewright.score.sharpness import CLEAREST, FAINTEST, TELLS, features, middle

AT_FINEST, FALL = 1.8, 1.2
"""What the finest waves that pixels show lack, as log of a factor, over what their octave does, and
by what power of their frequency longer waves lack less. Read from rendered scenes whose truth is
known: 2 and 1.5 fit the finest waves better, and these what all octaves lack."""

SLOPE, BAND, BINS = 1.35, (0.06, 0.46), 20
"""By what power of the frequency waves of what is in focus are weaker, between these frequencies:
the truths of rendered scenes, at the scale of their photos, so lack nothing in the mean."""

SCATTER, FIRM = 0.3, 4
"""Standard deviation of that reading, for tiles that it was not fitted to. Less may as well be the
material's own; the more it is, the likelier it is blur, and from twice as much on it is nearly all
believed (nonnegative garrote, Breiman, of a higher power). By octaves alone it is .42, and a crisp
hedge is taken for a blurred one."""

STRONGEST = 2.5
"""Most that the finest octave is raised by: beyond it is more noise than detail."""

TELLS_ASLANT = np.array([1.96, 0.87, -3.63])
"""The same of what is seen at a slant, which only a lens can have done: fitted to what lenses show
and to nothing crisp, at six scales, to all waves (`python -m bench.quality.lens`). Off by .28."""

STRONGEST_ASLANT = 3.0
"""Most that the finest octave is raised by there. With 3.7 the noise of what is far out of focus
becomes grain that is seen, and the seam gets worse marks."""

HIGHEST = 2.0
"""Most that any wave is raised by, as log of a factor."""

GRADES = 256
"""Frequencies for which a gain is told; waves in between get that of the nearest."""

MARGIN = 16
"""Texels around the picture, mirrored, so that its far side does not shine through."""


def lacking(exemplar: Floats, zoom: float, *, aslant: bool = False) -> float:
    """What blur took of the finest octave, as the log of a factor; 0 where it is not sure.

    exemplar: (H, W, 3) float32 sRGB, 0..255. zoom: its texels per photo pixel. aslant: whether the
    photo shows the surface at a slant.
    """
    light = _as_photographed(light_of(middle(exemplar)), zoom)
    steeper, sharpness = features(light)
    told = np.array([1.0, steeper, sharpness])
    if aslant:
        return min(float(np.log(STRONGEST_ASLANT)), max(0.0, float(TELLS_ASLANT @ told)))
    seems = max(SCATTER, min(float(TELLS @ told), steeper + CLEAREST, _bent(light)))
    return min(float(np.log(STRONGEST)), seems * (1 - (SCATTER / seems) ** FIRM))


def _bent(light: Floats) -> float:
    """What the finest octave lacks by how the spectrum bends down: blur does that, and a rough or
    a smooth material does not. By itself it takes a hedge for blurred; the least told is believed.
    """
    height, width = light.shape
    window = floats(np.outer(np.hanning(height), np.hanning(width)))
    power = np.abs(np.fft.rfft2((light - light.mean()) * window)) ** 2
    waves = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
    edges = np.linspace(*BAND, BINS + 1)
    places = np.digitize(waves.ravel(), edges)
    counts = np.bincount(places, minlength=BINS + 2)[1:-1]
    sums = np.bincount(places, power.ravel(), BINS + 2)[1:-1]
    middle = (edges[1:] + edges[:-1]) / 2
    strength = 0.5 * np.log((sums + FAINTEST) / np.maximum(counts, 1))
    straight = strength + SLOPE * np.log(middle)
    return float(-np.polyfit((2 * middle) ** FALL, straight, 1)[0] / AT_FINEST)


def sharpened(
    exemplar: Floats,
    zoom: float,
    lack: float,
    fading: Fading | None = None,
    clean: tuple[slice, slice] = WHOLE,
) -> Floats:
    """The same with what it lacks: `lack` in the finest octave, and less in each coarser one.

    fading: how much more or less its places lack, as was read from its `clean` part.
    Lightness only: blur of colors is hardly seen, and their noise is. 0.06 s a megapixel, and three
    times as much where places differ.
    """
    if lack == 0 and fading is None:
        return exemplar
    light = light_of(exemplar)
    gains = _gains(zoom, lack, fading)
    raised = floats(np.zeros_like(light))
    near = fading.near(light.shape, clean) if fading else raised
    for step, filtered in enumerate(_filtered(light, gains)):
        raised += _share(near, step, len(gains)) * filtered
    return floats(np.clip(exemplar + (raised - light)[..., None], 0, 255))


def _gains(zoom: float, lack: float, fading: Fading | None) -> Floats:
    """(steps, `GRADES`): what waves are raised by, as a factor, up to the finest across corners."""
    waves = np.linspace(0, np.sqrt(0.5), GRADES)
    gain = AT_FINEST * lack * np.minimum(2 * max(1.0, zoom) * waves, 1) ** FALL
    gains = gain[None] if fading is None else gain + fading.at(waves)
    return floats(np.exp(np.clip(gains, 0, HIGHEST)))


def _filtered(light: Floats, gains: Floats) -> Iterator[Floats]:
    """The picture with its waves raised by each of the gains."""
    height, width = light.shape
    tall, wide = (cv2.getOptimalDFTSize(side + 2 * MARGIN) for side in light.shape)
    edges = MARGIN, tall - height - MARGIN, MARGIN, wide - width - MARGIN
    padded = cv2.copyMakeBorder(light, *edges, cv2.BORDER_REFLECT)
    spectrum = np.fft.rfft2(padded)
    down, across = floats(np.fft.fftfreq(tall)), floats(np.fft.rfftfreq(wide))
    grade = (GRADES - 1) / np.sqrt(np.float32(0.5))
    grades = np.rint(np.hypot(down[:, None], across[None]) * grade).astype(np.uint8)
    for gain in gains:
        whole = np.fft.irfft2(spectrum * gain[grades], padded.shape)
        yield floats(whole[MARGIN : MARGIN + height, MARGIN : MARGIN + width])


def _share(near: Floats, step: int, steps: int) -> Floats | float:
    """How much of one step's picture is seen at each place: they are mixed from one to the next."""
    if steps == 1:
        return 1.0
    return floats(np.maximum(0, 1 - np.abs((near + 1) * np.float32((steps - 1) / 2) - step)))


def light_of(picture: Floats) -> Floats:
    """(H, W) lightness, 0..255."""
    return floats(cv2.transform(picture, LUMA))


def _as_photographed(light: Floats, zoom: float) -> Floats:
    """At the photo's own scale, where it was enlarged."""
    if zoom <= 1:
        return light
    size = max(8, round(light.shape[1] / zoom)), max(8, round(light.shape[0] / zoom))
    return floats(cv2.resize(light, size, interpolation=cv2.INTER_CUBIC))
