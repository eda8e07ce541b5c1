"""The sample of the hosted service's own page runs here."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import HOUSE
from tests.intake.site import Site, answer
from tests.sdk.address import Door

PAGE = HOUSE / "tests" / "client" / "hosted_sample.txt"
PHOTO = re.compile(r'"https://[^"]+[.]jpg"')
KEYS = ("SEGMIND_API_KEY", "TILEWRIGHT_API_KEY", "TILEWRIGHT_URL")


@pytest.fixture
def shown(leaves: Path) -> Iterator[str]:
    """The address of a photo at somebody else's host."""
    with Site(lambda path: [answer(leaves.read_bytes())]) as site:
        yield f"{site.url}/leaves.jpg"


def test_the_sample_runs_with_its_import_and_address_changed(
    door: Door, shown: str, tmp_path: Path
) -> None:
    sample = PAGE.read_text()
    assert len(PHOTO.findall(sample)) == 2
    ours = sample.replace("import segmind\n", "import tilewright as segmind\n").replace(
        "from segmind import SegmindClient", "from tilewright import Client as SegmindClient"
    )
    (tmp_path / "sample.py").write_text(PHOTO.sub(f'"{shown}"', ours))
    kept = {name: value for name, value in os.environ.items() if name not in KEYS}

    ran = subprocess.run(
        [sys.executable, "-W", "error", tmp_path / "sample.py"],
        env=kept | {"SEGMIND_API_KEY": door.key, "TILEWRIGHT_URL": door.url},
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert ran.returncode == 0, ran.stderr
    status, output, seconds, request_id = ran.stdout.split()
    assert status == "COMPLETED"
    assert output.startswith(f"{door.url}/results/")
    assert float(seconds) > 0
    assert re.fullmatch(r"[0-9a-f-]{36}", request_id)
