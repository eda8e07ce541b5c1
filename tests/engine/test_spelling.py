"""A misspelt word is asked about; it is never taken for what it may have been meant as."""

import numpy as np
import pytest

from tilewright.engine.synthesis.likeness import Likeness
from tilewright.engine.synthesis.spelling import meant
from tilewright.engine.synthesis.surface import Found
from tilewright.engine.synthesis.told import aside_notes, choice_notes
from tilewright.engine.synthesis.words import understand

SURE = Found(np.ones((40, 40), bool), 0.95)
DOUBTED = SURE._replace(likeness=Likeness(chance=0.1, fits=False))


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("cobblestnoe", "cobblestone"),
        ("grvael", "gravel"),
        ("asphlat", "asphalt"),
        ("pavment", "pavement"),
        ("watr", "water"),
        ("foilage", "foliage"),
    ],
)
def test_a_misspelt_word_is_known_again(said: str, word: str) -> None:
    assert meant(understand(f"{said} from the left")) == {said: word}
    assert understand(said).kinds == ()


def test_what_is_like_no_known_word_is_not_guessed() -> None:
    assert meant(understand("a beautiful realistic vintage person, mos")) == {}


def test_nothing_is_asked_of_what_is_known_or_idle() -> None:
    assert meant(understand("please create an image of the gray brick wall")) == {}


def test_a_misspelt_material_is_asked_about_though_another_word_was_heard() -> None:
    wish = understand("grvael on the left")
    assert choice_notes(SURE, wish) == ["Was gravel by 'grvael' meant? Write it so, and it counts."]
    assert aside_notes(SURE, wish) == choice_notes(SURE, wish)


def test_all_misspelt_words_are_asked_about_in_one_note() -> None:
    *_, note = choice_notes(SURE, understand("wihte cobblestnoe"))
    assert "white by 'wihte' and cobblestone by 'cobblestnoe'" in note


def test_where_no_word_is_known_the_question_follows_that() -> None:
    first, question = choice_notes(SURE, understand("cobblestnoe"))
    assert "No word of the prompt" in first
    assert "cobblestone" in question


def test_where_a_material_was_heard_it_is_asked_only_in_doubt() -> None:
    wish = understand("brick from the towr")
    assert choice_notes(SURE, wish) == aside_notes(SURE, wish) == []
    assert "tower" in choice_notes(DOUBTED, wish)[-1]
    assert "tower" in aside_notes(DOUBTED, wish)[-1]
