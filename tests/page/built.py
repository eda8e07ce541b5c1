"""The page as it was built, for tests that need it."""

from pathlib import Path

import pytest

from tilewright.api.front import BUILT

LACK = "the page has not been built, and this test needs it: python page/build.py"


def built_page() -> Path:
    """Its folder; whoever calls pytest without `bootstrap.py` is told what is missing."""
    if not (BUILT / "index.html").is_file():
        pytest.fail(LACK, pytrace=False)
    return BUILT
