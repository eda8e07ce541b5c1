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

_JOINED = re.compile(
    r"\b(?:with|and|blend(?:ed)?|mix(?:ed)?|cover(?:ed)?|layer(?:ed)?|overlaid|overgrown|under"
    r"|half)\b"
)


_ORDERED = re.compile(r"^\W*(?:half|blend|mix|cover|layer)\b")
"""How a prompt may begin that names the first material after it."""


class Spoken(NamedTuple):
    """What a prompt says of each photo; nothing where it says nothing."""

    base: str
    blend: str
    layer: str


def spoken(prompt: str, *, blend: bool, layer: bool) -> Spoken:
    """Which words are about which photo, where there is one to blend in, to lay over, or both.

    The first photo is spoken of before `with`, `and` and their like. Of what comes behind, moss,
    snow and whatever else gathers is laid over, the rest blended in, if photos are there for both.
    """
    if not (blend or layer):
        return Spoken(prompt, "", "")
    base, *parts = _JOINED.split(_ORDERED.sub("", prompt.lower()))
    named = [part for part in parts if understand(of_the_material(part)).named]
    over = [part for part in named if _gathers(part)]
    if not blend:
        return Spoken(base, "", (over or named or [""])[-1])
    if not layer:
        return Spoken(base, (named or [""])[0], "")
    top = (over or named[1:] or [""])[-1]
    return Spoken(base, next((part for part in named if part != top), ""), top)


def of_the_material(part: str) -> str:
    """What is to be sought in a photo, without what says where in the tile it goes."""
    where = {word for names in (*_MANNERS.values(), *_PLACES.values()) for word in names.split()}
    return " ".join(word for word in re.findall(r"[a-z]+", part) if word not in where)


def _gathers(part: str) -> bool:
    known = {word for names in _MATERIALS.values() for word in names.split()}
    return not known.isdisjoint(re.findall(r"[a-z]+", part))


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
