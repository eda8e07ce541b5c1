"""The published SDK, turned to a server of ours."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.house.tree import HOUSE
from tests.sdk.address import Door, turned

collect_ignore_glob = ["test_*.py"]  # until a fixture `door`, of session scope, stands here

PHOTO = HOUSE / "examples" / "oak_leaves.jpg"
WISH = {"prompt": "Extract fallen leaves texture from the forest floor.", "image_format": "png"}


@pytest.fixture(scope="session")
def sdk(door: Door) -> Iterator[Any]:
    """Its client, with all its constant hosts turned."""
    client = turned(door)
    yield client
    client._client.close()


@pytest.fixture(scope="session")
def photo(sdk: Any) -> str:
    """The address of an uploaded photo."""
    return str(sdk.files.upload(PHOTO)["file_urls"][0])


@pytest.fixture(scope="session")
def wish(photo: str, slug: str) -> dict[str, Any]:
    """What every test asks for, the slug with it."""
    return {"slug": slug, "image_1": photo, **WISH}


@pytest.fixture(scope="session")
def slug() -> str:
    """The model."""
    return "qwen-image-edit-plus-texture-extract"


@pytest.fixture(scope="session")
def finished(sdk: Any, wish: dict[str, Any]) -> dict[str, Any]:
    """The result of one job that has ended well."""
    result: dict[str, Any] = sdk.run(**wish)
    return result


@pytest.fixture(scope="session")
def flat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo that shows nothing, so that no tile can be made of it."""
    from PIL import Image

    path: Path = tmp_path_factory.mktemp("flat") / "flat.png"
    Image.new("RGB", (256, 256), (128, 128, 128)).save(path)
    return path
