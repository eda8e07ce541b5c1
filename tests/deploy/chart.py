"""The chart as Helm itself renders it, with stand-ins for the charts of others."""

import shutil
from pathlib import Path
from typing import Any

import helm_python as helm
import yaml

from tests.house.tree import HOUSE

CHART = HOUSE / "deploy" / "helm"

OTHERS = {"nats": "1.3.0", "cluster": "0.3.0"}
"""What `helm dependency build` would get from their repositories, which tests do not reach."""

Manifest = dict[str, Any]
Values = dict[str, Any]


class Chart:
    """A copy of the chart, complete enough to be rendered."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "tilewright"
        shutil.copytree(CHART, self.folder)
        for name, version in OTHERS.items():
            other = self.folder / "charts" / name
            (other / "templates").mkdir(parents=True)
            about = {"apiVersion": "v2", "name": name, "version": version}
            (other / "Chart.yaml").write_text(yaml.safe_dump(about))
            (other / "templates" / "there.yaml").write_text(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Chart.Name }}}\n"
            )

    def texts(self, values: Values, release: str = "demo") -> dict[str, str]:
        """What each template becomes. Raises `helm_python.HelmError`."""
        with helm.Chart.load(str(self.folder)) as chart:
            return dict(chart.render(values, name=release, namespace="tiles"))

    def manifests(self, values: Values, release: str = "demo") -> list[Manifest]:
        """All that Kubernetes would be given."""
        return [
            found
            for name, text in self.texts(values, release).items()
            if name.endswith(".yaml")
            for found in yaml.safe_load_all(text)
            if found
        ]


def of_kind(manifests: list[Manifest], kind: str) -> dict[str, Manifest]:
    """Those of one kind, by name."""
    return {one["metadata"]["name"]: one for one in manifests if one["kind"] == kind}


def pods(manifests: list[Manifest]) -> dict[str, Manifest]:
    """What the pods of each Deployment and Job are, by its name."""
    return {
        one["metadata"]["name"]: one["spec"]["template"]["spec"]
        for one in manifests
        if one["kind"] in ("Deployment", "Job")
    }


def containers(manifests: list[Manifest]) -> dict[tuple[str, str], Manifest]:
    """Every container, by the name of its pod's owner and its own."""
    return {
        (owner, one["name"]): one
        for owner, pod in pods(manifests).items()
        for one in [*pod.get("initContainers", []), *pod["containers"]]
    }
