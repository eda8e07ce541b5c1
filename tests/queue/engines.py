"""An engine that makes no tile but does what the prompt says, and writes down that it did."""

import os
import signal
import time
from pathlib import Path

import cv2
import numpy as np

from tilewright.contract import (
    AxisScore,
    Cancelled,
    EngineLost,
    Report,
    StageTime,
    Surface,
    SurfaceUnusable,
    TileRequest,
    TileScore,
)
from tilewright.engine import Outcome, Photos, Tick

TILE = b"\x89PNG\r\n\x1a\n of a tile"


def report(request: TileRequest) -> Report:
    """A report as good as any."""
    axis = AxisScore(score=1, wrap_step=1, inner_step=1, inner_p99=1)
    return Report(
        engine="diary",
        engine_version="1",
        seed=1,
        prompt=request.prompt,
        width=32,
        height=16,
        image_format=request.image_format,
        quality=95,
        file_size=len(TILE),
        surface=Surface(outline=[], share=1, confidence=1, matched=[]),
        straightened="no",
        method="none",
        scale=1,
        score=TileScore(
            overall=1,
            seam=1,
            across=axis,
            down=axis,
            repetition=1,
            fidelity=None,
            structure=None,
            words=[],
        ),
        stages=[StageTime(stage="draw", seconds=0.1)],
        notes=[],
    )


class DiaryEngine:
    """Prompts are words: `<name> ticks=5 pause=0.01 burn=0.01 blur=9`, or `<name> die`, lose,
    break, blab, refuse.

    In `folder`, `<name>` gets a line for each tick, each begin and each end of a run.
    """

    name = "diary"
    version = "1"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def check(self, request: TileRequest) -> None:
        """Everything can be asked."""

    def run(self, request: TileRequest, photos: Photos, tick: Tick) -> Outcome:
        name, *words = request.prompt.split()
        wish = dict(word.split("=") for word in words if "=" in word)
        with (self._folder / name).open("a", buffering=1) as diary:
            diary.write(f"begin {os.getpid()}\n")
            try:
                for step in range(ticks := int(wish.get("ticks", 1))):
                    tick(f"stage {step * 4 // ticks}", step / ticks)
                    diary.write("tick\n")
                    _work(float(wish.get("pause", 0)), float(wish.get("burn", 0)))
                    _blur(float(wish.get("blur", 0)))
            except Cancelled as stop:
                diary.write(f"stopped {stop}\n")
                raise
            self._misbehave(words, request.prompt, photos)
            diary.write("end\n")
        return Outcome(TILE + photos.base, report(request))

    def _misbehave(self, words: list[str], prompt: str, photos: Photos) -> None:
        if "die" in words:
            os.kill(os.getpid(), signal.SIGKILL)
        if "lose" in words:
            raise EngineLost("the card no longer answers")
        if "break" in words:
            raise ZeroDivisionError("inside the engine")
        if "blab" in words:
            raise ValueError(f"{prompt!r} cannot be made of {photos.base!r}")
        if "refuse" in words:
            raise SurfaceUnusable("there is no surface")


def _work(pause: float, burn: float) -> None:
    """`pause` seconds like a library that leaves Python, then `burn` seconds of plain Python."""
    time.sleep(pause)
    end = time.perf_counter() + burn
    while time.perf_counter() < end:
        pass


def _blur(seconds: float) -> None:
    """Work in a library of C++, which comes back to Python every few milliseconds."""
    picture = np.zeros((200, 200, 3), np.uint8)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        cv2.bilateralFilter(picture, 9, 50, 50)


def diary(folder: Path, name: str) -> list[str]:
    """The lines that the engine wrote about the prompt of that name."""
    path = folder / name
    return path.read_text().splitlines() if path.exists() else []
