"""Which known word may have been meant by one that is not known."""

from difflib import get_close_matches

from tilewright.engine.synthesis.words import KNOWN, Wish

ALIKE, SHORTEST = 0.75, 4
"""The ratio of equal letters, and the letters that a word has at least, with the same first one. Of
52 misspelt materials 51 are found so, with .8 and any first letter 49; of 71 well-spelt words that
name none, such as "game" and "letter", 6 for 8."""

_BY_LETTER = {
    letter: sorted(word for word in KNOWN if word[0] == letter and len(word) >= SHORTEST)
    for letter in {word[0] for word in KNOWN}
}


def meant(wish: Wish) -> dict[str, str]:
    """For each word of a prompt that is not known and is like a known one: that one."""
    likely = {word: _nearest(word) for word in wish.unknown if len(word) >= SHORTEST}
    return {word: near for word, near in likely.items() if near}


def _nearest(word: str) -> str:
    return next(iter(get_close_matches(word, _BY_LETTER.get(word[0], []), 1, ALIKE)), "")
