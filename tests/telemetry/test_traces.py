"""A job's way can be followed from the request to the webhook, by whoever collects spans."""

import base64
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.api.people import ASYNC, ENDED, wish
from tests.house.tree import HOUSE
from tests.intake.site import Site, answer
from tests.serving import NO_TLS, Service, serving, until
from tests.telemetry.collector import Collector, Told
from tilewright.contract import InvalidRequest

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PROMPT = "asphalt from the zebra crossing"
PHOTO = base64.b64encode((HOUSE / "examples" / "asphalt_street.jpg").read_bytes()).decode()


def make(service: Service, hook: str, traceparent: str) -> dict[str, float]:
    """Have a tile made; the seconds of its stages."""
    body = {"prompt": PROMPT, "image_1": PHOTO, "width": 128, "height": 128, "webhook_url": hook}
    headers = {"traceparent": traceparent}
    with httpx.Client(base_url=service.url, timeout=60, verify=NO_TLS) as http:
        job = http.post(ASYNC, json=body, headers=headers).json()["request_id"]
        until(lambda: http.get(f"/v2/requests/{job}/status").json()["status"] in ENDED, 120)
        result = http.get(f"/v2/requests/{job}").json()
    assert result["status"] == "COMPLETED", result
    return {one["stage"]: one["seconds"] for one in result["report"]["stages"]}


def test_every_step_is_a_span_of_the_callers_trace(tmp_path: Path) -> None:
    with Collector() as collector, Site(lambda path: [answer()]) as hook:
        with serving(tmp_path / "data", traces_url=collector.url) as service:
            stages = make(service, f"{hook.url}/zebra", f"00-{TRACE}-{CALLER}-01")
            until(lambda: hook.requests)
        spans = collector.spans()

    by_name: dict[str, Told] = {span.name: span for span in spans}
    assert {span.trace for span in spans} == {TRACE}
    accept, work = by_name["accept"], by_name["work"]
    assert accept.parent == CALLER
    for name in ("wait", "claim", "work", "deliver"):
        assert by_name[name].parent == accept.id
    for name in ("fetch photos", "store tile", *stages):
        assert by_name[name].parent == work.id
    assert {span.service for span in spans if span.parent == work.id} == {"tilewright-worker"}
    assert len(spans) == len(by_name) == 7 + len(stages)
    assert work.facts["attempt"] == "1"
    assert by_name["deliver"].facts["job_id"] == work.facts["job_id"]
    assert {span.failed for span in spans} == {""}
    assert sum(by_name[name].seconds for name in stages) <= work.seconds
    (told,) = re.findall(rf"traceparent: 00-{TRACE}-(\w{{16}})-01", hook.requests[0])
    assert told == by_name["deliver"].id
    assert not [body for body in collector.bodies if b"zebra" in body]


def test_a_collector_that_is_away_holds_up_nothing(tmp_path: Path) -> None:
    with Collector() as gone:
        pass
    with (
        Site(lambda path: [answer()]) as hook,
        serving(tmp_path / "data", traces_url=gone.url) as service,
    ):
        asked = httpx.post(
            f"{service.url}{ASYNC}",
            json=wish(width=128, height=128, webhook_url=hook.url),
            verify=NO_TLS,
        )
        until(lambda: hook.requests)
        job = httpx.get(f"{service.url}/v2/requests/{asked.json()['request_id']}", verify=NO_TLS)
        assert job.json()["status"] in ENDED


def test_off_it_costs_no_library_and_hands_the_callers_word_on() -> None:
    ask = (
        "import sys\n"
        "import tilewright.service, tilewright.worker, tilewright.api\n"
        "from tilewright.telemetry.traces import StageSpans, past_span, span\n"
        "with span('x', 'theirs') as trace: assert trace == 'theirs'\n"
        "past_span('x', None, 0.0); StageSpans().enter('a'); StageSpans().end()\n"
        "assert not {'opentelemetry.sdk', 'opentelemetry.exporter'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", ask], check=True)


def test_without_the_libraries_it_is_refused_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tilewright.telemetry.traces import start_tracing

    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.resources", None)
    with pytest.raises(InvalidRequest, match=r"TILEWRIGHT_TRACES_URL.*tilewright\[otel\]"):
        start_tracing("http://127.0.0.1:4318/v1/traces", "door", "1")
