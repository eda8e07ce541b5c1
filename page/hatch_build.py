"""Puts the page into the wheel: whoever installs it needs no Node."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUILD = Path(__file__).with_name("build.py")


class PageHook(BuildHookInterface[Any]):
    """Builds the page before a wheel is put together; a clone's own is built by bootstrap.py."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Raise where the page cannot be built though Node is there."""
        if version != "editable":
            subprocess.run([sys.executable, BUILD], check=True)
