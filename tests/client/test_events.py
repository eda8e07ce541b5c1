"""Listening to a job: every event once and in order, through broken lines."""

import pytest

from tests.client.door import HANG_UP, JOB, RESULT, Answer, Door, stream, when_refused
from tilewright import Client, InferenceTimeout, ServiceError
from tilewright.client.events import Event, read_events

EVENTS = f"{RESULT}/events"
FIRST = (("event", "progress"), ("id", "1"), ("data", '{"stage": "cutting", "progress": 0.25}'))
LAST = (("event", "done"), ("id", "2"), ("data", '{"status": "COMPLETED"}'))


def names(client: Client, timeout: float = 60) -> list[str]:
    return [event.name for event in client.job(JOB).events(timeout)]


def test_events_come_until_the_job_has_ended(door: Door, client: Client) -> None:
    door.says("GET", EVENTS, stream(FIRST, LAST, FIRST))

    events = list(client.job(JOB).events())

    assert events == [
        Event("progress", {"stage": "cutting", "progress": 0.25}, "1"),
        Event("done", {"status": "COMPLETED"}, "2"),
    ]
    assert door.asked[0].headers["accept"] == "text/event-stream"


@pytest.mark.parametrize(
    "broken",
    [stream(FIRST, claimed=10_000), stream(FIRST)],
    ids=["the line goes dead", "the server ends it too soon"],
)
def test_a_line_that_breaks_is_taken_up_where_it_broke(
    door: Door, client: Client, broken: Answer
) -> None:
    door.says("GET", EVENTS, broken, HANG_UP, stream(LAST))

    assert names(client) == ["progress", "done"]
    assert [one.headers.get("last-event-id") for one in door.asked] == [None, "1", "1"]


def test_listening_outlives_a_restart_of_the_server(door: Door, client: Client) -> None:
    door.says("GET", EVENTS, stream(FIRST, claimed=10_000), stream(LAST))
    heard = []

    with when_refused(door.open):
        for event in client.job(JOB).events(60):
            heard.append(event.name)
            if event.name == "progress":
                door.close()

    assert heard == ["progress", "done"]


def test_a_failed_job_ends_the_events(door: Door, client: Client) -> None:
    door.says("GET", EVENTS, stream((("data", '{"status": "FAILED", "error": "no"}'),)))

    assert names(client) == ["message"]


def test_a_job_that_is_not_there_has_no_events(door: Door, client: Client) -> None:
    with pytest.raises(ServiceError, match="nothing is at"):
        names(client)


def test_signs_of_life_do_not_outlast_the_deadline(door: Door, client: Client) -> None:
    door.says("GET", EVENTS, stream((("", "still here"),)))

    with pytest.raises(InferenceTimeout, match=JOB):
        names(client, timeout=0.2)


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_events_are_read_from_pieces_of_any_size(size: int) -> None:
    text = (
        ": hello\r\n\r\n"
        'event: a\r\ndata: {\r\ndata: "line": "break\u2028inside"}\r\nid: 9\r\n\r\n'
        'data:{"no":"space"}\n\n'
        "data: [1]\n\ndata: not JSON\n\nevent: b\n\nretry: 5\n\n"
        "event: unfinished\ndata: {}\n"
    ).encode()
    pieces = [text[at : at + size] for at in range(0, len(text), size)]

    assert list(read_events(pieces)) == [
        Event("a", {"line": "break\u2028inside"}, "9"),
        Event("message", {"no": "space"}, "9"),
    ]
