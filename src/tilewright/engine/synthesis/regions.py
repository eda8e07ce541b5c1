"""A photo's patches as a tree of regions: neighbors joined pair by pair, the most alike first."""

import heapq
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tilewright.engine.arrays import Mask
from tilewright.engine.synthesis.patches import Doubles, Patches

SMALLEST_SHARE = 0.006
"""Regions below this share of the photo are no candidates: at 1024x768 it is 69x69 pixels."""

FEWEST_PIXELS = 64 * 64
"""Of the photo; what shows less is no surface to make a tile of, except in tiny photos."""

MOST_OF_SHOWN = 0.5
"""Of what is shown: half of it is always enough."""

LIGHT_WEIGHT = 0.8
"""How much lightness counts against chroma there: shadows must not split a surface."""

SIZE_POWER = 0.35
"""How much the unlikeness of two large regions counts for more than that of two small ones."""

EDGE_POWER, FAINT_EDGE = 1.25, 0.3
"""How much an edge along the common border keeps regions apart, and what none at all still counts
(in medians of the photo). Pure regions covered .57 of a public surface on average without edges
and at 320 pixels, .62 at 448 pixels, .63 with power 1, .64 with 1.5."""

FAINTEST = 0.01
"""Delta E. In a photo of one color alone the median step is 0."""

PLACES = 6
"""Places along the photo's long side that are compared with each other. Of 6, 9 and 14 it left the
largest pure regions."""

Border = tuple[float, float]
"""Sum of the steps along the border of two regions, and its length in pixels."""


class Region(NamedTuple):
    """A node of the tree. inside: (n,) bool, its patches. mean, spread: (7,) of the features.
    share: of the photo. born, died: the unlikeness at which it came together and was merged away.
    """

    inside: NDArray[np.bool_]
    mean: Doubles
    spread: Doubles
    share: float
    born: float
    died: float


def regions_of(
    patches: Patches, photo_pixels: int, shown: NDArray[np.bool_] | None = None
) -> list[Region]:
    """Every region that is large enough to be a surface. About 0.4 s.

    shown: (n,) which patches there are, where parts of the photo are transparent; all shares are
    of those then.
    """
    tree = _Tree(patches)
    tree.grow()
    there = np.ones(len(patches.sizes), np.bool_) if shown is None else shown
    whole = float(patches.sizes[there].sum())
    share = min(0.5, max(SMALLEST_SHARE, FEWEST_PIXELS / photo_pixels))
    smallest = min(share * patches.labels.size, MOST_OF_SHOWN * whole)
    nodes = [node for node in tree.died if tree.sizes[node] >= smallest]
    regions = (_region(tree, node, patches, there) for node in nodes)
    return [region for region in regions if region.share * whole >= smallest]


def mask_of(region: Region, patches: Patches) -> Mask:
    """(h, w) bool: the region in the small picture."""
    return region.inside[patches.labels]


def order_of(region: Region, patches: Patches) -> float:
    """How far the edges agree, place by place: 0 where they have all directions, 1 where all are
    along one, or along two at right angles.
    """
    cells = places_of(patches)[region.inside]
    strength, real, imaginary = (
        np.bincount(cells, edges) for edges in patches.edges[region.inside].T
    )
    return float(np.hypot(real, imaginary).sum() / max(strength.sum(), FAINTEST))


def places_of(patches: Patches) -> NDArray[np.int64]:
    """(n,): in which of the photo's places each patch lies."""
    height, width = patches.labels.shape
    place = PLACES / max(height, width)
    rows, columns = patches.y * height * place, patches.x * width * place
    return np.asarray(rows.astype(np.int64) * PLACES + columns.astype(np.int64))


def _region(tree: "_Tree", node: int, patches: Patches, there: NDArray[np.bool_]) -> Region:
    inside = np.zeros(len(patches.sizes), bool)
    inside[tree.members[node]] = True
    inside &= there
    size = float(patches.sizes[inside].sum())
    weight = patches.sizes[inside] / max(size, 1.0)
    mean = weight @ patches.means[inside]
    square = weight @ patches.squares[inside]
    return Region(
        inside,
        mean,
        np.sqrt(np.maximum(square - mean**2, 0)),
        size / float(patches.sizes[there].sum()),
        tree.born[node],
        tree.died[node],
    )


