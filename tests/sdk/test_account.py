"""The published SDK's files, webhooks, history, models and account work here."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from segmind import SegmindClient, SegmindError

from tests.sdk.address import Door, patched

HOOK = "https://example.com/hook"


def statuses(rows: list[dict[str, Any]]) -> set[str]:
    return {row["model_status"] for row in rows}


def test_files_are_uploaded_in_order(sdk: Any, leaves: Path, bare: Path) -> None:
    answer = sdk.files.upload([leaves, bare])

    assert answer["message"]
    first, second = (httpx.get(url) for url in answer["file_urls"])
    assert first.content == leaves.read_bytes()
    assert second.content == bare.read_bytes()
    assert (first.headers["content-type"], second.headers["content-type"]) == (
        "image/jpeg",
        "image/png",
    )


def test_what_is_no_photo_is_not_taken(sdk: Any, tmp_path: Path) -> None:
    (tmp_path / "song.mp3").write_bytes(b"ID3 la la la")

    with pytest.raises(SegmindError) as caught:
        sdk.files.upload(tmp_path / "song.mp3")

    assert caught.value.status in (400, 415)
    assert caught.value.detail


def test_a_webhook_is_added_changed_and_silenced(sdk: Any) -> None:
    added = sdk.webhooks.add(HOOK, ["PIXELFLOW"])
    webhook_id = added["webhook_id"]
    assert added["status"] == "success"

    def found() -> dict[str, Any] | None:
        rows = sdk.webhooks.get()["webhooks"]
        return next((row for row in rows if row["webhook_id"] == webhook_id), None)

    row = found()
    assert row
    assert (row["webhook_url"], row["event_types"], row["status"]) == (
        HOOK,
        ["PIXELFLOW"],
        "active",
    )

    changed = sdk.webhooks.update(webhook_id, f"{HOOK}/2", ["PIXELFLOW", "GENERATION"])
    row = found()
    assert changed["status"] == "success"
    assert row
    assert (row["webhook_url"], row["event_types"]) == (f"{HOOK}/2", ["PIXELFLOW", "GENERATION"])

    logs = sdk.webhooks.logs(webhook_id)
    assert logs["webhook_id"] == webhook_id
    assert isinstance(logs["logs"], list)

    assert sdk.webhooks.delete(webhook_id)["status"] == "success"
    row = found()
    assert row is None or row["status"] == "inactive"


def test_a_webhook_that_is_not_there_is_a_404(sdk: Any) -> None:
    with pytest.raises(SegmindError) as caught:
        sdk.webhooks.logs("no-such-webhook")

    assert caught.value.status == 404
    assert caught.value.detail


def test_history_tells_cost_inputs_and_outcome(
    sdk: Any, finished: dict[str, Any], slug: str
) -> None:
    rows = sdk.generations.history(per_page=100)["data"]

    row = next(row for row in rows if row["request_id"] == finished["request_id"])
    assert (row["model_name"], row["model_status"]) == (slug, "COMPLETED")
    assert row["request_body"]["prompt"] == finished["prompt"]
    assert row["generation_url"]
    assert row["credits_deduction"] >= 0
    assert row["latency_ms"] > 0


def test_one_request_is_found_by_its_id(sdk: Any, finished: dict[str, Any]) -> None:
    row = sdk.generations.get(finished["request_id"])

    assert row["request_id"] == finished["request_id"]
    assert row["model_status"] == "COMPLETED"
    assert row["request_body"]["image_format"] == "png"


def test_a_request_that_is_not_there_is_a_404(sdk: Any) -> None:
    with pytest.raises(SegmindError) as caught:
        sdk.generations.get("no/such request")

    assert caught.value.status == 404


def test_history_is_filtered_sorted_and_cut_into_pages(
    sdk: Any, finished: dict[str, Any], slug: str
) -> None:
    today = datetime.now(UTC).date()
    chosen = {
        "from_date": str(today - timedelta(days=1)),
        "to_date": str(today + timedelta(days=1)),
        "model_name": slug[5:20],
        "status": "COMPLETED",
        "sort_by": "credits_deduction",
        "sort_order": "asc",
    }

    rows = sdk.generations.history(per_page=1, **chosen)["data"]
    beyond = sdk.generations.history(page=1000, **chosen)["data"]
    others = sdk.generations.history(model_name="no-such-model")["data"]

    assert finished["status"] == "COMPLETED"
    assert (len(rows), statuses(rows)) == (1, {"COMPLETED"})
    assert beyond == others == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"per_page": 101},
        {"page": 0},
        {"status": "DONE"},
        {"sort_by": "beauty"},
        {"from_date": "yesterday"},
        {"from_date": "2026-01-01", "to_date": "2026-03-01"},
    ],
)
def test_a_history_that_cannot_be_is_a_400(sdk: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(SegmindError) as caught:
        sdk.generations.history(**wrong)

    assert caught.value.status == 400
    assert caught.value.detail


def test_generations_are_listed_with_their_inputs(
    sdk: Any, finished: dict[str, Any], slug: str
) -> None:
    rows = sdk.generations.list(page=1, model_name=slug)["data"]
    recent = sdk.generations.recent(slug)["data"]

    for found in (rows, recent):
        row = next(row for row in found if row["request_id"] == finished["request_id"])
        assert row["model_name"] == slug
        assert row["generation_url"]
        assert row["status"] == "COMPLETED"
        assert row["prompt"] == row["parameters"]["prompt"] == finished["prompt"]
        assert row["latency_ms"] > 0
        assert row["credits_deduction"] >= 0


def test_the_model_is_listed(sdk: Any, slug: str) -> None:
    models = sdk.models.list()["models"]

    assert slug in {model["id"] for model in models}
    assert all(model["name"] for model in models)


def test_the_account_is_told(sdk: Any) -> None:
    assert sdk.accounts.current()["user_id"]


def test_credits_are_told(sdk: Any) -> None:
    credits = sdk._request("GET", "/get-user-credits").json()["credits"]

    assert isinstance(credits, (int, float))


def test_the_names_of_the_hosts_may_be_patched_instead(
    door: Door, monkeypatch: pytest.MonkeyPatch, bare: Path, finished: dict[str, Any]
) -> None:
    client: SegmindClient = patched(door, monkeypatch)

    assert client.files.upload(bare)["file_urls"]
    assert isinstance(client.webhooks.get()["webhooks"], list)
    assert client.generations.history()["data"]
    assert client.generations.get(finished["request_id"])["model_status"] == "COMPLETED"
    client._client.close()
