"""An operator's variables are heard, and a wrong one is named."""

import pytest

from tilewright.contract import InvalidRequest
from tilewright.intake import FetchLimits, PhotoLimits
from tilewright.settings import PREFIX, Settings, load_settings

MEBIBYTE = 2**20


def test_without_variables_the_limits_are_those_of_intake() -> None:
    assert load_settings() == Settings()
    assert Settings().fetch_limits() == FetchLimits()
    assert Settings().photo_limits() == PhotoLimits()


def test_variables_are_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "ENGINE": "synthesis",
        "FETCH_SECONDS": "2.5",
        "FETCH_REDIRECTS": "0",
        "PHOTO_MEBIBYTES": "4",
        "PHOTO_MEGAPIXELS": "12",
    }.items():
        monkeypatch.setenv(PREFIX + name, value)

    settings = load_settings()

    assert settings.engine == "synthesis"
    assert settings.fetch_limits() == FetchLimits(
        size=4 * MEBIBYTE, connect=2.5, read=2.5, total=2.5, redirects=0
    )
    assert settings.photo_limits() == PhotoLimits(size=4 * MEBIBYTE, megapixels=12)


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PREFIX + "FETCH_SECONDS", "")

    assert load_settings() == Settings()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("ENGINE", "quen", "must be one of auto, qwen, synthesis, not 'quen'; did you mean qwen?"),
        ("FETCH_SECONDS", "soon", "must be a number, not 'soon'"),
        ("FETCH_SECONDS", "0", "must be from 0.1 to 600, not '0'"),
        ("FETCH_SECONDS", "nan", "must be from 0.1 to 600, not 'nan'"),
        ("FETCH_REDIRECTS", "1.5", "must be a whole number, not '1.5'"),
        ("FETCH_REDIRECTS", "-1", "must be from 0 to 10, not '-1'"),
        ("PHOTO_MEBIBYTES", "33", "must be from 0.01 to 32, not '33'"),
        ("PHOTO_MEGAPIXELS", "inf", "must be from 0.001 to 50, not 'inf'"),
    ],
)
def test_a_wrong_variable_is_named(
    name: str, value: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PREFIX + name, value)

    with pytest.raises(InvalidRequest) as caught:
        load_settings()

    assert caught.value.fields == [(PREFIX + name, sentence)]


def test_every_variable_is_tried() -> None:
    assert set(Settings.model_fields) == {
        "engine",
        "fetch_seconds",
        "fetch_redirects",
        "photo_mebibytes",
        "photo_megapixels",
    }
