"""A cut is the cheapest line there is."""

import itertools
from collections.abc import Sequence

import numpy as np
import pytest

from tilewright.engine.arrays import Floats, Indices
from tilewright.engine.synthesis.cut import cheapest_cut, cheapest_cuts, closed_cut


def price(cost: Floats, line: Sequence[int] | Indices) -> float:
    """What a line costs: each place it visits, and what it runs over from row to row."""
    total = float(cost[0, line[0]])
    for row in range(1, len(cost)):
        low, high = sorted((int(line[row - 1]), int(line[row])))
        total += float(cost[row, line[row]] + cost[row, low + 1 : high + 1].sum())
    return total


@pytest.mark.parametrize("seed", range(5))
def test_no_other_line_is_cheaper_than_the_cut(seed: int) -> None:
    cost = np.random.default_rng(seed).random((4, 5)).astype(np.float32)
    cheapest = min(price(cost, line) for line in itertools.product(range(5), repeat=4))
    assert price(cost, cheapest_cut(cost)) == pytest.approx(cheapest)


def test_a_cut_follows_a_joint_however_crooked() -> None:
    cost = np.full((30, 40), 100, np.float32)
    cost[:10, 5] = cost[10, 5:30] = cost[10:, 29] = 0
    line = cheapest_cut(cost)
    assert (line[:10] == 5).all()
    assert (line[11:] == 29).all()


def test_several_cuts_at_once_are_those_of_each() -> None:
    costs = np.random.default_rng(5).random((4, 30, 20)).astype(np.float32)
    assert np.array_equal(cheapest_cuts(costs), [cheapest_cut(cost) for cost in costs])


@pytest.mark.parametrize("seed", range(5))
def test_a_closed_cut_costs_hardly_more_than_an_open_one(seed: int) -> None:
    cost = np.random.default_rng(seed).random((60, 20)).astype(np.float32)
    line = closed_cut(cost)
    closed = price(np.vstack([cost, cost[:1]]), [*line, line[0]])
    assert closed < price(cost, cheapest_cut(cost)) + cost[0].sum()


def test_a_closed_cut_ends_where_it_began() -> None:
    cost = np.full((50, 40), 100, np.float32)
    cost[:, 5] = cost[:25, 30] = 0
    assert (closed_cut(cost) == 5).all()
