"""The worker: takes a job, runs the engine in a thread, tells how it goes and how it ended."""

import asyncio
import faulthandler
import gc
import logging
import os
import secrets
import socket
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from tilewright import __version__
from tilewright.contract.lease import LEASE_SECONDS
from tilewright.engine.protocol import Engine
from tilewright.judge import Judge
from tilewright.queue import Address, Claimed, Puller
from tilewright.queue.bell import Bell, Rung
from tilewright.queue.line import Unanswered
from tilewright.queue.loop import run
from tilewright.queue.tasks import end
from tilewright.store import LentBlobs
from tilewright.telemetry.about import about, trace_id
from tilewright.telemetry.traces import span
from tilewright.telemetry.vitals import BEAT_SECONDS, Vitals
from tilewright.worker.make import Outcome, attempt
from tilewright.worker.run import Run
from tilewright.worker.thread import EngineThread

LOG = logging.getLogger(__name__)

RENEWALS = 3
"""In the time of one lease."""

RENEW_AGAIN = 0.5
"""Seconds after a renewal that no door answered: a door that restarts comes back within seconds."""

FINISH_SECONDS = 40 * LEASE_SECONDS
"""For a door to take the outcome: a queue's or a database's machine may take minutes to restart.
Meanwhile there is nothing else to do, and a door without a line to us takes no job away."""

HAND_BACK_SECONDS = 2.0
"""For a door to take a job back from a worker that must go; after that its lease runs out."""

GRACE_SECONDS = 20.0
"""For the running job, once the worker is told to go: a tile takes about 6 s."""

STOP_SECONDS = 3.0
"""For the engine to notice that it must stop. Engines tick every second or two."""

HANG_SECONDS = 660.0
"""Without a tick of the engine, after which it is taken for hung. Engines tick every second or two,
save while they fetch a LoRA, for which they have ten minutes."""

LOAD_SECONDS = 3600.0
"""For an engine that is loaded before any job; 58 GB from a slow disk take a quarter of it."""

Result = TypeVar("Result")


