"""What the words say of other materials: how a second is mixed in, and where a third gathers."""

import re
from enum import StrEnum


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


def first_material(prompt: str) -> str:
    """The part of the prompt that speaks of the first photo: what comes before `with`, `and`."""
    before = _JOINED.split(prompt.lower(), maxsplit=1)[0]
    return before if re.search(r"[a-z]{3}", before) else prompt


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
