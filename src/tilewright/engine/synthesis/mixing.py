"""What the words say of other materials: which they are, how one is mixed in, where one gathers."""

import re
from enum import StrEnum
from typing import NamedTuple

from tilewright.engine.synthesis.words import understand


class Manner(StrEnum):
    """How two materials share a tile."""

    PATCHES = "patches"
    HALVES = "halves"
    EDGES = "edges"


class Place(StrEnum):
    """Where a material gathers on another."""

    LOW = "low places"
    HIGH = "high places"
    SPOTS = "spots and edges"


_MANNERS = {
    Manner.HALVES: "half halves side split",
    Manner.EDGES: "edge edges border borders rim rims joint joints crack cracks worn",
    Manner.PATCHES: "patch patches patchy spots",
}

_PLACES = {
    Place.LOW: "joint joints crack cracks gap gaps between low hollow hollows dark",
    Place.HIGH: "top tops raised high bright",
    Place.SPOTS: "spot spots stain stains stained edge edges patch patches",
}

_MATERIALS = {
    Place.LOW: "moss mossy lichen dirt dirty soil mud grime dust leaves grass weeds water "
    "puddle puddles sand algae",
    Place.HIGH: "snow snowy ice icy frost frosty",
    Place.SPOTS: "rust rusty rusted corrosion paint graffiti oil",
}

SHARES: dict[Manner | Place, float] = {
    Manner.PATCHES: 0.35,
    Manner.HALVES: 0.5,
    Manner.EDGES: 0.3,
    Place.LOW: 0.18,
    Place.HIGH: 0.3,
    Place.SPOTS: 0.25,
}
"""Share of the tile that shows the other material where no word says how much; of the third one
in low places, share of what the first shows."""

LITTLE, MUCH = 0.5, 0.6
"""What is left of a usual share where the words say little, and the share where they say much."""

_LITTLE = "little few dusting lightly slight slightly thin thinly sparse hint trace faint"
_MUCH = "covered covering overgrown mostly thick thickly heavy heavily buried much"

_JOINED = re.compile(
    r"\b(?:(?<!covered )(?<!overgrown )(?<!buried )with|and|blend(?:ed)?|mix(?:ed)?|cover(?! of)"
    r"|layer(?:ed)?(?! of)|overlaid|under|half|(?:worn|fading|turning)\b[^,.]*?\b(?:in)?to)\b"
    r"|(?=\b(?:covered|overgrown|buried)\b)"
)
"""What stands between two materials; some of it says how much, and stays with the one behind."""

_LIES_ON = re.compile(r"(?<=\w )(?:over|on|onto|across)\b")
"""What comes behind is no longer the material, but what carries it."""

_ORDERED = re.compile(r"^\W*(?:half|blend|mix|cover|layer)\b")
"""How a prompt may begin that names the first material after it."""


class Spoken(NamedTuple):
    """What a prompt says of each photo; nothing where it says nothing."""

    base: str
    blend: str
    layer: str


def spoken(prompt: str, *, blend: bool, layer: bool) -> Spoken:
    """Which words are about which photo, where there is one to blend in, to lay over, or both.

    The first photo is spoken of before `with`, `and` and their like, or a comma where there is none
    of these. Of what comes behind, moss,
    snow and whatever else gathers is laid over, the rest blended in, if photos are there for both.
    """
    if not (blend or layer):
        return Spoken(prompt, "", "")
    base, *parts = _JOINED.split(_ORDERED.sub("", prompt.lower()))
    named = [part for part in parts if _names(part)]
    if not named and (below := _below(base)):
        named, base = [base], below
    if not named:
        base, named = _listed(base)
    over = [part for part in named if _gathers(part)]
    if not blend:
        return Spoken(base, "", (over or named or [""])[-1])
    if not layer:
        return Spoken(base, (named or [""])[0], "")
    top = (over or named[1:] or [""])[-1]
    return Spoken(base, next((part for part in named if part != top), ""), top)


def of_the_material(part: str) -> str:
    """What is to be sought in a photo, without what says where in the tile it goes."""
    said = (*_MANNERS.values(), *_PLACES.values(), _LITTLE, _MUCH)
    other = {word for names in said for word in names.split()}
    material = _LIES_ON.split(part)[0]
    return " ".join(word for word in re.findall(r"[a-z]+", material) if word not in other)


def _names(part: str) -> bool:
    return bool(understand(of_the_material(part)).named)


def _below(base: str) -> str:
    """Stone, of "moss over the stone"; nothing where no such thing is said."""
    above, *below = _LIES_ON.split(base)
    return below[-1] if below and _gathers(above) and _names(below[-1]) else ""


def _listed(base: str) -> tuple[str, list[str]]:
    """What is left, and the materials between commas, as of "setts, leaves scattered on them"."""
    first, *parts = base.split(",")
    named = [part for part in parts if understand(of_the_material(part)).kinds]
    return ",".join([first, *(part for part in parts if part not in named)]), named


def _gathers(part: str) -> bool:
    known = {word for names in _MATERIALS.values() for word in names.split()}
    return not known.isdisjoint(re.findall(r"[a-z]+", part))


def share_of(part: str, way: Manner | Place) -> float:
    """How much of the tile shows a material that is mixed in this way, as its own words say."""
    named = set(re.findall(r"[a-z]+", part.lower()))
    if way is Manner.HALVES:
        return SHARES[way]
    if named & set(_MUCH.split()):
        return MUCH
    return SHARES[way] * (LITTLE if named & set(_LITTLE.split()) else 1)


def manner_of(prompt: str) -> Manner:
    """How the second material is mixed in: in patches unless a word says otherwise."""
    named = set(re.findall(r"[a-z]+", prompt.lower()))
    found = (manner for manner, names in _MANNERS.items() if named & set(names.split()))
    return next(found, Manner.PATCHES)


def place_of(prompt: str) -> Place:
    """Where the third material gathers: where the prompt says, else where the last one named does.

    Moss, dirt and water lie low, in joints; snow lies on top; rust comes in spots and at edges.
    """
    named = re.findall(r"[a-z]+", prompt.lower())
    for places in (_PLACES, _MATERIALS):
        known = {word: place for place, names in places.items() for word in names.split()}
        found = [known[word] for word in named if word in known]
        if found:
            return found[-1]
    return Place.LOW
