"""What the words of a prompt say about the surface: its color, its grain, where it lies."""

import math
import re
from typing import NamedTuple
from unicodedata import normalize

GROUND, WALL, HIGH, ANY = "ground", "wall", "high", "any"


class Look(NamedTuple):
    """How a material tends to look.

    light: L* 0..100, or None. red, yellow: a*, b* of CIE Lab. spread: how far these may be off,
    in Delta E. grain: log of the fine texture's strength (0 smooth plaster, 0.5 wood, 1 gravel).
    """

    light: float | None
    red: float
    yellow: float
    spread: float
    grain: float


_LOOKS: dict[str, Look] = {
    "brick": Look(45, 16, 16, 18, 0.8),
    "stone": Look(55, 2, 7, 16, 0.9),
    "rock": Look(50, 1, 6, 16, 0.8),
    "cobblestone": Look(55, 1, 6, 14, 0.5),
    "paving": Look(55, 2, 6, 16, 0.35),
    "gravel": Look(50, 1, 5, 14, 1.0),
    "pebbles": Look(50, 1, 3, 16, 1.0),
    "concrete": Look(60, 0, 4, 12, 0.1),
    "plaster": Look(75, 2, 12, 22, 0.0),
    "asphalt": Look(42, 0, 1, 10, 0.3),
    "far asphalt": Look(50, 0, 1, 10, -0.2),
    "wood": Look(45, 12, 22, 18, 0.4),
    "bark": Look(35, 4, 9, 14, 0.9),
    "grass": Look(45, -14, 28, 16, 0.8),
    "moss": Look(40, -8, 30, 16, 0.8),
    "leaves": Look(35, 6, 18, 20, 0.7),
    "foliage": Look(35, -12, 18, 18, 1.2),
    "sand": Look(60, 10, 28, 20, 0.0),
    "soil": Look(40, 8, 16, 14, 0.7),
    "snow": Look(90, 0, -2, 10, -0.3),
    "water": Look(35, -4, -10, 20, 0.3),
    "roof": Look(40, 4, 4, 20, 0.7),
    "metal": Look(55, 4, 4, 22, 0.1),
    "rust": Look(40, 20, 25, 16, 0.4),
    "fabric": Look(55, 4, 8, 30, 0.4),
    "sky": Look(70, -5, -20, 20, -0.6),
}

_ALSO: dict[str, tuple[str, ...]] = {"asphalt": ("far asphalt",)}
"""Other looks of a material: from a few meters off the chips in asphalt are not seen, and it is
smooth and gray."""

_HEAPS = frozenset({"leaves", "pebbles"})
"""What consists of things that have each their own color."""

_LOOSE = frozenset({"asphalt", "gravel", "pebbles", "moss", "leaves", "soil", "snow"})
"""What lies or grows as it falls: its edges have no direction. Grass is mown and bushes are planted
in rows, sand ripples, and rock may be layered."""

_MATERIAL_WORDS: dict[str, str] = {
    "brick": "brick bricks brickwork masonry clinker",
    "stone": "stone stones stonework marble granite limestone sandstone travertine basalt ashlar "
    "slab slabs quartzite gneiss schist fieldstone gritstone porphyry",
    "rock": "rock rocks rocky cliff cliffs boulder boulders bedrock crag lava",
    "cobblestone": "cobblestone cobblestones cobble cobbles cobbled setts",
    "paving": "paving pavement pavers paver tile tiles tiled ceramic flagstone flagstones mosaic "
    "terrazzo linoleum porcelain",
    "gravel": "gravel grit rubble scree ballast",
    "pebbles": "pebble pebbles shingle",
    "concrete": "concrete cement screed",
    "plaster": "plaster plastered stucco render adobe roughcast drywall gypsum",
    "asphalt": "asphalt tarmac bitumen blacktop macadam tarmacadam",
    "wood": "wood wooden timber plank planks board boards parquet floorboard floorboards plywood "
    "hardwood bamboo mahogany teak driftwood decking lumber veneer clapboard shiplap",
    "bark": "bark",
    "grass": "grass grassy lawn lawns turf meadow meadows grassland pasture prairie hay",
    "moss": "moss mossy lichen algae",
    "leaves": "leaves leaf fallen litter",
    "foliage": "foliage hedge hedges bush bushes ivy shrub shrubs tea canopy leafy cover fern "
    "ferns thicket undergrowth shrubbery",
    "sand": "sand sandy dune dunes",
    "soil": "soil earth mud muddy dirt clay compost peat loam humus",
    "snow": "snow snowy ice icy frost frosty slush glacier",
    "water": "water sea ocean lake pond river waves ripples surf rapids fjord",
    "roof": "roof roofs slate slates shingles thatch thatched rooftile pantile pantiles",
    "metal": "metal steel iron aluminium aluminum sheet copper bronze brass zinc tin chrome "
    "corrugated",
    "rust": "rust rusty rusted corroded corrosion",
    "fabric": "fabric cloth textile burlap linen wool woolen cotton leather carpet velvet silk "
    "denim felt canvas fleece tweed corduroy hessian jute suede tapestry upholstery tarpaulin",
    "sky": "sky cloud clouds",
}

