"""The surface as the report tells it: outlines in fractions of the photo, and what to know."""

import cv2
import numpy as np

from tilewright.contract import NEARLY, UNSURE, Alternative, Surface
from tilewright.engine.arrays import Mask
from tilewright.engine.synthesis.likeness import EVEN
from tilewright.engine.synthesis.spelling import meant
from tilewright.engine.synthesis.surface import Found
from tilewright.engine.synthesis.words import Wish


def told(found: Found, wish: Wish, *, drawn: bool) -> Surface:
    """What the report says of a surface that was found, or drawn."""
    return Surface(
        **_part(found.mask, found.confidence).model_dump(),
        drawn=drawn,
        alternatives=[_part(mask, confidence) for mask, confidence in found.rivals],
        matched=list(wish.matched),
        unknown=list(wish.unknown),
    )


def choice_notes(found: Found, wish: Wish) -> list[str]:
    """What is to be known where the words hardly decided, or name what is not seen."""
    return _with_spelling(_choice_note(found, wish), wish)


def aside_notes(found: Found, wish: Wish) -> list[str]:
    """The same of a second or a third photo, of which no region can be drawn."""
    return _with_spelling(_aside_note(found, wish), wish)


def _choice_note(found: Found, wish: Wish) -> str:
    if not wish.matched:
        return (
            "No word of the prompt names a material, an object, a color or a place that this "
            "engine knows: the photo's main surface was taken."
        )
    reason = _doubt(found, wish)
    if not reason:
        return ""
    others = len(found.rivals)
    reported = f"; {others} {'other is' if others == 1 else 'others are'} reported" * (others > 0)
    strange = f"; not known here: {', '.join(wish.unknown)}" * bool(wish.unknown)
    return f"{reason}: look at it, and draw the region if it is the wrong one{reported}{strange}."


def _aside_note(found: Found, wish: Wish) -> str:
    if not wish.matched:
        return ""
    if found.likeness.chance < EVEN:
        return f"Nothing that looks {_like(wish)} was found: its main surface was taken."
    reason = _doubt(found, wish)
    return f"{reason}: cut that photo to the part that is meant." if reason else ""


def _with_spelling(note: str, wish: Wish) -> list[str]:
    """A note if there is one, and what may be misspelt: not asked where a material was heard."""
    asked = note or not wish.kinds
    guesses = " and ".join(f"{word} by {said!r}" for said, word in meant(wish).items() if asked)
    question = f"Was {guesses} meant? Write it so, and it counts." if guesses else ""
    return [text for text in (note, question) if text]


def _like(wish: Wish) -> str:
    return f"{'like ' * bool(wish.kinds)}{wish.named}"


def _doubt(found: Found, wish: Wish) -> str:
    """Why the surface may be the wrong one; nothing where that is not likely."""
    like = found.likeness
    if like.chance < EVEN:
        instead = " or ".join(like.others)
        if like.fits and instead:
            return f"What was taken may be {wish.named}, or just as well {instead}, by its looks"
        but = f"; what was taken looks more like {instead}" * bool(instead)
        return f"Nothing that looks {_like(wish)} was found in the photo{but}"
    if found.confidence < UNSURE:
        return f"The surface was chosen with little certainty ({found.confidence:.2f})"
    first, second = found.confidence, max((sure for _, sure in found.rivals), default=0.0)
    if second >= NEARLY * first:
        return f"Another surface fits the words nearly as well ({second:.2f} to {first:.2f})"
    return ""


def _part(mask: Mask, confidence: float) -> Alternative:
    return Alternative(
        outline=_outline(mask),
        share=round(float(mask.mean()), 4),
        confidence=round(confidence, 3),
    )


def _outline(mask: Mask) -> list[tuple[float, float]]:
    """The largest contour, simplified to 0.4 % of the photo's long side, in fractions."""
    height, width = mask.shape
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    largest = max(contours, key=cv2.contourArea)
    corners = cv2.approxPolyDP(largest, 0.004 * max(width, height), True)[:, 0, :]
    return [(round(float(x) / width, 4), round(float(y) / height, 4)) for x, y in corners]