class Worker:
    """Works until it is told to go.

    address: where the queue is; asked at each attempt to connect.
    choose: gives the engine; called in a thread at the first job, so that an idle worker is small.
    engine: its name; jobs for no other are taken.
    load_first: whether the engine takes so long to load that no job should wait for it.
    judge: asked about each photo before the engine is.
    lease: seconds that a claim or renewal holds, as the doors have it.
    vitals: where it notes how it is.
    hang: seconds without a tick after which the process ends itself, wherever it hangs.
    load: the same for what is loaded first.
    """

    def __init__(
        self,
        address: Callable[[], Address],
        blobs: LentBlobs,
        choose: Callable[[], Engine],
        engine: str,
        *,
        load_first: bool = False,
        judge: Judge | None = None,
        name: str | None = None,
        grace: float = GRACE_SECONDS,
        lease: float = LEASE_SECONDS,
        vitals: Vitals | None = None,
        hang: float = HANG_SECONDS,
        load: float = LOAD_SECONDS,
    ) -> None:
        self.name = name or f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self._engine_name = engine
        self._puller = Puller(address, self.name, engine, self._hear_cancel)
        self._blobs = blobs
        self._choose = choose
        self._judge = judge
        self._load_first = load_first
        self._engine: Engine | None = None
        self._thread = EngineThread()
        self._grace = grace
        self._hang = hang
        self._load_limit = load
        self._pause = lease / RENEWALS
        self._run: Run | None = None
        self._vitals = vitals or Vitals()
        self._vitals.connected = lambda: self._puller.connected
        self._leave = Bell()  # take no more jobs
        self._gone = Bell()  # nor finish the one that runs

    @property
    def busy(self) -> bool:
        """Whether the engine is at work, or being loaded."""
        return self._thread.busy

    def leave(self) -> None:
        """Take no more jobs; finish the running one within the grace time or hand it back.

        A second call does not wait for the grace time. For the event loop's thread.
        """
        if self._leave.rung:
            self._gone.ring()
        self._vitals.leaving = True
        self._leave.ring()

    async def work(self) -> None:
        """Take one job after the other until `leave`. Raises what keeps the engine from loading."""
        self._puller.open()
        leaving = asyncio.create_task(self._see_it_through())
        beating = asyncio.create_task(self._beat())
        try:
            if self._load_first:
                await self._load()
            self._vitals.loading = False
            await self._puller.say("leaving" if self._leave.rung else "ready")
            await unless(self._leave, self._puller.up())
            if not self._leave.rung:
                told = (self.name, self._engine_name, __version__)
                LOG.info("%s is ready for jobs of the %s engine, version %s", *told)
            claimed = await self._take()
            while claimed is not None:
                claimed = await self._see_to(claimed) or await self._take()
        finally:
            await end(leaving, beating)
            await self._puller.close()
        LOG.info("%s has left", self.name)

    async def _load(self) -> None:
        """The engine. One that hangs meanwhile must not be taken for one that is coming."""
        LOG.info("%s loads the %s engine", self.name, self._engine_name)
        faulthandler.dump_traceback_later(self._load_limit, exit=True)
        self._engine = await unless(self._leave, _undisturbed(self._thread.do(self._choose)))
        faulthandler.cancel_dump_traceback_later()

    async def _take(self) -> Claimed | None:
        """The next job; None once this worker is told to go."""
        while offer := await unless(self._leave, self._puller.offer()):
            if claimed := await self._last_heard(self._puller.claim(offer)):
                return claimed
        return None

    async def _beat(self) -> None:
        """Show that the event loop runs."""
        while True:
            self._vitals.beat()
            await asyncio.sleep(BEAT_SECONDS)

    async def _see_it_through(self) -> None:
        """From `leave` on, give the running job its grace time, then halt it."""
        await self._leave.wait()
        busy = f"gives job {self._run.claimed.job} {self._grace:g} s" if self._run else "is idle"
        LOG.info("%s was told to go: it takes no more jobs and %s", self.name, busy)
        await self._puller.say("leaving")
        await self._gone.wait(self._grace)
        self._gone.ring()
        if self._run is not None:
            self._run.halt("leaving")

    def _hear_cancel(self, job: str) -> None:
        if self._run is not None and self._run.claimed.job == job:
            self._run.halt("cancelled")

    async def _see_to(self, claimed: Claimed) -> Claimed | None:
        """One job from its claim to the last word about it; the next, if it came with the answer to
        that.
        """
        with (
            about(job_id=claimed.job, trace_id=trace_id(claimed.trace)),
            span("work", claimed.trace, job_id=claimed.job, attempt=claimed.attempt),
        ):
            self._run = run = self._begun(claimed)
            renewing = asyncio.create_task(self._renew(run))
            try:
                return await self._do(run)
            finally:
                self._run = None
                self._vitals.busy = False
                renewing.cancel()
                await self._puller.done(claimed)

    def _begun(self, claimed: Claimed) -> Run:
        loop = asyncio.get_running_loop()

        def tell(stage: str, fraction: float) -> None:
            asyncio.run_coroutine_threadsafe(self._puller.progress(claimed, stage, fraction), loop)

        run = Run(claimed, tell, self._watch)
        if self._puller.was_cancelled(claimed.job):
            run.halt("cancelled")
        if self._gone.rung:
            run.halt("leaving")
        return run

    async def _do(self, run: Run) -> Claimed | None:
        LOG.info("took the job; it is its attempt %d", run.claimed.attempt)
        self._vitals.busy = True
        self._watch()
        outcome = await self._outcome(run)
        faulthandler.cancel_dump_traceback_later()
        self._note(run, outcome)
        if outcome is not None:
            return await self._finish(run.claimed, outcome)
        if run.halted == "leaving":
            given = await self._puller.hand_back(run.claimed, HAND_BACK_SECONDS)
            known = "was handed back" if given else "comes back when its lease is over"
            LOG.info("job %s %s", run.claimed.job, known)
        return None

    def _note(self, run: Run, outcome: Outcome | None) -> None:
        """What became of the job here."""
        told = run.halted or "stopped" if outcome is None else outcome.get("code", "completed")
        self._vitals.end(told)
        LOG.info("the job is over here: %s", told)

    def _watch(self) -> None:
        """Wind up the watchdog: unless it is wound up again in time, it ends this process.

        It says on standard error where each thread stands. One of C, which needs no lock of
        Python: an engine that holds it for ever is ended too. The lease runs out then, and the job
        is tried by another.
        """
        faulthandler.dump_traceback_later(self._hang, exit=True)

    async def _outcome(self, run: Run) -> Outcome | None:
        """What came of the job; None if it was halted.

        A worker that must go does not wait for ever for an engine that does not tick.
        """
        making = self._thread.do(lambda: self._make(run))
        with suppress(Rung):
            return await self._gone.until(_undisturbed(making))
        with suppress(TimeoutError):
            return await asyncio.wait_for(making, STOP_SECONDS)
        return None

    def _make(self, run: Run) -> Outcome | None:
        """In the engine's thread."""
        return attempt(run, self._ready, self._blobs, self._judge)

    def _ready(self) -> Engine:
        if self._engine is None:
            self._engine = self._choose()
        return self._engine

    async def _finish(self, claimed: Claimed, outcome: Outcome) -> Claimed | None:
        """Tell the outcome, and take the next job unless we must go.

        A door that is away for a restart finds us asking when it is back.
        """
        telling = self._puller.finish(claimed, outcome, FINISH_SECONDS, not self._leave.rung)
        taken, following = await self._last_heard(telling) or (None, None)
        if not taken:
            known = "refused" if taken is False else "heard by nobody, as far as is known"
            LOG.info("the outcome of job %s was %s", claimed.job, known)
        return following

    async def _last_heard(self, asking: Coroutine[Any, Any, Result]) -> Result | None:
        """What a door answers; once we must be gone, for a moment more.

        A job that it had given us by then is handed back, and does not wait for its lease to end.
        """
        answer = asyncio.create_task(asking)
        if (heard := await unless(self._gone, _undisturbed(answer))) is not None:
            return heard
        with suppress(TimeoutError):
            return await asyncio.wait_for(answer, HAND_BACK_SECONDS)
        return None

    async def _renew(self, run: Run) -> None:
        """Keep the job ours until it has ended; halt it when it is not ours any more.

        Where no door answers it goes on: a door that comes back lengthens all leases.
        """
        pause = self._pause
        while self._run is run:
            await asyncio.sleep(pause)
            try:
                alive = await self._puller.renew(run.claimed, self._pause)
            except Unanswered:
                pause = RENEW_AGAIN
                continue
            pause = self._pause
            if not alive:
                run.halt("lost")


async def _undisturbed(making: asyncio.Future[Result]) -> Result:
    """What `making` gives; who is cancelled while waiting for it does not cancel it."""
    return await asyncio.shield(making)


async def unless(bell: Bell, work: Coroutine[Any, Any, Result]) -> Result | None:
    """What `work` gives; None, and the work cut short, as soon as the bell rings."""
    try:
        return await bell.until(work)
    except Rung:
        return None


def run_worker(worker: Worker) -> None:
    """Work in this process until SIGTERM or SIGINT; a second signal does not wait for the job.

    Once all else is closed, `depart` from the process.
    """
    gc.freeze()  # what is loaded by now stays: it is not looked through again and again
    run(worker.work(), worker.leave)


def depart(worker: Worker) -> None:
    """End this process, if the engine in it did not stop when it had to.

    It may be within a library of C++. Python's own end would break its thread off there, and C++
    then aborts the process: with another exit code, and "terminate called" as the last word.
    """
    if worker.busy:
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