_GROWING = "tree trees bush bushes hedge hedges shrub shrubs ivy plant plants canopy vine vines"
_FALLEN = "fallen litter ground floor autumn dead dry"
"""Leaves of what grows are foliage, unless they are said to lie about."""

_THINGS: dict[str, str] = {
    "trunk trunks stump": "bark",
    "deck pier jetty boardwalk table tabletop desk bench crate barrel log logs": "wood",
    "tree trees plant plants forest woods vegetation treetops treetop vines jungle": "foliage",
    "path footpath trail track": "soil gravel",
    "road roads street streets driveway highway lane avenue boulevard": "asphalt cobblestone",
    "mountain mountains": "rock",
    "beach": "sand pebbles",
    "desert": "sand",
    "stream creek puddle pool": "water",
    "rug curtain curtains sofa couch blanket towel": "fabric",
}
"""What things are made of, where no material is named. Of several things the first here counts: the
trunk of a tree is bark."""

_MATERIALS = {word: kind for kind, names in _MATERIAL_WORDS.items() for word in names.split()}
_THING_WORDS = frozenset(word for things in _THINGS for word in things.split())

_PAINT = frozenset({"paint", "painted"})
"""What is painted may have any color; where nothing says what it is, it is as smooth as plaster."""

_COATS = frozenset({"moss", "rust", "snow"})
"""What lies in patches on another material, where one is named as well."""

_LYING: dict[str, str] = {
    word: lies
    for lies, names in {
        GROUND: "ground floor flooring street streets road roads lane avenue boulevard path "
        "footpath trail track pavement paving paver pavers flagstones sidewalk walkway driveway "
        "highway alley lawn meadow field beach shore dune deck "
        "pier jetty boardwalk dock platform table tabletop desk yard square plaza patio courtyard "
        "terrace grass sand soil earth mud dirt gravel pebbles asphalt cobblestone cobblestones "
        "cobbles water lake pond sea ocean river puddle rug carpet desert",
        WALL: "wall walls facade building buildings house houses tower towers castle church barn "
        "shed cabin cottage lighthouse gable fence gate door doors shutter shutters cloth curtain "
        "trunk trunks column pillar arch fireplace brick bricks brickwork masonry plaster stucco",
        HIGH: "roof roofs rooftop dome ceiling chimney mountain mountains hill hills peak",
    }.items()
    for word in names.split()
}
"""Where things lie: low, upright, or in the upper half of a photo."""

_STOOD_ON = frozenset({"street", "road", "square", "yard", "courtyard"})
_UPRIGHT = frozenset({"brick", "plaster", "roof"})
"""Who names brick and a street means the walls along it, not what he stands on."""

_AHEAD = "street streets road roads highway driveway asphalt tarmac blacktop"
"""Ground that may lie farther off: who stands on the pavement sees the road beyond it."""

_STRIPS = frozenset({"path", "footpath", "trail", "track"})
"""What is long and narrow, and winds: it takes little of a photo, and leaves its bounding box."""

_BESIDE = (
    "behind beyond under underneath beneath below above over between beside besides next near "
    "around against along across among through without"
)
"""What follows these is another thing than the surface, up to the next comma or full stop."""

Color = tuple[float, float, float]
"""CIE Lab; the last two are not a number where only lightness is named."""

COLORS: dict[str, Color] = {
    "white": (88, 0, 2),
    "black": (15, 0, 0),
    "gray": (52, 0, 0),
    "grey": (52, 0, 0),
    "red": (42, 36, 22),
    "orange": (60, 34, 50),
    "yellow": (72, 8, 48),
    "green": (45, -28, 28),
    "blue": (45, -2, -32),
    "brown": (38, 12, 22),
    "beige": (75, 4, 16),
    "pink": (70, 26, 6),
    "purple": (40, 26, -26),
    "dark": (25, 0, 0),
    "light": (80, 0, 0),
}
ONLY_LIGHT = frozenset({"dark", "light"})

_SHADES: dict[str, str] = {
    shade: color
    for color, shades in {
        "white": "whitish whitewashed ivory",
        "gray": "grayish greyish silver silvery",
        "black": "blackish",
        "red": "reddish crimson maroon",
        "orange": "terracotta",
        "yellow": "yellowish golden gold ocher ochre",
        "green": "greenish",
        "blue": "bluish turquoise",
        "brown": "brownish",
        "beige": "cream tan",
        "pink": "pinkish",
        "purple": "violet",
    }.items()
    for shade in shades.split()
}

_PLACES: dict[str, tuple[float | None, float | None]] = {
    "left": (0.2, None),
    "right": (0.8, None),
    "top": (None, 0.2),
    "upper": (None, 0.25),
    "bottom": (None, 0.8),
    "lower": (None, 0.75),
    "foreground": (None, 0.85),
    "front": (None, 0.75),
    "background": (None, 0.3),
    "middle": (0.5, 0.5),
    "center": (0.5, 0.5),
    "centre": (0.5, 0.5),
}


