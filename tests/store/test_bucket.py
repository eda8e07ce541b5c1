"""A bucket: its faults are told so that they can be put right, and its prefixes keep apart."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from tests.store.s3 import BUCKET, KEY_ID, S3, SECRET
from tilewright.contract import StoreUnusable
from tilewright.store import open_blobs

NOWHERE = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    "address, changes, sentence",
    [
        ("s3://nobodys", {}, r"has no bucket 'nobodys'; make it, or correct TILEWRIGHT_STORE_URL"),
        (f"s3://{BUCKET}", {"secret": "wrong"}, r"check TILEWRIGHT_STORE_KEY_ID and"),
        (f"s3://{BUCKET}", {"key_id": "AKIDNOBODY"}, r"does not let us put, get, list and delete"),
        (f"s3://{BUCKET}", {"endpoint": NOWHERE}, rf"at {NOWHERE} cannot be used; check TILE"),
    ],
)
def test_a_wrong_setting_is_refused_with_the_way_out(
    address: str, changes: dict[str, Any], sentence: str, s3: S3
) -> None:
    with pytest.raises(StoreUnusable, match=sentence):
        open_blobs(address, replace(s3.access, **changes)).check()


def test_without_a_key_of_ours_the_variables_of_amazons_tools_count(
    s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    access = replace(s3.access, key_id=None, secret=None)

    open_blobs(f"s3://{BUCKET}/{uuid4().hex}", access).check()


def test_two_prefixes_of_a_bucket_know_nothing_of_each_other(s3: S3) -> None:
    one, two = s3.blobs(uuid4().hex), s3.blobs(uuid4().hex)
    name = one.put(b"a tile")

    assert two.stat(name) is None
    assert two.put_before(2**33) == []


def test_while_the_store_refuses_every_call_says_so_and_nothing_is_kept(s3: S3) -> None:
    blobs = s3.blobs(uuid4().hex)
    name = blobs.put(b"a tile")
    with s3.refusing():
        for call in (
            lambda: blobs.put(b"another"),
            lambda: blobs.get(name),
            lambda: blobs.stat(name),
            lambda: blobs.delete(name),
            lambda: blobs.put_before(2**33),
        ):
            with pytest.raises(StoreUnusable, match="the object store away; try again later"):
                call()
        assert not blobs.discard(name)

    assert blobs.put_before(2**33) == [name]


def test_the_secret_is_not_shown(s3: S3) -> None:
    assert str(s3.access.secret) not in repr(s3.access)
