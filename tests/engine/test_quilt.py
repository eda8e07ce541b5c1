"""A quilt fills any tile from a small exemplar, meets itself, and does not repeat one piece."""

import numpy as np
import pytest

from tests.engine.pictures import brick_wall, floor, grass, old_wall, pebbles
from tilewright.engine.arrays import Floats, Indices, Pixels, floats, pixels
from tilewright.engine.synthesis.keep import Layout
from tilewright.engine.synthesis.quilt import quilt
from tilewright.engine.synthesis.stock import Stock, whole_stock
from tilewright.score import score_tile


def quilted(picture: Pixels, size: tuple[int, int], seed: int = 5) -> Layout:
    return quilt(whole_stock(floats(picture)), size, seed, lambda fraction: None)


def tile(layout: Layout) -> Floats:
    return layout.exemplar[layout.rows, layout.columns]


@pytest.mark.parametrize("source", [(200, 150), (40, 300), (24, 24), (700, 90)])
def test_any_exemplar_fills_any_tile(source: tuple[int, int]) -> None:
    layout = quilted(grass(*source), (416, 320))

    assert layout.rows.shape == layout.columns.shape == (320, 416)
    assert 0 <= layout.rows.min() <= layout.rows.max() < source[1]
    assert 0 <= layout.columns.min() <= layout.columns.max() < source[0]


def test_bricks_stay_on_their_courses_across_cuts_and_the_wrap() -> None:
    """The cell is whole courses high and whole bricks wide, as the lattice makes it."""
    layouts = [quilted(brick_wall(320, 240), (512, 384), seed) for seed in (5, 6, 7, 8)]

    # a course is 24 texels high: every piece is moved up or down by the same part of one
    moved = [(layout.rows - np.arange(384)[:, None]) % 24 for layout in layouts]
    assert np.mean([np.bincount(one.ravel()).max() / one.size for one in moved]) > 0.95
    assert all(score_tile(pixels(tile(layout))).seam > 0.9 for layout in layouts)


def test_bricks_keep_their_bond() -> None:
    """Any half brick fits to any other; here whole ones meet, each course half a brick on."""
    layouts = [quilted(brick_wall(320, 240), (512, 384), seed) for seed in range(5, 13)]
    down, across = np.indices((384, 512))
    shares = []
    for layout in layouts:
        courses = np.rint((layout.rows - down) / 24).astype(np.intp)
        shares.append(together(layout.columns - across - 32 * courses, 64, near=4))

    assert np.mean(shares) > 0.96


def test_bricks_of_an_old_wall_stay_on_their_courses() -> None:
    """Half a course up or down a piece fits as well; courses are 64 texels high."""
    layouts = [quilted(old_wall(512), (960, 960), seed) for seed in (5, 6, 7, 8)]
    moved = [layout.rows - np.arange(960)[:, None] for layout in layouts]

    assert np.mean([together(one, 64, near=8) for one in moved]) > 0.95


def test_slabs_keep_to_their_grid_though_every_joint_fits_to_every_other() -> None:
    """Of pieces laid by their joins alone half lie two texels or more off a grid of 40."""
    layouts = [quilted(floor(320), (480, 480), seed) for seed in (5, 6, 7, 8)]
    down, across = np.indices((480, 480))
    moved = [one for each in layouts for one in (each.rows - down, each.columns - across)]

    assert np.mean([together(one, 40, near=2) for one in moved]) > 0.9


def together(moved: Indices, period: int, near: int) -> float:
    """The largest share of texels moved by the same part of a period, but for `near` texels."""
    counts = np.bincount(moved.ravel() % period, minlength=period)
    around = np.sum([np.roll(counts, by) for by in range(-near, near + 1)], axis=0)
    return float(around.max() / moved.size)


