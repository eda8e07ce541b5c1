"""Which prompts are refused: those that hold a word of a list, whole or lightly disguised."""

from functools import cache
from typing import Any

from tilewright.api.door import Rules


def refusal(prompt: str, rules: Rules) -> str | None:
    """Why the prompt is refused, in a sentence; None if it is not."""
    if not rules.moderated or not _judge(rules.more_blocked_words).contains_profanity(prompt):
        return None
    return "the prompt holds words that this service does not take; describe the material only"


@cache
def _judge(more: tuple[str, ...]) -> Any:
    from better_profanity import Profanity

    judge = Profanity()
    judge.load_censor_words()
    judge.add_censor_words(more)
    return judge
