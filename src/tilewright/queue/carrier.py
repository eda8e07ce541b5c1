"""The door's side: calls workers, answers them, and hears what happens to jobs and to them."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error

from tilewright.contract import QueueUnavailable
from tilewright.queue.address import Address
from tilewright.queue.dispatch import Dispatcher
from tilewright.queue.line import Line, Unanswered
from tilewright.queue.presence import STATES, Presence
from tilewright.queue.subjects import (
    CANCEL,
    CLAIM,
    DONE,
    DOORS,
    FINISH,
    HAND_BACK,
    HERE,
    PROGRESS,
    RENEW,
    Body,
    last_word,
    pack,
    unpack,
)
from tilewright.queue.tasks import end
from tilewright.queue.watch import Event, Progress, Watchers

LOG = logging.getLogger(__name__)

THREADS = 4
"""For the keeper's calls. SQLite has one writer anyway; a server database is kept busy enough."""

ANSWERS_KEPT = 256
"""Answers that are given again, word for word, to a worker that did not hear them."""

CONNECT_SECONDS = 10.0

Result = TypeVar("Result")


class Keeper(Protocol):
    """Who knows what is true of the jobs. Called from threads; every call may come twice."""

    def waiting(self, engine: str, most: int) -> int:
        """How many jobs wait for an engine, counted up to `most`."""

    def claim(self, engine: str, worker: str) -> dict[str, Any] | None:
        """Give the worker the best job that waits for its engine; None if none does.

        What the worker needs, the fields of `Claimed`.
        """

    def renew(self, job: str, attempt: int) -> bool:
        """Lengthen the lease; False if the job is not this attempt's any more."""

    def finish(self, job: str, attempt: int, outcome: dict[str, Any]) -> bool:
        """Take the outcome; False if the job is not this attempt's any more.

        `{"state": "COMPLETED", "output": {...}}` or `{"state": "FAILED", "error", "code"}`.
        """

    def hand_back(self, job: str, attempt: int) -> bool:
        """Put the job back into the queue: its worker must go. Not the job's fault."""


