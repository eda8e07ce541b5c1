"""Tells the queue from outside, without a door, that a job was cancelled."""

import asyncio
import logging

from nats.errors import Error

from tilewright.queue.address import Address
from tilewright.queue.line import hang_up
from tilewright.queue.subjects import CANCEL, DONE, pack

LOG = logging.getLogger(__name__)

TELL_SECONDS = 2
"""A queue that runs hears within milliseconds."""


async def tell_cancelled(address: Address, job: str) -> bool:
    """Stop the job's worker, and tell those who wait for it; False if no queue heard."""
    client = address.client()
    try:
        async with asyncio.timeout(TELL_SECONDS):
            await client.connect(
                **address.options(),
                name="an operator",
                allow_reconnect=False,
                connect_timeout=TELL_SECONDS,
                error_cb=_note,
            )
            await client.publish(f"{CANCEL}.{job}", b"{}")
            await client.publish(f"{DONE}.{job}", pack({"state": "FAILED"}))
            await client.flush(TELL_SECONDS)
    except (Error, OSError, TimeoutError) as error:
        LOG.debug("no queue was told: %r", error)
        return False
    finally:
        await hang_up(client)
    return True


async def _note(error: Exception) -> None:
    LOG.debug("queue: %r", error)
