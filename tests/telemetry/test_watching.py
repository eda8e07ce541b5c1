"""The dashboard and the alert rules ask for what a running service tells, and for nothing else."""

import json
import re
from functools import partial
from typing import Any

import httpx
import pytest
import yaml

from tests.api.people import ASYNC, ENDED, wish
from tests.house.tree import HOUSE
from tests.ports import free_port
from tests.serving import NO_TLS, serving, until
from tests.telemetry.test_health import working
from tilewright.api.faults import REFUSALS, STATUS
from tilewright.api.meters import ALARMING
from tilewright.telemetry.port import health_port
from tilewright.telemetry.vitals import Vitals

RULES = yaml.safe_load((HOUSE / "deploy/prometheus/alerts.yaml").read_text())["groups"][0]["rules"]
DASHBOARD: dict[str, Any] = json.loads((HOUSE / "deploy/grafana/tilewright.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
ASKED = [target["expr"] for panel in PANELS for target in panel["targets"]]

METRIC = re.compile(r"\b(?:tilewright|process)_\w+")
SELECTOR = re.compile(r"\b((?:tilewright|process)_\w+)\{([^}]*)\}")
LABELS = re.compile(r"by \(([^)]*)\)")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    """All that a door and a worker tell once a tile was made and one was not, and of a card."""
    folder = tmp_path_factory.mktemp("watched") / "data"
    (folder / "diary").mkdir(parents=True)
    diary = ("tests.queue.worker_process", str(folder), "15", "2")
    with serving(folder, "--workers", "0") as door, working(door, *diary) as worker:
        hook = f"{door.url}/webhook-is-not-here"
        for prompt in ("good", "bad break"):
            body = wish(prompt=prompt, webhook_url=hook)
            job = httpx.post(f"{door.url}{ASYNC}", json=body, verify=NO_TLS).json()["request_id"]
            until(partial(_ended, f"{door.url}/v2/requests/{job}"))
        until(lambda: 'outcome="failed"' in httpx.get(f"{door.url}/metrics", verify=NO_TLS).text)
        until(
            lambda: 'outcome="completed"' in httpx.get(f"{worker.url}/metrics", verify=NO_TLS).text
        )
        pages = [httpx.get(f"{at}/metrics", verify=NO_TLS).text for at in (door.url, worker.url)]
    with health_port(port := free_port(), Vitals(), lambda: (1, 2)):
        pages.append(httpx.get(f"http://127.0.0.1:{port}/metrics", verify=NO_TLS).text)
    return "\n".join(pages)


def _ended(address: str) -> bool:
    return httpx.get(address, verify=NO_TLS).json()["status"] in ENDED


def test_what_is_asked_for_is_told(told: str) -> None:
    untold: list[str] = []
    for expr in [*ASKED, *(rule["expr"] for rule in RULES)]:
        for name in METRIC.findall(expr):
            if not re.search(rf"^{name}\b|^# TYPE {name.removesuffix('_total')} ", told, re.M):
                untold.append(f"{name} of {expr}")
        for name, labels in SELECTOR.findall(expr):
            untold += [
                f"{label} of {name} of {expr}"
                for label in re.findall(r"(\w+)=", labels)
                if not re.search(rf"^{name}{{.*\b{label}=", told, re.M)
            ]
    assert untold == []


def test_labels_that_are_grouped_by_exist(told: str) -> None:
    known = set(re.findall(r"(\w+)=\"", told)) | {"instance"}
    for expr in [*ASKED, *(rule["expr"] for rule in RULES)]:
        for labels in LABELS.findall(expr):
            assert set(labels.replace(" ", "").split(",")) <= known, expr


def test_the_dashboard_is_one_that_grafana_takes() -> None:
    """What its model of dashboards asks for, as far as it is written down."""
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    assert DASHBOARD["schemaVersion"] >= 39
    rows = [panel["title"] for panel in DASHBOARD["panels"] if panel["type"] == "row"]
    assert rows == ["Doors", "Queue", "Workers", "Cards", "Money"]
    places = set()
    for panel in PANELS:
        place = panel["gridPos"]
        assert panel["description"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert place["x"] + place["w"] <= 24
        places |= {(place["x"] + right, place["y"]) for right in range(place["w"])}
    assert len(places) == sum(panel["gridPos"]["w"] for panel in PANELS), "panels overlap"


def test_the_alerts_look_at_every_failure_that_is_ours() -> None:
    (expr,) = (rule["expr"] for rule in RULES if rule["alert"] == "TilewrightJobsFail")

    assert re.findall(r'outcome=~\s*"([^"]+)"', expr) == ["|".join(ALARMING)]


def test_the_alert_of_errors_counts_none_that_a_caller_can_make() -> None:
    """502 is a photo's address that leads nowhere, 504 a sync call that had no patience."""
    (expr,) = (rule["expr"] for rule in RULES if rule["alert"] == "TilewrightErrors")
    (counted,) = re.findall(r'status=~"([^"]+)"', expr)
    answered = {*STATUS.values(), *(status for status, _ in REFUSALS.values())}

    assert {one for one in answered if re.fullmatch(counted, str(one))} == {500, 503}


def test_the_alerts_look_at_the_job_that_the_pages_set_up() -> None:
    """Prometheus itself says what it reaches, and by no name of ours."""
    pages = [(HOUSE / "docs" / name).read_text() for name in ("operating.md", "fleet.md")]
    set_up = [name for page in pages for name in re.findall(r"job_name: (\w+)", page)]
    asked = [name for rule in RULES for name in re.findall(r'\bup\{job="(\w+)"\}', rule["expr"])]

    assert (len(set_up), len(asked)) == (3, 1)
    assert set(set_up) == set(asked)


def test_every_alert_is_tried() -> None:
    tried = yaml.safe_load((HOUSE / "deploy/prometheus/alerts.test.yaml").read_text())["tests"]

    named = {one["alertname"] for test in tried for one in test["alert_rule_test"]}
    assert named == {rule["alert"] for rule in RULES}


def test_every_alert_says_what_it_means_and_the_handbook_says_what_to_do() -> None:
    handbook = (HOUSE / "docs" / "operating.md").read_text()

    for rule in RULES:
        assert rule["annotations"]["summary"].endswith(".")
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert f"### {rule['alert']}\n" in handbook
    named = set(re.findall(r"^### (Tilewright\w+)$", handbook, re.M))
    assert named == {rule["alert"] for rule in RULES}
