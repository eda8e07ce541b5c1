"""What the measurements of a tile mean, in plain sentences, worst first."""

from tilewright.score.fidelity import Likeness
from tilewright.score.repetition import COPY_FROM, Repetition
from tilewright.score.seam import Fault, Wrap
from tilewright.score.structure import Structure

GOOD = 0.85
"""From here on a mark is not worth a complaint: 16 of 20 true tiles keep it in all."""

SURE = 0.95
"""From here on what comes again is not seen, as a rule: below, of tiles with a better mark than
`GOOD`, one bright spot six times in a tile was."""

POOR = 0.5
"""Below this a fault is plain to see, not slight."""

WRAPS = ("from right to left", "from bottom to top")


def describe(
    wraps: tuple[Wrap, Wrap],
    repetition: Repetition,
    sharpness: float,
    likeness: Likeness | None,
    structure: Structure | None,
    *,
    plain: bool,
) -> list[str]:
    """One sentence for each fault, the worst first; if there is none, one that says so.

    plain: whether nothing is to be seen on the tile, whatever its marks are.
    """
    marked = [
        (wrap.figures.score, _wrap_words(wrap, way)) for wrap, way in zip(wraps, WRAPS, strict=True)
    ]
    marked.append((repetition.score, _repetition_words(repetition)))
    marked.append((sharpness, _sharpness_words(sharpness)))
    if likeness is not None:
        marked.append((likeness.score, _likeness_words(likeness)))
    if structure is not None:
        marked.append((structure.score, _structure_words(structure)))
    faults = sorted((one for one in marked if one[0] < GOOD), key=lambda one: one[0])
    if plain:
        return [
            *(words for _, words in faults),
            "It is of one color: no texture is to be seen on it.",
        ]
    return [words for _, words in faults] or [_praise(repetition, likeness)]


def _praise(repetition: Repetition, likeness: Likeness | None) -> str:
    spots = "nothing repeats" if repetition.score >= SURE else "a few spots come again"
    if likeness is None:
        return f"Neither wrap can be told from the inside, and {spots}."
    return f"Neither wrap can be told from the inside, {spots}, and it looks like its source."


def _wrap_words(wrap: Wrap, way: str) -> str:
    figures = wrap.figures
    shows = "shows" if figures.score < POOR else "shows a little"
    match wrap.fault:
        case Fault.STEP:
            times = figures.wrap_step / max(figures.inner_step, 0.1)
            if times < 1.2:
                return f"The wrap {way} {shows}: its sides differ more than those of inner lines."
            return f"The wrap {way} {shows}: its step is {times:.1f} times the steps inside."
        case Fault.STRETCH:
            return f"The wrap {way} {shows} along a part of its length."
        case Fault.SMOOTH:
            return f"The wrap {way} {shows}: it is smoother than any line inside."
        case Fault.FADED:
            return f"The wrap {way} {shows}: detail fades in a band beside it."
        case Fault.MIRRORED:
            return f"The wrap {way} {shows}: its two sides mirror each other."


def _repetition_words(found: Repetition) -> str:
    if found.mirrored > max(COPY_FROM, found.copied, found.pieces / 2):
        return f"The tile holds its own mirror image ({found.mirrored:.0%} of it)."
    if found.copied > max(COPY_FROM, found.pieces / 2):
        right, down = (f"{min(part, 1 - part):.0%}" for part in found.shift)
        return (
            f"The tile repeats itself: {found.copied:.0%} of it comes again, "
            f"shifted by {right} of its width and {down} of its height."
        )
    if found.striking.again > found.pieces:
        return f"The same spot that catches the eye is seen {found.striking.most} times."
    return f"Pieces of the tile come again elsewhere ({found.pieces:.0%} of it)."


def _sharpness_words(sharpness: float) -> str:
    soft = "soft" if sharpness < POOR else "a little soft"
    return f"The tile is {soft}, as what is out of focus or was enlarged."


def _likeness_words(found: Likeness) -> str:
    marks = {
        "its colors": found.color,
        "its small shapes": found.patches,
        "the strength of its detail": found.detail,
        "the direction of its lines": found.direction,
    }
    worst = min(marks, key=lambda name: marks[name])
    unlike = "unlike" if found.score < POOR else "a little unlike"
    return f"The tile looks {unlike} the photo, most of all in {worst}."


def _structure_words(found: Structure) -> str:
    parts = {
        ("its lines are shorter", "its lines are longer"): found.lines,
        ("its shapes are smaller", "its shapes are larger"): found.shapes,
    }
    (less, more), by = max(parts.items(), key=lambda one: abs(one[1]))
    otherwise = "otherwise" if found.score < POOR else "a little otherwise"
    return (
        f"Inside, the tile is put together {otherwise} than the surface: "
        f"{more if by > 0 else less}, as where pieces do not fit."
    )
