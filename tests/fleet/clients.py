"""Callers who take any door that answers, and send again what got lost with its key."""

import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import uuid4

import httpx

from tests.chaos.service import PHOTO
from tests.fleet.fleet import Fleet

SLUG = "qwen-image-edit-plus-texture-extract"
PATIENCE = 120.0
PAUSE = 0.05
AGAIN = {429, 500, 502, 503, 504}
FOUND = {200, 422}


class Clients:
    """Threads that submit jobs until so many were accepted; some are looked at, some cancelled.

    prompt: of each job, by its number.
    """

    def __init__(
        self, fleet: Fleet, jobs: int, prompt: Callable[[int], str], threads: int = 6
    ) -> None:
        self.accepted: list[str] = []
        self.wrong: list[str] = []
        self._fleet = fleet
        self._numbers = iter(range(jobs))
        self._prompt = prompt
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._go, args=[n]) for n in range(threads)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join()
        assert self.wrong == []

    @property
    def busy(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def _go(self, seed: int) -> None:
        chance = random.Random(seed)
        headers = {"x-api-key": self._fleet.key}
        try:
            with httpx.Client(headers=headers, timeout=15, trust_env=False) as http:
                while (number := self._next()) is not None:
                    self._once(http, self._prompt(number), chance)
        except Exception as error:
            self.wrong.append(repr(error))

    def _next(self) -> int | None:
        with self._lock:
            return next(self._numbers, None)

    def _once(self, http: httpx.Client, prompt: str, chance: random.Random) -> None:
        key = {"Idempotency-Key": str(uuid4())}
        body = {"prompt": prompt, "image_1": PHOTO}
        answer = self._ask(http, chance, "POST", f"/v2/{SLUG}", json=body, headers=key)
        job = str(answer.json()["request_id"])
        self.accepted.append(job)
        dice = chance.random()
        if dice < 0.1:
            self._ask(http, chance, "POST", f"/v2/requests/{job}/cancel")
        elif dice < 0.5:
            found = self._ask(http, chance, "GET", f"/v2/requests/{job}/status")
            assert found.json()["request_id"] == job

    def _ask(
        self, http: httpx.Client, chance: random.Random, method: str, path: str, **more: Any
    ) -> httpx.Response:
        """The answer of any door, however long it takes to get one."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            url = chance.choice(self._fleet.urls) + path
            with suppress(httpx.TransportError):
                answer = http.request(method, url, **more)
                if answer.status_code not in AGAIN:
                    assert answer.status_code in FOUND, f"{path}: {answer.text}"
                    return answer
            time.sleep(PAUSE)
        raise TimeoutError(f"no door answered {path} within {PATIENCE:g} s")
