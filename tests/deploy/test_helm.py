"""The chart gives Kubernetes what it takes, and our programs what they read."""

import re
from pathlib import Path
from typing import Any

import helm_python as helm
import kubernetes_validate
import pytest
import yaml

from tests.deploy.chart import CHART, Chart, Values, containers, of_kind, pods
from tests.deploy.program import check_command, check_settings
from tilewright.api import describe_app
from tilewright.database.connect import MOST_CONNECTIONS
from tilewright.engine.choose import NAMES
from tilewright.queue.subjects import STREAM
from tilewright.service.serve import LAST_SECONDS
from tilewright.settings import Settings
from tilewright.worker import GRACE_SECONDS, HAND_BACK_SECONDS, STOP_SECONDS

LEAST: Values = {
    "queue": {"url": "tls://nats.example:4222", "monitor": "nats.example:8222"},
    "store": {"url": "s3://tiles"},
}
QWEN: Values = {"engines": ["qwen", "synthesis"], "workers": {"qwen": {"enabled": True}}}
ALL: Values = {
    "engines": ["synthesis", "qwen"],
    "image": {"repository": "registry.example/tilewright", "tag": "1", "pullSecrets": ["pull"]},
    "nats": {"enabled": True},
    "postgresql": {"enabled": True},
    "store": {"url": "s3://tiles/a", "endpoint": "https://s3.example", "region": "here"},
    "authority": {"secret": "own-authority"},
    "settings": {"RETENTION_SECONDS": "600", "MODERATION": True},
    "serviceAccount": {"annotations": {"role": "tiles"}},
    "door": {
        "publicUrl": "https://tiles.example",
        "service": {"annotations": {"kept": "yes"}},
        "ingress": {
            "enabled": True,
            "className": "nginx",
            "annotations": {"kept": "yes"},
            "host": "tiles.example",
            "tls": "tiles-certificate",
        },
        "nodeSelector": {"pool": "small"},
        "tolerations": [{"key": "small", "operator": "Exists"}],
    },
    "workers": {"qwen": {"enabled": True, "nodeSelector": {"pool": "cards"}}},
    "weights": {"storageClass": "fast", "accessMode": "ReadWriteOnce"},
    "networkPolicy": {
        "doors": [{"namespaceSelector": {"matchLabels": {"name": "ingress"}}}],
        "figures": [{"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}],
    },
}
BARE: Values = LEAST | {
    "engines": ["qwen"],
    "keda": {"enabled": False},
    "networkPolicy": {"enabled": False},
    "serviceAccount": {"create": False, "name": "theirs"},
    "store": {"url": "s3://tiles", "secret": ""},
    "workers": {"qwen": {"enabled": True}, "synthesis": {"enabled": False}},
    "weights": {"existingClaim": "theirs", "pull": False},
}
SETS = {"least": LEAST, "qwen": LEAST | QWEN, "all": ALL, "bare": BARE}

KUBERNETES = ("1.25", "1.37")
"""The oldest that the chart takes, and the newest whose schemas there are."""

KEDA_FIELDS = {
    *("natsServerMonitoringEndpoint", "account", "stream", "consumer"),
    *("lagThreshold", "activationLagThreshold"),
}
"""What KEDA, 2.8 and newer, reads of a nats-jetstream trigger; all of it text."""

LONGEST_RELEASE = "r" * 53
"""Helm takes no longer one; a name in Kubernetes has 63 characters at most."""

SECRET = re.compile(r"TILEWRIGHT_(DATABASE_URL|.*(TOKEN|SECRET|KEY_ID))")


@pytest.fixture(scope="module")
def chart(tmp_path_factory: pytest.TempPathFactory) -> Chart:
    return Chart(tmp_path_factory.mktemp("chart"))


@pytest.fixture(params=SETS)
def values(request: pytest.FixtureRequest) -> Values:
    found: Values = SETS[request.param]
    return found


def environment(container: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in container.get("env", [])}


def test_helm_finds_nothing_wrong(chart: Chart, values: Values) -> None:
    found = helm.lint(str(chart.folder), values=values)

    told = {(one["path"], one["error"]) for one in found["messages"]}
    assert (found["errors"], told) == ([], {("Chart.yaml", "icon is recommended")})


@pytest.mark.parametrize("version", KUBERNETES)
def test_kubernetes_takes_all_of_it(chart: Chart, values: Values, version: str) -> None:
    for manifest in chart.manifests(values, LONGEST_RELEASE):
        assert len(manifest["metadata"]["name"]) <= 63
        if not manifest["apiVersion"].startswith("keda.sh/"):
            kubernetes_validate.validate(manifest, version, strict=True)


def test_keda_takes_its_part(chart: Chart) -> None:
    manifests = chart.manifests(LEAST | QWEN)
    scaled = of_kind(manifests, "ScaledObject")

    assert len(scaled) == 2
    for name, one in scaled.items():
        spec = one["spec"]
        assert spec["scaleTargetRef"] == {"name": name}
        assert name in of_kind(manifests, "Deployment")
        assert spec["minReplicaCount"] == 0
        (trigger,) = spec["triggers"]
        assert trigger["type"] == "nats-jetstream"
        assert set(trigger["metadata"]) == KEDA_FIELDS
        assert all(isinstance(value, str) for value in trigger["metadata"].values())


def test_each_kind_of_worker_is_scaled_by_what_waits_for_its_engine(chart: Chart) -> None:
    manifests = chart.manifests(LEAST | QWEN)
    asked = {}
    for name, one in of_kind(manifests, "ScaledObject").items():
        waiting = one["spec"]["triggers"][0]["metadata"]
        arguments = containers(manifests)[name, "worker"]["args"]
        assert waiting["stream"] == STREAM
        assert waiting["consumer"] == arguments[arguments.index("--engine") + 1]
        asked[waiting["consumer"]] = waiting["natsServerMonitoringEndpoint"]

    assert asked == {"synthesis": "nats.example:8222", "qwen": "nats.example:8222"}
    assert set(asked) <= set(NAMES)


def test_who_scales_says_how_many(chart: Chart) -> None:
    scaled, bare = (of_kind(chart.manifests(some), "Deployment") for some in (LEAST, BARE))

    assert [name for name, one in scaled.items() if "replicas" in one["spec"]] == []
    assert bare["demo-tilewright-worker-qwen"]["spec"]["replicas"] == 4


def test_nobody_is_root_and_nothing_is_writable(chart: Chart, values: Values) -> None:
    manifests = chart.manifests(values)

    for pod in pods(manifests).values():
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == 10001
        assert pod["automountServiceAccountToken"] is False
    for (owner, _), one in containers(manifests).items():
        assert one["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert "memory" in one["resources"]["limits"]
        open_places = {
            mount["mountPath"] for mount in one["volumeMounts"] if not mount.get("readOnly")
        }
        pulls = one.get("args") == ["weights", "pull"]
        assert open_places == {"/data", "/tmp"} | ({"/weights"} if pulls else set()), owner


def test_secrets_are_only_named(chart: Chart, values: Values) -> None:
    for one in containers(chart.manifests(values)).values():
        for name, variable in environment(one).items():
            if SECRET.fullmatch(name):
                assert set(variable) == {"name", "valueFrom"}
    assert of_kind(chart.manifests(values), "Secret") == {}


def test_programs_know_their_commands_and_settings(chart: Chart, values: Values) -> None:
    for one in containers(chart.manifests(values)).values():
        check_settings(environment(one))
        if "args" in one:
            check_command(one["args"])


def test_a_worker_knows_the_queue_and_nothing_else(chart: Chart) -> None:
    worker = containers(chart.manifests(LEAST))["demo-tilewright-worker-synthesis", "worker"]

    assert set(environment(worker)) == {
        *("TILEWRIGHT_NATS_URL", "TILEWRIGHT_NATS_TOKEN", "TILEWRIGHT_LOG_FORMAT"),
        "TILEWRIGHT_GRACE_SECONDS",
    }


def test_a_worker_hands_its_job_back_before_its_pod_is_ended(chart: Chart) -> None:
    found = chart.manifests(LEAST | {"workers": {"synthesis": {"grace": 45}}})
    pod = of_kind(found, "Deployment")["demo-tilewright-worker-synthesis"]["spec"]["template"][
        "spec"
    ]
    (worker,) = pod["containers"]

    assert pod["terminationGracePeriodSeconds"] == 45
    assert environment(worker)["TILEWRIGHT_GRACE_SECONDS"]["value"] == "35"


def test_doors_know_the_engines_and_how_many_hold_the_queue(chart: Chart) -> None:
    least, all_of_it = (
        environment(containers(chart.manifests(values))["demo-tilewright-door", "door"])
        for values in (LEAST, ALL)
    )

    assert least["TILEWRIGHT_ENGINES"]["value"] == "synthesis"
    assert "TILEWRIGHT_NATS_REPLICAS" not in least
    assert all_of_it["TILEWRIGHT_ENGINES"]["value"] == "synthesis,qwen"
    assert all_of_it["TILEWRIGHT_NATS_REPLICAS"]["value"] == "3"


def test_doors_and_workers_have_the_time_to_leave(chart: Chart) -> None:
    leaving = GRACE_SECONDS + STOP_SECONDS + HAND_BACK_SECONDS

    for name, pod in pods(chart.manifests(LEAST | QWEN)).items():
        if "worker" in name or "door" in name:
            assert pod["terminationGracePeriodSeconds"] > leaving


@pytest.mark.parametrize("seconds", [None, "60", 12.5, 600])
def test_a_door_answers_its_sync_calls_before_its_pod_is_ended(
    chart: Chart, seconds: str | float | None
) -> None:
    values = {} if seconds is None else {"settings": {"SYNC_SECONDS": seconds}}
    pod = pods(chart.manifests(LEAST | values))["demo-tilewright-door"]
    _, pause = pod["containers"][0]["lifecycle"]["preStop"]["exec"]["command"]
    waits = Settings().sync_seconds if seconds is None else float(seconds)

    spare = pod["terminationGracePeriodSeconds"] - (int(pause) + waits + LAST_SECONDS)
    assert 5 <= spare < 6


def test_the_probes_ask_what_is_answered(chart: Chart) -> None:
    asked = {
        (probe, one[probe]["httpGet"]["path"])
        for one in containers(chart.manifests(LEAST | QWEN)).values()
        for probe in ("startupProbe", "livenessProbe", "readinessProbe")
        if probe in one
    }

    assert asked == {
        ("startupProbe", "/live"),
        ("livenessProbe", "/live"),
        ("readinessProbe", "/ready"),
    }


def test_a_card_is_asked_for_where_the_model_runs(chart: Chart) -> None:
    manifests = chart.manifests(ALL)
    name = "demo-tilewright-worker-qwen"

    assert containers(manifests)[name, "worker"]["resources"]["limits"]["nvidia.com/gpu"] == 1
    assert pods(manifests)[name]["nodeSelector"] == {"pool": "cards"}
    assert pods(manifests)[name]["tolerations"][0]["key"] == "nvidia.com/gpu"


def test_the_weights_are_got_once_and_waited_for(chart: Chart) -> None:
    manifests = chart.manifests(LEAST | QWEN)
    claim = next(iter(of_kind(manifests, "PersistentVolumeClaim")))
    readers = {
        name
        for name, pod in pods(manifests).items()
        for volume in pod["volumes"]
        if volume.get("persistentVolumeClaim", {}).get("claimName") == claim
    }

    assert readers == {"demo-tilewright-worker-qwen", "demo-tilewright-weights-1"}
    assert ("demo-tilewright-worker-qwen", "weights") in containers(manifests)
    assert of_kind(chart.manifests(LEAST), "PersistentVolumeClaim") == {}


@pytest.mark.parametrize(("own", "when"), [(False, "pre-install"), (True, "post-install")])
def test_the_database_is_brought_up_to_date_first(chart: Chart, own: bool, when: str) -> None:
    """One that comes with the release is there only after it; nothing of the release before."""
    values = LEAST | {"postgresql": {"enabled": own}}
    job = of_kind(chart.manifests(values), "Job")["demo-tilewright-migrate"]

    assert job["metadata"]["annotations"]["helm.sh/hook"] == f"{when},pre-upgrade"
    assert "serviceAccountName" not in job["spec"]["template"]["spec"]


def test_policies_let_in_whom_they_name(chart: Chart) -> None:
    let = of_kind(chart.manifests(ALL), "NetworkPolicy")

    assert "ingress" not in let["demo-tilewright"]["spec"]
    assert (
        let["demo-tilewright-door"]["spec"]["ingress"][0]["from"] == ALL["networkPolicy"]["doors"]
    )
    worker = let["demo-tilewright-worker"]["spec"]["ingress"][0]
    assert worker["from"] == ALL["networkPolicy"]["figures"]
    assert of_kind(chart.manifests(BARE), "NetworkPolicy") == {}


def passes(paths: list[dict[str, Any]], address: str) -> bool:
    """Whether an Ingress of these paths takes the address, as Kubernetes describes it."""
    return any(
        address == one["path"]
        or (one["pathType"] == "Prefix" and address.startswith(one["path"].rstrip("/") + "/"))
        for one in paths
    )


def test_the_ingress_passes_on_what_callers_ask_for_and_nothing_else(chart: Chart) -> None:
    """By standard means, which each controller has: what it does not name, it does not know."""
    (ingress,) = of_kind(chart.manifests(ALL), "Ingress").values()
    (rule,) = ingress["spec"]["rules"]
    known = {*describe_app().openapi()["paths"], "/", "/docs", "/openapi.json", "/assets/page.js"}

    passed = {address for address in known if passes(rule["http"]["paths"], address)}

    assert known - passed == {"/metrics", "/ready"}
    doors = {one["backend"]["service"]["name"] for one in rule["http"]["paths"]}
    assert doors == {"demo-tilewright-door"}


def test_the_charts_of_others_come_when_asked_for(chart: Chart) -> None:
    assert of_kind(chart.manifests(LEAST), "ConfigMap") == {}
    assert set(of_kind(chart.manifests(ALL), "ConfigMap")) == {"nats", "postgresql"}


def test_the_notes_say_how_to_make_the_first_key(chart: Chart) -> None:
    notes = chart.texts(LEAST)["tilewright/templates/NOTES.txt"]

    assert "exec deploy/demo-tilewright-door -- tilewright keys create" in notes
    assert "TILEWRIGHT_API_KEY=tw_... tilewright extract" in notes
    assert "demo-tilewright-door" in of_kind(chart.manifests(LEAST), "Deployment")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"queue": {"url": ""}}, "where is the NATS server"),
        ({"queue": {"monitor": ""}}, "where does the NATS server tell KEDA"),
        ({"store": {"url": ""}}, "where do photos and tiles lie"),
        ({"store": {"url": "gs://tiles"}}, "does not match pattern"),
        ({"door": {"replica": 3}}, "additional properties 'replica' not allowed"),
        ({"workers": {"qwen": {"grace": 5}}}, "minimum: got 5, want 25"),
        ({"settings": {"retention": 600}}, "does not match pattern"),
        (
            {"queue": {"token": {"secret": "other"}}, "nats": {"enabled": True}},
            "nats.container.env.TOKEN: must name the secret and the key of queue.token",
        ),
        ({"engines": ["qwen"]}, "must name synthesis as well, since workers.synthesis is enabled"),
    ],
)
def test_what_cannot_be_is_refused(chart: Chart, wrong: Values, said: str) -> None:
    values = LEAST | {
        name: {**LEAST.get(name, {}), **part} if isinstance(part, dict) else part
        for name, part in wrong.items()
    }

    with pytest.raises(helm.HelmError) as refused:
        chart.manifests(values)

    assert said in str(refused.value)


def test_every_value_is_in_the_schema_and_is_explained(chart: Chart) -> None:
    text = (CHART / "values.yaml").read_text()

    assert set(yaml.safe_load(text)) < set(
        yaml.safe_load((CHART / "values.schema.json").read_text())["properties"]
    )
    assert text.startswith("# ")


def test_its_version_is_ours() -> None:
    from tilewright import __version__

    about = yaml.safe_load(Path(CHART / "Chart.yaml").read_text())
    assert (about["version"], about["appVersion"]) == (__version__, __version__)


def test_the_database_that_it_starts_has_connections_for_all_doors() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    parameters = values["postgresql"]["cluster"]["postgresql"]["parameters"]

    doors = values["door"]["replicas"]["max"]
    assert int(parameters["max_connections"]) > doors * MOST_CONNECTIONS
