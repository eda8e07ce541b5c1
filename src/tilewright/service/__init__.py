"""The service put together: database, queue, store, doors and workers, in one command or more."""

from tilewright.service.data import look_at_data, migrate_data, open_data
from tilewright.service.queue import cancel_now
from tilewright.service.serve import serve, serve_beside
from tilewright.service.work import work

__all__ = [
    "cancel_now",
    "look_at_data",
    "migrate_data",
    "open_data",
    "serve",
    "serve_beside",
    "work",
]
