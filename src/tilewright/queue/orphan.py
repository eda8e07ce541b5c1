"""Ends the child of an earlier run that outlived it, and no other process."""

import os
import select
import signal
import subprocess
import time
from pathlib import Path

PATIENCE = 5.0
"""Seconds that a process may take to end; a killed one takes milliseconds."""

LOOK_AGAIN = 0.01
"""Seconds between looks where the system cannot tell by itself that a process has ended."""


def end_orphan(pid_file: Path, config: Path) -> bool:
    """Kill the process of `pid_file` if its command line names `config`; whether there was one.

    Ids of processes are used again: after a reboot the same number is somebody else. Only a
    command line with our configuration file in it is ours.
    """
    try:
        pid = int(pid_file.read_text())
    except (FileNotFoundError, ValueError):
        return False
    ours = str(config) in command_line(pid)
    if ours:
        _end(pid)
    pid_file.unlink(missing_ok=True)
    return ours


def command_line(pid: int) -> list[str]:
    """The words of a running process's command line; none if there is no such process."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")
    except FileNotFoundError:
        if Path("/proc/self/cmdline").exists():
            return []
    except (ProcessLookupError, PermissionError):
        return []
    shown = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return shown.stdout.split()


def _end(pid: int) -> None:
    try:
        # A handle means this process even if its id is given away meanwhile.
        handle = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    if handle is not None:
        select.select([handle], [], [], PATIENCE)
        os.close(handle)
        return
    end = time.monotonic() + PATIENCE
    while command_line(pid) and time.monotonic() < end:
        time.sleep(LOOK_AGAIN)
