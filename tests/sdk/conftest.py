"""The published SDK, turned to a server of ours."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.pictures import grass
from tests.house.tree import HOUSE
from tests.sdk.address import Door, turned
from tests.serving import Account, serving

SIDE = 300
SMALL = {"width": 256, "height": 256}
WISH = {
    "prompt": "Extract fallen leaves texture from the forest floor.",
    "image_format": "png",
    **SMALL,
}


class Served:
    """A server process with a key: what `Door` asks for."""

    def __init__(self, url: str, account: Account) -> None:
        self.url = url
        self.key = account.key


@pytest.fixture(scope="session")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The whole service, its engine too."""
    with serving(tmp_path_factory.mktemp("door")) as service:
        yield Served(service.url, service.account("ann"))


@pytest.fixture(scope="session")
def leaves(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small photo of leaves."""
    from PIL import Image

    path: Path = tmp_path_factory.mktemp("leaves") / "leaves.jpg"
    with Image.open(HOUSE / "examples" / "oak_leaves.jpg") as photo:
        photo.thumbnail((SIDE, SIDE))
        photo.save(path)
    return path


@pytest.fixture(scope="session")
def sdk(door: Door) -> Iterator[Any]:
    """Its client, with all its constant hosts turned."""
    client = turned(door)
    yield client
    client._client.close()


@pytest.fixture(scope="session")
def photo(sdk: Any, leaves: Path) -> str:
    """The address of an uploaded photo."""
    return str(sdk.files.upload(leaves)["file_urls"][0])


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
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo with too little grass in it to make a tile of."""
    from PIL import Image

    pixels = grass(400, 40)
    pixels[:30] = [90, 90, 200]
    path: Path = tmp_path_factory.mktemp("bare") / "bare.png"
    Image.fromarray(pixels).save(path)
    return path
