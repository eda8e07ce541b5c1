"""The surface that the prompt names is the one that is taken."""

import numpy as np
import pytest

from tests.engine.pictures import brick_wall, grass
from tilewright.engine.synthesis.surface import find_surface
from tilewright.engine.synthesis.words import understand


@pytest.mark.parametrize(
    ("prompt", "top"),
    [
        ("Extract brick texture from the wall.", True),
        ("Extract grass texture from the lawn.", False),
        ("the green surface", False),
        ("the surface at the bottom", False),
    ],
)
def test_the_named_one_of_two_surfaces_is_found(prompt: str, top: bool) -> None:
    photo = np.vstack([brick_wall(640, 240), grass(640, 240)])
    mask = find_surface(photo, understand(prompt)).mask
    named = mask[:240] if top else mask[240:]
    assert named.mean() > 0.8
    assert named.sum() > 0.95 * mask.sum()


def test_a_photo_of_one_surface_is_that_surface() -> None:
    assert find_surface(grass(400, 300), understand("grass")).mask.mean() > 0.9
