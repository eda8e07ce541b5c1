"""Bad words are found whole and disguised, in no time, and nothing else is."""

import random
import time
from types import SimpleNamespace
from typing import Any

import pytest
from better_profanity import Profanity

from tilewright.api.moderation import refusal


def rules(*more: str, moderated: bool = True) -> Any:
    return SimpleNamespace(moderated=moderated, more_blocked_words=more)


@pytest.mark.parametrize("prompt", ["shit", "a Sh1t wall", "SH*T", "hand_job", "hand job wall"])
def test_a_bad_word_is_refused_in_disguise_too(prompt: str) -> None:
    assert refusal(prompt, rules()) is not None


@pytest.mark.parametrize(
    "prompt", ["stone wall", "Extract moss texture", "a", "  ", "grass, sand", "brick 455 mm"]
)
def test_what_only_looks_like_one_is_taken(prompt: str) -> None:
    assert refusal(prompt, rules()) is None


def test_the_operator_adds_words_of_any_case() -> None:
    assert refusal("a nice GRAVEL road", rules("Gravel")) is not None
    assert refusal("a nice gravel road", rules()) is None


@pytest.mark.parametrize(
    ("word", "prompt"),
    [("1488", "brick wall 1488"), ("c++", "C++ wall"), ("$$$", "a wall, $$$"), ("a 7", "a 7 wall")],
)
def test_the_operators_words_may_be_numbers_and_signs(word: str, prompt: str) -> None:
    assert refusal(prompt, rules("other", word)) is not None
    assert refusal(prompt, rules("other")) is None


def test_an_operators_word_is_not_found_inside_another() -> None:
    assert refusal("a wall 14880 high of gravels", rules("1488", "gravel")) is None


def test_nothing_is_refused_where_it_is_switched_off() -> None:
    assert refusal("shit", rules(moderated=False)) is None


def test_the_answers_are_those_of_the_library() -> None:
    judge = Profanity()
    words = [str(word) for word in judge.CENSOR_WORDSET]
    dice = random.Random(1)
    for _ in range(200):
        word = "".join(
            dice.choice([*judge.CHARS_MAPPING.get(letter, letter), "q"][: dice.choice([9, 9, 1])])
            for letter in dice.choice(words)
        )
        prompt = dice.choice(["", "stone ", "a nice, "]) + word + dice.choice(["", " wall", "ish"])
        found = judge.contains_profanity(prompt)
        assert (refusal(prompt, rules()) is not None) == found


def test_the_longest_prompt_is_judged_in_a_moment() -> None:
    refusal("warm", rules())
    began = time.process_time()
    refusal("stone wall " * 180, rules())
    assert time.process_time() - began < 0.1  # 0.004 s; the library by itself takes 0.4