class _Tree:
    """Grows from the patches to the whole photo, remembering every region on the way."""

    def __init__(self, patches: Patches) -> None:
        count = len(patches.sizes)
        weight = np.ones(patches.means.shape[1])
        weight[0] = LIGHT_WEIGHT
        self.members = {i: [i] for i in range(count)}
        self.sizes = {i: float(patches.sizes[i]) for i in range(count)}
        self.means = {i: patches.means[i] * weight for i in range(count)}
        self.born = dict.fromkeys(range(count), 0.0)
        self.died: dict[int, float] = {}
        self.near = _borders(patches.labels, patches.features * weight.astype(np.float32))
        self._unit = float(np.mean(patches.sizes))
        steps = [total / length for near in self.near.values() for total, length in near.values()]
        self._step = max(FAINTEST, float(np.median(steps or [0.0])))

    def grow(self) -> None:
        """Join the two most alike neighbors until one region is left."""
        pairs = ((a, b) for a, near in self.near.items() for b in near if a < b)
        heap = [(self._unlike(a, b), a, b) for a, b in pairs]
        heapq.heapify(heap)
        height = 0.0
        while heap:
            cost, a, b = heapq.heappop(heap)
            if a not in self.near or b not in self.near:
                continue
            height = max(height, cost)
            self.died[a] = self.died[b] = height
            new = self._join(a, b, height)
            for neighbor in self.near[new]:
                heapq.heappush(heap, (self._unlike(neighbor, new), neighbor, new))
        for node in self.near:
            self.died[node] = height * 1.3

    def _join(self, a: int, b: int, height: float) -> int:
        new = len(self.members)
        size = self.sizes[a] + self.sizes[b]
        self.means[new] = (self.means[a] * self.sizes[a] + self.means[b] * self.sizes[b]) / size
        self.members[new] = self.members[a] + self.members[b]
        self.sizes[new], self.born[new] = size, height
        borders: dict[int, Border] = {}
        for old, other in ((a, b), (b, a)):
            for neighbor, border in self.near.pop(old).items():
                if neighbor != other:
                    known = borders.get(neighbor, (0.0, 0.0))
                    borders[neighbor] = known[0] + border[0], known[1] + border[1]
        for neighbor, border in borders.items():
            self.near[neighbor].pop(a, None)
            self.near[neighbor].pop(b, None)
            self.near[neighbor][new] = border
        self.near[new] = borders
        return new

    def _unlike(self, a: int, b: int) -> float:
        apart = self.means[a] - self.means[b]
        total, length = self.near[a][b]
        edge = (total / length / self._step + FAINT_EDGE) ** EDGE_POWER
        large = 2 * self.sizes[a] * self.sizes[b] / (self.sizes[a] + self.sizes[b]) / self._unit
        return float((apart @ apart) ** 0.5 * large ** (SIZE_POWER / 2) * edge)


def _borders(
    labels: NDArray[np.int32], features: NDArray[np.float32]
) -> dict[int, dict[int, Border]]:
    """For each patch its neighbors, with the steps across the common border."""
    count = int(labels.max()) + 1
    keys, steps = [], []
    for axis in (0, 1):
        one, other = (labels[1:], labels[:-1]) if axis == 0 else (labels[:, 1:], labels[:, :-1])
        edge = one != other
        step = np.sqrt((np.diff(features, axis=axis)[edge] ** 2).sum(axis=1, dtype=np.float64))
        low, high = np.minimum(one[edge], other[edge]), np.maximum(one[edge], other[edge])
        keys.append(low.astype(np.int64) * count + high)
        steps.append(step)
    pairs, index = np.unique(np.concatenate(keys), return_inverse=True)
    totals = np.bincount(index, np.concatenate(steps))
    lengths = np.bincount(index).astype(np.float64)
    near: dict[int, dict[int, Border]] = {i: {} for i in range(count)}
    for pair, total, length in zip(pairs.tolist(), totals.tolist(), lengths.tolist(), strict=True):
        a, b = divmod(pair, count)
        near[a][b] = near[b][a] = (total, length)
    return near