_IDLE = (
    "a an and as at by create extract for from generate get give i image in into is it its make me "
    "my of on out photo picture please seamless surface take texture that the their this tile "
    "tileable to up want which with"
)
"""Words that nobody expects to say which surface is meant."""

KNOWN = frozenset(
    {*_MATERIALS, *_THING_WORDS, *COLORS, *_SHADES, *_PLACES, *_LYING, *_PAINT, "part"}
)
"""All words that say something to this engine."""

_PASSED = KNOWN.union(_IDLE.split())


class Wish(NamedTuple):
    """What the prompt asks for. Empty fields say nothing. Places are fractions of the photo.

    unknown: words that may have been meant to say more, and say nothing to this engine. mixed:
    whether one material lies on another in patches. loose: whether its edges have no direction.
    ahead: whether it may lie farther off than other ground. part: whether it is a part of a larger
    thing. strip: whether it is long and narrow. kinds: the materials named. painted: whether they
    may have any color. hue: the word of the color.
    """

    looks: tuple[Look, ...]
    color: Color | None
    place_x: float | None
    place_y: float | None
    lies: str
    matched: tuple[str, ...]
    unknown: tuple[str, ...]
    wants_sky: bool
    mixed: bool
    loose: bool
    ahead: bool
    part: bool
    strip: bool
    kinds: tuple[str, ...]
    painted: bool
    hue: str

    @property
    def heap(self) -> bool:
        """Whether it consists of things that have each their own color."""
        return bool(self.kinds) and _HEAPS.issuperset(self.kinds)

    @property
    def named(self) -> str:
        """The color and the materials, as a sentence may name them."""
        return f"{self.hue} {' or '.join(self.kinds)}".strip()


def understand(prompt: str) -> Wish:
    """Read a prompt. Words that are not known are passed over; no word at all is no error."""
    folded = normalize("NFKD", prompt.casefold())  # façade is facade, straße is strasse
    plain = folded.encode("ascii", "ignore").decode()
    said = re.findall(r"[a-z]+|[.,;:!?]", plain.replace("texture image", ""))
    words = _of_the_surface(said)
    kinds = _kinds(words)
    painted = any(word in _PAINT for word in words)
    hue = next((word for word in words if word in COLORS or word in _SHADES), "")
    color = COLORS.get(_SHADES.get(hue, hue))
    if color and any(word in ONLY_LIGHT for word in words):
        color = (color[0], float("nan"), float("nan"))
    places = [_PLACES[word] for word in words if word in _PLACES]
    lies = _lies(words, upright=not _UPRIGHT.isdisjoint(kinds))
    return Wish(
        looks=_looks(kinds, painted),
        color=color,
        place_x=next((x for x, _ in places if x is not None), None),
        place_y=next((y for _, y in places if y is not None), None),
        lies=lies,
        matched=tuple(dict.fromkeys(word for word in words if word in KNOWN)),
        unknown=tuple(dict.fromkeys(word for word in words if word not in _PASSED)),
        wants_sky="sky" in kinds,
        mixed=len(kinds) > 1 and not _COATS.isdisjoint(kinds),
        loose=bool(kinds) and _LOOSE.issuperset(kinds),
        ahead=not set(_AHEAD.split()).isdisjoint(words),
        part="part" in words,
        strip=not _STRIPS.isdisjoint(words),
        kinds=(*kinds, "paving") if "brick" in kinds and lies == GROUND else tuple(kinds),
        painted=painted,
        hue=hue,
    )


def _of_the_surface(said: list[str]) -> list[str]:
    """The words that speak of the surface, not of what it lies behind or beside."""
    words, aside = [], False
    for index, word in enumerate(said):
        if not word.isalpha():
            aside = False
        elif word in _BESIDE.split() or said[index : index + 3] == ["in", "front", "of"]:
            aside = True
        elif not aside:
            words.append(word)
    return words or [word for word in said if word.isalpha()]


def _kinds(words: list[str]) -> list[str]:
    """The materials that are named, or else those that a thing is made of."""
    kinds = list(dict.fromkeys(_MATERIALS[word] for word in words if word in _MATERIALS))
    grows, fallen = (set(words) & set(names.split()) for names in (_GROWING, _FALLEN))
    if "leaves" in kinds and grows and not fallen:
        return [kind for kind in dict.fromkeys([*kinds, "foliage"]) if kind != "leaves"]
    if kinds:
        return kinds
    made = (made for things, made in _THINGS.items() if not set(words).isdisjoint(things.split()))
    return next(made, "").split()


def _looks(kinds: list[str], painted: bool) -> tuple[Look, ...]:
    if not painted:
        return tuple(_LOOKS[also] for kind in kinds for also in (kind, *_ALSO.get(kind, ())))
    looks = [_LOOKS[kind] for kind in kinds or ["plaster"]]
    return tuple(look._replace(light=None, spread=math.inf) for look in looks)


def _lies(words: list[str], *, upright: bool) -> str:
    """What the last word says that says anything: "grass from the wall" is on a wall."""
    word = next((word for word in reversed(words) if word in _LYING), "")
    return WALL if upright and word in _STOOD_ON else _LYING.get(word, ANY)
