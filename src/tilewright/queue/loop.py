"""The event loop that a door or a worker runs in."""

import asyncio


def new_loop() -> asyncio.AbstractEventLoop:
    """uvloop's, which takes less CPU; Python's own where there is none, on Windows."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
