"""What is done for one job in the engine's thread: photos out of the store, a tile into it."""

import logging
import os
from collections.abc import Callable
from typing import Any

from tilewright.contract import Cancelled, EngineLost, PhotoRefused, TilewrightError, parse_request
from tilewright.engine.protocol import Engine, Photos
from tilewright.judge import Judge
from tilewright.store import BlobGone, LentBlobs
from tilewright.telemetry.traces import span
from tilewright.worker.run import Run

LOG = logging.getLogger(__name__)

LOST = 75
"""The exit code of a worker whose engine is lost: EX_TEMPFAIL of sysexits.h."""

FILE_ENDINGS = {"jpeg": "jpg"}

Outcome = dict[str, Any]


def attempt(
    run: Run, engine: Callable[[], Engine], blobs: LentBlobs, judge: Judge | None
) -> Outcome | None:
    """What came of the job, whatever goes wrong; None if it was halted."""
    try:
        return make(run, engine(), blobs, judge)
    except Cancelled:
        return None
    except BlobGone:
        return failed("a photo of this request was deleted before its turn came", "photo_gone")
    except EngineLost as error:
        LOG.error("job %s lost the engine: %s", run.claimed.job, error)
        os._exit(LOST)  # the lease runs out, and the job is tried by a process that can
    except TilewrightError as error:
        return failed(str(error), error.code)
    except JudgeBroke:
        LOG.exception("job %s broke the judge", run.claimed.job)
        return failed("the photos of this request could not be judged", "judge_broke")
    except Exception:
        LOG.exception("job %s broke the engine", run.claimed.job)
        return failed("the engine broke on this request", "engine_broke")


class JudgeBroke(Exception):
    """The operator's judge of photos raised something."""


def make(run: Run, engine: Engine, blobs: LentBlobs, judge: Judge | None = None) -> Outcome:
    """Make the tile of a job and put it into the store. Blocks."""
    claimed = run.claimed
    request = parse_request(claimed.request)
    engine.check(request)
    with span("fetch photos"):
        base, *others = (
            blobs.read(place, run.check) if place else None for place in claimed.inputs
        )
    if base is None:
        raise PhotoRefused("the request holds no photo; image_1 is required")
    photos = Photos(base, *others)
    if judge is not None and (why := verdict(photos, judge)) is not None:
        return failed(why, "content_blocked")
    try:
        data, report = engine.run(request, photos, run.tick)
    finally:
        run.made()
    run.check()
    with span("store tile"):
        blobs.write(claimed.tile.place, data, run.check)
    ending = FILE_ENDINGS.get(report.image_format, report.image_format)
    return {
        "state": "COMPLETED",
        "output": {
            "blob": claimed.tile.name,
            "content_type": f"image/{report.image_format}",
            "file_name": f"{claimed.job}.{ending}",
            "file_size": len(data),
            "width": report.width,
            "height": report.height,
            "report": report.model_dump(mode="json"),
        },
    }


def verdict(photos: Photos, judge: Judge) -> str | None:
    """Why the first photo that the judge refuses is refused. Raises `JudgeBroke`."""
    try:
        return next(filter(None, (judge(photo) for photo in photos if photo is not None)), None)
    except PhotoRefused:
        raise
    except Exception as error:
        raise JudgeBroke from error


def failed(sentence: str, code: str) -> Outcome:
    """The outcome of a job that no tile came of."""
    return {"state": "FAILED", "error": sentence, "code": code}
