"""The queue: NATS carries work from the doors to the workers; what is true stands elsewhere."""

from tilewright.queue.address import Address, read_address
from tilewright.queue.carrier import Carrier, Keeper
from tilewright.queue.herald import tell_cancelled
from tilewright.queue.pull import Claimed, Puller
from tilewright.queue.server import QueueServer
from tilewright.queue.watch import Event, Progress

__all__ = [
    "Address",
    "Carrier",
    "Claimed",
    "Event",
    "Keeper",
    "Progress",
    "Puller",
    "QueueServer",
    "read_address",
    "tell_cancelled",
]
