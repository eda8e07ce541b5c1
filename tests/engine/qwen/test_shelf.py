"""A LoRA comes from its address once, and is asked for again only if it has changed."""

import dataclasses
import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from safetensors.torch import save

from tests.engine.qwen.conftest import options
from tests.engine.qwen.test_lora import a_lora
from tests.intake.site import Site, answer, redirect
from tilewright.contract import FetchFailed, LoraRefused, UrlRefused
from tilewright.engine.qwen.load import Model
from tilewright.engine.qwen.shelf import Shelf

FILE = "/own.safetensors"


class Host:
    """Serves one file with an ETag, and says 304 to whoever has it."""

    def __init__(self, data: bytes) -> None:
        self.data, self.etag, self.asked = data, '"one"', [""]

    def __call__(self, path: str) -> Iterable[bytes]:
        if f"If-None-Match: {self.etag}" in self.asked[-1]:
            return [answer(b"", "304 Not Modified", ETag=self.etag)]
        return [answer(self.data, ETag=self.etag)]

    def serve(self) -> Site:
        site = Site(self)
        self.asked = site.requests
        return site


def shelf_in(folder: Path | None) -> Shelf:
    return Shelf(options(Path(), folder))


def test_a_file_is_fetched_once_and_kept_by_its_contents(model: Model, tmp_path: Path) -> None:
    host = Host(save(a_lora(model)))
    with host.serve() as site:
        first = shelf_in(tmp_path).take(site.url + FILE, "lora_2", 0.5, model.shapes)
        again = shelf_in(tmp_path).take(site.url + FILE, "lora_2", 0.5, model.shapes)
    assert (first.sha256, first.weight) == (again.sha256, 0.5)
    assert [path.stem for path in tmp_path.glob("*.safetensors")] == [first.sha256]
    assert ["If-None-Match" in asked for asked in site.requests] == [False, True]


def test_a_file_that_changed_at_its_address_is_another(model: Model, tmp_path: Path) -> None:
    host = Host(save(a_lora(model)))
    shelf = shelf_in(tmp_path)
    with host.serve() as site:
        first = shelf.take(site.url + FILE, "lora_2", 1.0, model.shapes)
        host.data, host.etag = save(a_lora(model, 5)), '"two"'
        other = shelf.take(site.url + FILE, "lora_2", 1.0, model.shapes)
    assert first.sha256 != other.sha256
    assert len([*tmp_path.glob("*.safetensors")]) == 2


def test_without_a_folder_nothing_is_kept(model: Model) -> None:
    host = Host(save(a_lora(model)))
    shelf = shelf_in(None)
    with host.serve() as site:
        for _ in range(2):
            shelf.take(site.url + FILE, "lora_2", 1.0, model.shapes)
    assert not any("If-None-Match" in asked for asked in site.requests)


def test_a_damaged_shelf_is_filled_anew(model: Model, tmp_path: Path) -> None:
    host = Host(save(a_lora(model)))
    with host.serve() as site:
        taken = shelf_in(tmp_path).take(site.url + FILE, "lora_2", 1.0, model.shapes)
        (tmp_path / f"{taken.sha256}.safetensors").unlink()
        for label in tmp_path.glob("*.json"):
            label.write_text("[")
        again = shelf_in(tmp_path).take(site.url + FILE, "lora_2", 1.0, model.shapes)
    assert again.sha256 == taken.sha256


@pytest.mark.parametrize("left", [0, 0.5])
def test_a_file_that_a_power_cut_spoiled_is_fetched_anew(
    model: Model, tmp_path: Path, left: float
) -> None:
    host = Host(save(a_lora(model)))
    with host.serve() as site:
        taken = shelf_in(tmp_path).take(site.url + FILE, "lora_2", 1.0, model.shapes)
        file = tmp_path / f"{taken.sha256}.safetensors"
        file.write_bytes(host.data[: int(left * len(host.data))])
        again = shelf_in(tmp_path).take(site.url + FILE, "lora_2", 1.0, model.shapes)
    assert again.sha256 == taken.sha256
    assert file.read_bytes() == host.data


def test_a_full_shelf_lets_the_oldest_go(model: Model, tmp_path: Path) -> None:
    hosts = [Host(save(a_lora(model, seed))) for seed in range(3)]
    shelf = Shelf(options(Path(), tmp_path), room=2 * len(hosts[0].data) + 1000)
    names = []
    for host in hosts:
        with host.serve() as site:
            names.append(shelf.take(site.url + FILE, "lora_2", 1.0, model.shapes).sha256)
    assert {path.stem for path in tmp_path.glob("*.safetensors")} == set(names[1:])
    labels = [json.loads(path.read_bytes()) for path in tmp_path.glob("*.json")]
    assert {digest for _, digest in labels} == set(names[1:])


def test_what_is_no_lora_is_refused_and_not_kept(model: Model, tmp_path: Path) -> None:
    for data, sentence in ((b"<html>", "web page"), (b"\x80\x04 pickled", "pickle")):
        with Host(data).serve() as site, pytest.raises(LoraRefused, match=sentence):
            shelf_in(tmp_path).take(site.url + FILE, "lora_2", 1.0, model.shapes)
    assert [*tmp_path.iterdir()] == []


def test_a_host_that_does_not_answer_is_named(model: Model, tmp_path: Path) -> None:
    with (
        Site(lambda path: [answer(b"", "503 Busy")]) as site,
        pytest.raises(FetchFailed, match=r"^lora_2_url: .* answered 503"),
    ):
        shelf_in(tmp_path).take(site.url + FILE, "lora_2", 1.0, model.shapes)
    with pytest.raises(FetchFailed, match="does not take connections"):
        shelf_in(tmp_path).take(site.url + FILE, "lora_2", 1.0, model.shapes)


def test_a_private_address_is_refused_behind_a_redirect_too(model: Model, tmp_path: Path) -> None:
    with (
        Site(lambda path: [redirect("http://192.168.0.1/own.safetensors")]) as site,
        pytest.raises(UrlRefused),
    ):
        shelf_in(tmp_path).take(site.url + FILE, "lora_2", 1.0, model.shapes)


def test_a_file_that_is_too_large_is_not_read_to_its_end(model: Model, tmp_path: Path) -> None:
    small = options(Path(), tmp_path)
    small = dataclasses.replace(small, fetch=dataclasses.replace(small.fetch, size=1000))
    host = Host(save(a_lora(model)))
    with host.serve() as site, pytest.raises(FetchFailed, match="larger than 1000 bytes"):
        Shelf(small).take(site.url + FILE, "lora_2", 1.0, model.shapes)
