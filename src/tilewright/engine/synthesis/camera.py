"""How a plane is seen: its slant and tilt, and the matrix that faces it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tilewright.engine.arrays import Mask, Matrix

Vector = NDArray[np.float64]
"""(n,) numbers."""


ASKEW = float(np.radians(9))
"""How far cameras are held askew: floors recede upwards and walls stand upright, by this."""


class Camera(NamedTuple):
    """Focal length in pixels, the surface's center, and the picture's shape."""

    focal: float
    center: Vector
    shape: tuple[int, ...]

    @property
    def middle(self) -> Vector:
        """(x, y) of the picture's middle, where the lens looks."""
        return np.array([self.shape[1] / 2, self.shape[0] / 2])


class Plane(NamedTuple):
    """How a surface stands to the way it is seen. Angles in radians, focal in pixels.

    lean: (x, y), how fast it recedes at its center, in the direction in which it does: so far from
    the center, in focal lengths, its distance is 1 / (1 - lean·offset) times that of the center.
    In the middle of a photo that is the tangent of its slant; walls beside a street and floors
    under a level camera are at right angles to the picture, and lean no more than they seem to.
    turn: rotation within the plane.
    """

    lean: Vector
    turn: float
    focal: float

    @property
    def slant(self) -> float:
        """The angle at which it recedes from the way it is seen, 0 where it is seen straight on."""
        return float(np.arctan(np.hypot(*self.lean)))

    def matrix(self, camera: Camera) -> Matrix:
        """3x3: straight coordinates around the surface's center → photo pixels."""
        seen = camera._replace(focal=self.focal)
        normal = normals(self.lean, self.focal, camera)
        slant = float(np.arctan2(np.hypot(*normal[:2]), normal[2]))
        tilt = float(np.arctan2(self.lean[1], self.lean[0]))
        return facing(slant, tilt, self.turn, seen)


def flat(camera: Camera, turn: float = 0.0) -> Plane:
    """The surface as the picture shows it."""
    return Plane(np.zeros(2), turn, camera.focal)


def center_of(mask: Mask) -> Vector:
    """(x, y) medians of the pixels of a mask."""
    rows, columns = np.nonzero(mask)
    return np.array([np.median(columns), np.median(rows)], np.float64)


def facing(slant: float, tilt: float, turn: float, camera: Camera) -> Matrix:
    """3x3: straight coordinates around the region's center → photo pixels.

    slant: angle of the plane to the picture; tilt: direction in which it recedes; turn: rotation
    within the plane. One straight pixel is one photo pixel at the center.
    """
    focal, middle = camera.focal, camera.middle
    ray = np.array([*((camera.center - middle) / focal), 1.0])
    sin_s, cos_s = np.sin(slant), np.cos(slant)
    away = np.array([np.cos(tilt), np.sin(tilt)])
    aside = np.array([-away[1], away[0]])
    along = np.array([*(away * cos_s), sin_s])
    across = np.array([*aside, 0.0])
    basis_x = along * away[0] + across * aside[0]
    basis_y = along * away[1] + across * aside[1]
    cos_t, sin_t = np.cos(turn), np.sin(turn)
    axis_x = (basis_x * cos_t + basis_y * sin_t) / focal
    axis_y = (basis_y * cos_t - basis_x * sin_t) / focal
    lens = np.array([[focal, 0, middle[0]], [0, focal, middle[1]], [0, 0, 1.0]])
    return np.asarray(lens @ np.stack([axis_x, axis_y, ray], axis=1))


def scale_at(matrix: Matrix, point: Vector) -> float:
    """Photo pixels per straight pixel at a point (x, y, 1), the mean of both directions."""
    depth = float(matrix[2] @ point)
    return float(np.sqrt(abs(np.linalg.det(matrix)) / abs(depth) ** 3))


def receding(fade: Vector, camera: Camera, turn: float = 0.0) -> Plane:
    """The plane whose horizon is where 1 + fade·(point - center) is 0."""
    return Plane(-camera.focal * fade, turn, camera.focal)


def fade_at(lean: Vector, focal: float | Vector) -> Vector:
    """What `receding` takes, for leans (..., 2) seen with focal lengths (...)."""
    return np.asarray(-lean / np.asarray(focal)[..., None])


def normals(lean: Vector, focal: float | Vector, camera: Camera) -> Vector:
    """(..., 3) what stands upright on planes that lean (..., 2): right, down, towards the scene."""
    ahead = 1 + (lean @ (camera.center - camera.middle)) / focal
    return np.concatenate([-lean, np.asarray(ahead)[..., None]], axis=-1)
