"""Other ways of rolling the latents than the engine's, and where the grid's border came to lie."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor

from tilewright.engine.qwen import paint
from tilewright.engine.qwen.torus import Rolls

Place = tuple[int, int]


class Watched(Rolls):
    """The engine's own, keeping account. places: the grid's border in the picture, in tokens down
    and across, at each step.
    """

    def __init__(self, axes: str, grid: tuple[int, int], seed: int) -> None:
        super().__init__(axes, grid, seed)
        self.places: list[Place] = [(0, 0)]

    def on(self, latents: Tensor) -> Tensor:
        if self.turn(len(self.places)):
            latents = self.rolled(latents)
        down, across = self._shift
        self.places.append((-down % self._grid[0], -across % self._grid[1]))
        return latents

    def turn(self, step: int) -> bool:
        """Whether to roll before this step."""
        return True

    def rolled(self, latents: Tensor) -> Tensor:
        return super().on(latents)


class Still(Watched):
    """None at all."""

    def turn(self, step: int) -> bool:
        return False


class Second(Watched):
    """Before every second step."""

    def turn(self, step: int) -> bool:
        return step % 2 == 0


class Early(Watched):
    """In the first half of 40 steps only."""

    def turn(self, step: int) -> bool:
        return step <= 20


class Late(Watched):
    """In the last half of 40 steps only."""

    def turn(self, step: int) -> bool:
        return step > 20


class Halves(Watched):
    """By half of the grid each time, and not at random."""

    def rolled(self, latents: Tensor) -> Tensor:
        half = self._grid[0] // 2 * self._free[0], self._grid[1] // 2 * self._free[1]
        self._shift = self._shift[0] + half[0], self._shift[1] + half[1]
        return self._rolled(latents, half)


@contextmanager
def rolling(kind: type[Watched]) -> Iterator[list[Watched]]:
    """Let `paint` roll in that way meanwhile; the list holds what it used."""
    used: list[Watched] = []

    def make(axes: str, grid: tuple[int, int], seed: int) -> Watched:
        used.append(kind(axes, grid, seed))
        return used[-1]

    module: Any = paint
    own, module.Rolls = module.Rolls, make
    try:
        yield used
    finally:
        module.Rolls = own