class Carrier:
    """A door's line to the queue. All methods belong to the event loop that called `open`,
    except `wake`, `accepted`, `cancelled` and `ended`, which any thread may call.

    address: where the queue is; asked before each attempt to connect.
    engines: those that jobs may wait for.
    replicas: servers of a NATS cluster that each hold what is in the queue.
    """

    def __init__(
        self,
        address: Callable[[], Address],
        keeper: Keeper,
        engines: Iterable[str],
        replicas: int = 1,
    ) -> None:
        self.presence = Presence()
        self._keeper = keeper
        self._watchers = Watchers()
        self._line = Line(address, "a door", self._greet, self._risen, self._fallen)
        self._dispatcher = Dispatcher(self._line, engines, self._waiting, replicas)
        self._threads = ThreadPoolExecutor(THREADS, "queue")
        self._tasks: set[asyncio.Task[None]] = set()
        self._answers: OrderedDict[str, asyncio.Future[Body]] = OrderedDict()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._dispatching: asyncio.Task[None] | None = None
        # Of failures in a row the first is told to everybody.
        self._uncounted = self._unanswered = logging.ERROR

    async def open(self) -> None:
        """Connect and begin to carry. Raises `QueueUnavailable` if no queue answers."""
        self._loop = asyncio.get_running_loop()
        self._line.open()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._line.up()
        except (TimeoutError, Unanswered):
            await self.close()
            raise QueueUnavailable(
                f"the queue does not answer within {CONNECT_SECONDS:g} s; is a NATS server "
                "running at its address, and does it take the token?"
            ) from None
        if self._loop is not None:  # not closed meanwhile
            self._dispatching = asyncio.create_task(self._dispatcher.run(), name="dispatcher")

    async def close(self) -> None:
        """Stop carrying. Questions that were heard are still answered. May be called twice."""
        self._loop = None
        if self._dispatching is not None:
            await end(self._dispatching)
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._line.close()
        while self._tasks:  # heard at the last moment: what was answered is true, told or not
            await asyncio.gather(*self._tasks, return_exceptions=True)
        self._watchers.look()
        self._threads.shutdown()

    @property
    def connected(self) -> bool:
        """Whether the line stands now: for the readiness probe."""
        return self._line.client is not None

    def wake(self) -> None:
        """Jobs became ready: look for them now."""
        self._soon(self._dispatcher.wake)

    def accepted(self, engine: str) -> None:
        """A job for that engine became ready: call a worker now."""
        self._soon(lambda: self._begin(self._dispatcher.offer(engine)))

    def cancelled(self, job: str) -> None:
        """The job was cancelled: its worker stops, and those who wait for it hear its end."""
        self._soon(lambda: self._begin(self._tell_cancelled(job)))

    def ended(self, job: str, state: str) -> None:
        """The job ended without a worker's word: tell those who wait for it."""
        self._soon(lambda: self._begin(self._tell_ended(job, state)))

    def progress(self, job: str) -> Progress | None:
        """Where a running job stands, as far as was heard."""
        return self._watchers.last(job)

    def watch(self, job: str) -> AbstractContextManager[asyncio.Queue[Event]]:
        """A queue of what happens to a job from now on.

            with carrier.watch(job) as events: event = await events.get()

        Events may be lost: look the job up after entering, at every `look`, and now and then.
        """
        return self._watchers.watch(job)

    def leave(self) -> None:
        """Let those go who wait for what happens to jobs: another door tells them."""
        self._watchers.leave()

    # --- the line -----------------------------------------------------------------------------

    async def _greet(self, client: Client) -> None:
        questions = {
            CLAIM: self._claim,
            RENEW: self._renew,
            FINISH: self._finish,
            HAND_BACK: self._hand_back,
        }
        for subject, answer in questions.items():
            await client.subscribe(subject, DOORS, cb=self._answering(answer))
        await client.subscribe(f"{PROGRESS}.*", cb=self._hear_progress)
        await client.subscribe(f"{DONE}.*", cb=self._hear_done)
        await client.subscribe(f"{HERE}.*", cb=self._hear_worker)

    def _risen(self) -> None:
        self.presence.listen(True)
        self._dispatcher.wake()
        self._watchers.look()

    def _fallen(self) -> None:
        self.presence.listen(False)

    def _answering(self, answer: Callable[[Body], Body]) -> Callable[[Msg], Any]:
        """Each question in a task of its own, so that one slow answer holds up no other."""

        async def begin(message: Msg) -> None:
            self._begin(self._respond(message, answer))

        return begin

    async def _respond(self, message: Msg, answer: Callable[[Body], Body]) -> None:
        try:
            body = unpack(message.data)
            reply = await self._answer_once(body.get("ask"), lambda: answer(body))
            self._unanswered = logging.ERROR
        except Exception:
            # Whatever went wrong, a database that is locked or away most likely, they ask again.
            told = "a worker's question could not be answered: %s"
            LOG.log(self._unanswered, told, message.subject, exc_info=True)
            self._unanswered = logging.DEBUG
            reply, body = {"error": "the door could not answer"}, {}
        self._note(message.subject, body, reply)
        try:
            await message.respond(pack(reply))
        except (Error, OSError):
            LOG.debug("a worker did not hear the answer; it asks again")
        if message.subject == FINISH and reply.get("taken"):
            await self._tell_ended(body["job"], body["outcome"]["state"])

    async def _answer_once(self, ask: str | None, answer: Callable[[], Body]) -> Body:
        """The answer to a question; the same one if it is asked again, `ask` being its name.

        A worker asks again when the line broke before it heard: it must not be refused what it was
        just granted, nor be told that its outcome comes too late.
        """
        if ask is None:
            return await self._in_thread(answer)
        if ask not in self._answers:
            self._answers[ask] = asyncio.ensure_future(self._in_thread(answer))
            if len(self._answers) > ANSWERS_KEPT:
                self._answers.popitem(last=False)
        try:
            return await self._answers[ask]
        except Exception:
            self._answers.pop(ask, None)
            raise

    def _note(self, subject: str, body: Body, reply: Body) -> None:
        if "granted" in reply:
            self._dispatcher.followed(body.get("then", body)["engine"])
        if subject == HAND_BACK and reply.get("taken"):
            self._dispatcher.wake()

    # --- answers, in threads ------------------------------------------------------------------

    def _claim(self, body: Body) -> Body:
        claimed = self._keeper.claim(body["engine"], body["worker"])
        return {"granted": claimed is not None, "claimed": claimed}

    def _renew(self, body: Body) -> Body:
        return {"alive": self._keeper.renew(body["job"], body["attempt"])}

    def _finish(self, body: Body) -> Body:
        taken = self._keeper.finish(body["job"], body["attempt"], body["outcome"])
        return {"taken": taken, **self._following(body.get("then"))}

    def _following(self, wish: Body | None) -> Body:
        """The job after it, for a worker that asks for one in the same breath.

        What goes wrong here does not take back the outcome: the worker asks anew.
        """
        try:
            return {} if wish is None else self._claim(wish)
        except Exception:
            LOG.exception("the next job could not be given")
            return {}

    def _hand_back(self, body: Body) -> Body:
        return {"taken": self._keeper.hand_back(body["job"], body["attempt"])}

    async def _waiting(self, engine: str, most: int) -> int:
        try:
            found = await self._in_thread(lambda: self._keeper.waiting(engine, most))
        except Exception as error:
            LOG.log(self._uncounted, "the jobs that wait could not be counted", exc_info=True)
            self._uncounted = logging.DEBUG
            raise Unanswered(str(error)) from None
        self._uncounted = logging.ERROR
        return found

    async def _in_thread(self, call: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    # --- what is heard and told ---------------------------------------------------------------

    async def _hear_progress(self, message: Msg) -> None:
        try:
            body = unpack(message.data)
            progress = Progress(str(body["stage"]), float(body["fraction"]))
        except (ValueError, KeyError, TypeError):
            return
        self._watchers.progressed(last_word(message.subject), progress)

    async def _hear_done(self, message: Msg) -> None:
        try:
            state = str(unpack(message.data)["state"])
        except (ValueError, KeyError):
            return
        self._watchers.ended(last_word(message.subject), state)

    async def _hear_worker(self, message: Msg) -> None:
        try:
            body = unpack(message.data)
            worker, state = str(body["worker"]), body["state"]
        except (ValueError, KeyError):
            return
        if state in STATES:
            self.presence.hear(worker, last_word(message.subject), state)

    async def _tell_cancelled(self, job: str) -> None:
        await self._line.tell(f"{CANCEL}.{job}", {})
        await self._tell_ended(job, "FAILED")

    async def _tell_ended(self, job: str, state: str) -> None:
        self._watchers.ended(job, state)
        await self._line.tell(f"{DONE}.{job}", {"state": state})

    def _soon(self, call: Callable[[], object]) -> None:
        """Call it in our event loop; after `close`, not at all."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(call)

    def _begin(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