def test_a_tile_is_no_repeat_of_its_exemplar() -> None:
    tile_score = score_tile(pixels(tile(quilted(grass(160, 160), (512, 512)))))
    repeat_score = score_tile(np.tile(grass(128, 128), (4, 4, 1)))

    assert tile_score.repetition > 0.65 > 3 * repeat_score.repetition


def shown_again(layout: Layout, reach: int) -> float:
    """Share of texels whose spot of the photo lies once more within `reach` of them."""
    spots = (layout.rows // 4 * layout.exemplar.shape[1] + layout.columns // 4)[::4, ::4]
    steps = np.arange(-(reach // 4), reach // 4 + 1)
    again = np.zeros(spots.shape, np.bool_)
    for down, across in np.stack(np.meshgrid(steps, steps), -1).reshape(-1, 2):
        if 2 < np.hypot(down, across) <= reach / 4:
            again |= spots == np.roll(spots, (down, across), (0, 1))
    return float(again.mean())


@pytest.mark.parametrize("picture", [pebbles(200, 150), grass(200, 150)], ids=["pebbles", "grass"])
def test_what_lies_beside_a_piece_is_something_else(picture: Pixels) -> None:
    """Each spot is shown nine times; laid as it fits best, four in ten lie beside another."""
    layouts = [quilted(picture, (512, 512), seed) for seed in (5, 6, 7, 8)]

    assert np.mean([shown_again(layout, 70) for layout in layouts]) < 0.33


@pytest.mark.parametrize("picture", [pebbles(200, 150), grass(200, 150)], ids=["pebbles", "grass"])
def test_nothing_much_is_shown_again_at_one_distance(picture: Pixels) -> None:
    """Several copies as far apart are a pattern; of grass it was 8 % of the tile."""
    layouts = [quilted(picture, (512, 512), seed) for seed in (5, 6, 7, 8)]

    assert np.mean([most_at_one_distance(layout) for layout in layouts]) < 0.05


def most_at_one_distance(layout: Layout) -> float:
    """The largest share of texels whose spot of the photo lies once more equally far from each."""
    spots = (layout.rows // 4 * layout.exemplar.shape[1] + layout.columns // 4)[::4, ::4]
    height, width = spots.shape
    shares = [
        (spots == np.roll(spots, (down, across), (0, 1))).mean()
        for down in range(height // 2 + 1)
        for across in range(width)
        if min(down, height - down) + min(across, width - across) > 4
    ]
    return float(max(shares))


def test_what_catches_the_eye_is_shown_less_often_than_its_share() -> None:
    """A red leaf on calm ground; each spot of the exemplar is shown four times on average."""
    ground = grass(256, 256)
    ground[60:76, 180:196] = (200, 30, 20)
    layout = quilted(ground, (512, 512))
    shown = np.zeros((256, 256))
    np.add.at(shown, (layout.rows, layout.columns), 1)

    assert shown[60:76, 180:196].mean() < 0.5 * shown.mean()


def test_a_hole_is_never_shown_and_all_around_it_is_used() -> None:
    kept = np.ones((300, 400), np.bool_)
    kept[120:160, 180:220] = False
    kept[:, 330:] = False
    stock = Stock(floats(grass(400, 300)), kept, (slice(0, 100), slice(0, 150)))
    layout = quilt(stock, (512, 512), 5, lambda fraction: None)

    assert kept[layout.rows, layout.columns].all()
    assert layout.rows.max() > 290
    assert layout.columns.max() > 300


def test_the_seed_chooses_the_pieces() -> None:
    one, again, other = (quilted(grass(160, 160), (256, 256), seed) for seed in (5, 5, 6))

    assert np.array_equal(one.rows, again.rows)
    assert (one.rows != other.rows).mean() > 0.5


def test_the_tick_can_stop_it_at_every_piece() -> None:
    shares: list[float] = []
    layout = quilt(whole_stock(floats(grass(100, 100))), (256, 256), 5, shares.append)

    assert len(shares) == 2 * layout.pieces
    assert shares == sorted(shares)
    assert max(np.diff(shares)) < 0.1
