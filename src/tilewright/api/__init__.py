"""The HTTP door: the hosted service's face, and our own beside it."""

from tilewright.api.app import describe_app, make_app, open_door
from tilewright.api.door import Door, Rules
from tilewright.api.keeper import JobsKeeper
from tilewright.api.meters import Meters
from tilewright.api.probe import Probe, takes_photos, waiting_and_running

__all__ = [
    "Door",
    "JobsKeeper",
    "Meters",
    "Probe",
    "Rules",
    "describe_app",
    "make_app",
    "open_door",
    "takes_photos",
    "waiting_and_running",
]
