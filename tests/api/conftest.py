"""A service whose worker has the engine that writes a diary, and people who may ask it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.api.diarist import diarist
from tests.api.people import Customer, customers, idle
from tests.api.photos import SMALL
from tests.intake.site import Answer, Site, answer
from tests.serving import Service, serving, until
from tilewright.database import open_database

Hire = Callable[..., Customer]


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A door, and one worker that does what prompts say: `name ticks=5 pause=0.01`."""
    with diarist(tmp_path_factory.mktemp("service") / "data") as door:
        yield door


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A door without any worker: what is submitted here waits."""
    with serving(tmp_path_factory.mktemp("alone") / "data", "--workers", "0") as door:
        yield door


@pytest.fixture(scope="session")
def books(service: Service) -> Iterator[Engine]:
    """The service's own database. What is put into it, its worker may take."""
    engine = open_database(f"sqlite:///{service.folder / 'tilewright.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def hire(service: Service, books: Engine) -> Iterator[Hire]:
    """Makes a customer of the service, in a new account: `hire(dollars="1", per_minute=2)`."""
    with ExitStack() as stack:
        yield lambda **wishes: stack.enter_context(customers(service, books, **wishes))
        until(lambda: idle(books))  # so that the next test counts its own jobs only


@pytest.fixture
def ann(hire: Hire) -> Customer:
    """Somebody with a key and credits."""
    return hire()


@pytest.fixture
def waiting(alone: Service) -> Iterator[Customer]:
    """The same at the door without workers."""
    engine = open_database(f"sqlite:///{alone.folder / 'tilewright.db'}")
    with customers(alone, engine) as customer:
        yield customer
    engine.dispose()


@pytest.fixture
def stranger() -> Iterator[Callable[[Answer], Site]]:
    """Opens somebody else's host on this machine."""
    with ExitStack() as stack:
        yield lambda says: stack.enter_context(Site(says))


@pytest.fixture
def shown(stranger: Callable[[Answer], Site]) -> str:
    """The address of a small photo at such a host."""
    return f"{stranger(lambda path: [answer(SMALL)]).url}/small.png"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where another service may put its data."""
    return tmp_path / "data"
