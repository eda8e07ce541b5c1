"""A picture times a window of it, summed, for all places of the window at once."""

import cv2
import numpy as np

from tilewright.engine.arrays import Floats, floats


class Correlation:
    """Of one picture, (H, W, n) float32, with windows, by Fourier transforms."""

    def __init__(self, picture: Floats) -> None:
        self._size = picture.shape[:2]
        self._padded = tuple(cv2.getOptimalDFTSize(side) for side in self._size)
        self._spectra = self._transformed(picture)

    def sums(self, window: Floats) -> Floats:
        """(H - h + 1, W - w + 1) for a window of (h, w, n), over all its channels."""
        total: Floats = np.zeros(self._padded, np.float32)
        for ours, theirs in zip(self._spectra, self._transformed(window), strict=True):
            total += floats(cv2.mulSpectrums(ours, theirs, 0, conjB=True))
        sums = cv2.idft(total, flags=cv2.DFT_SCALE)
        places = (whole - part + 1 for whole, part in zip(self._size, window.shape, strict=False))
        return floats(sums[tuple(map(slice, places))])

    def _transformed(self, picture: Floats) -> list[Floats]:
        """In OpenCV's packed form; what is around the picture is 0."""
        height, width = picture.shape[:2]
        spectra = []
        for channel in cv2.split(picture):
            padded: Floats = np.zeros(self._padded, np.float32)
            padded[:height, :width] = channel
            spectra.append(floats(cv2.dft(padded, nonzeroRows=height)))
        return spectra
