"""A door that takes a job, and a client that knows where it is."""

from collections.abc import Iterator

import pytest

from tests.client.door import SUBMIT, Door, accepted
from tilewright import Client

KEY = "tw_test"


@pytest.fixture
def door() -> Iterator[Door]:
    with Door() as open_door:
        open_door.says("POST", SUBMIT, accepted(open_door.url))
        yield open_door


@pytest.fixture
def client(door: Door) -> Iterator[Client]:
    with Client(KEY, door.url) as one:
        yield one
