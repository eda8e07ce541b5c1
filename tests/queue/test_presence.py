"""Workers are believed to live while they say so, and nobody's silence counts for the deaf."""

from tilewright.queue.presence import BEAT_SECONDS, SILENT_SECONDS, Presence


class Clock:
    """Seconds that a test lets pass."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def listening() -> tuple[Presence, Clock]:
    clock = Clock()
    presence = Presence(clock)
    presence.listen(True)
    return presence, clock


def test_workers_are_counted_by_engine_and_by_what_they_do() -> None:
    presence, _ = listening()
    presence.hear("one", "qwen", "loading")
    presence.hear("two", "qwen", "ready")
    presence.hear("three", "synthesis", "leaving")

    assert presence.living() == 3
    assert (presence.living("qwen"), presence.living("qwen", "ready")) == (2, 1)
    presence.hear("two", "qwen", "gone")
    assert (presence.living("qwen"), presence.living("qwen", "ready")) == (1, 0)


def test_a_worker_that_is_silent_is_dead_before_long_and_forgotten_in_the_end() -> None:
    presence, clock = listening()
    presence.hear("one", "qwen", "ready")
    clock.now += 2 * BEAT_SECONDS
    assert presence.living("qwen") == 1
    clock.now += SILENT_SECONDS
    assert presence.living("qwen") == 0
    presence.hear("two", "qwen", "ready")
    clock.now -= SILENT_SECONDS  # were it still kept, it would live again
    assert presence.living("qwen") == 1


def test_an_engine_is_absent_since_its_last_worker_spoke() -> None:
    presence, clock = listening()
    presence.hear("one", "qwen", "ready")
    clock.now += 60
    assert (presence.absent("qwen"), presence.absent("synthesis")) == (60, 60)
    presence.hear("two", "synthesis", "loading")
    assert (presence.absent("qwen"), presence.absent("synthesis")) == (60, 0)


def test_who_heard_nothing_for_want_of_a_line_holds_nobody_for_absent() -> None:
    presence, clock = listening()
    clock.now += 3600
    presence.listen(False)
    assert presence.absent("qwen") == 0
    clock.now += 3600
    presence.listen(True)
    clock.now += 5
    assert presence.absent("qwen") == 5
