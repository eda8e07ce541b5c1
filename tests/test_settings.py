"""An operator's variables are heard, and a wrong one is named."""

from decimal import Decimal
from pathlib import Path

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


FAST = "must be one of quality, fast, fastest, not 'fsat'; did you mean fast?"


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
        (
            "MODERATION",
            "perhaps",
            "must be true or false, not 'perhaps'",
        ),
        (
            "QWEN_MODE",
            "fsat",
            FAST,
        ),
        ("QWEN_DEVICE", "gpu", "must be auto, cpu, cuda or cuda:1, not 'gpu'"),
        ("LORA_MEBIBYTES", "1e9", "must be from 0.01 to 1536, not '1e9'"),
        ("ORIGINS", "*", "must be origins like https://app.example, not '*'"),
        ("ORIGINS", "a.example", "must be origins like https://app.example, not 'a.example'"),
        ("ALLOWED_NETWORKS", "10.1", "must be networks like 10.1.0.0/16, not '10.1'"),
        (
            "STORE_URL",
            "gs://bucket",
            "must be s3://BUCKET, s3://BUCKET/PREFIX or a folder, not 'gs://bucket'",
        ),
        ("NATS_URL", "host:4222", "must be nats://HOST:4222 or tls://HOST:4222, not 'host:4222'"),
        (
            "NATS_URL",
            "nats://ann:pass@host:port",
            "must be nats://HOST:4222 or tls://HOST:4222, not 'host:port'",
        ),
        ("LINK_SECRET", "short", "has 5 characters; at least 16 are needed"),
        ("CA_FILE", "/no/file", "must be a file that is there, not '/no/file'"),
        ("STORE_URL", "s3://", "must be s3://BUCKET, s3://BUCKET/PREFIX or a folder, not 's3://'"),
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


@pytest.mark.parametrize(
    "value",
    [
        *("tiles.example.com", "ftp://x", "https//tiles", "https://", "https:///tiles", "   "),
        *("https://tiles.example/?a=b", "https://tiles.example#a", "https://me@tiles.example"),
    ],
)
def test_where_callers_reach_the_service_is_an_address(value: str) -> None:
    sentence = "^public_url: must be http:// or https://, a host, and a path if need be, not "
    with pytest.raises(InvalidRequest, match=sentence):
        load_settings(public_url=value)


def test_the_service_may_be_reached_below_a_path() -> None:
    for value in ("http://localhost:8000/", "https://tiles.example/a/b", "http://[::1]:8000"):
        assert load_settings(public_url=value).public_url == value


def test_a_misspelled_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PREFIX + "GRACE_SECOND", "90")

    with pytest.raises(InvalidRequest) as caught:
        load_settings()

    sentence = "is no setting; did you mean TILEWRIGHT_GRACE_SECONDS?"
    assert caught.value.fields == [(PREFIX + "GRACE_SECOND", sentence)]


@pytest.mark.parametrize("name", ["URL", "API_KEY", "SERVICE_HOST", "PORT", "DATABASE_PORT"])
def test_the_callers_variables_and_those_of_kubernetes_are_let_be(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PREFIX + name, "tcp://10.0.0.1:8000")

    assert load_settings() == Settings()


SERVICE = {
    "DATA_DIR": ("here", Path("here")),
    "WEIGHTS_DIR": ("there", Path("there")),
    "QWEN_DEVICE": ("cuda:1", "cuda:1"),
    "QWEN_PLAN": ("streamed", "streamed"),
    "QWEN_MODE": ("fast", "fast"),
    "QWEN_ATTENTION": ("flash", "flash"),
    "LORA_HOSTS": ("loras.example", "loras.example"),
    "LORA_MEBIBYTES": ("100", 100.0),
    "DATABASE_URL": ("postgresql://me@host/tiles", "postgresql://me@host/tiles"),
    "MIGRATE": ("false", False),
    "HEALTH_PORT": ("9100", 9100),
    "TRACES_URL": ("http://host:4318/v1/traces", "http://host:4318/v1/traces"),
    "LOG_FORMAT": ("json", "json"),
    "LOG_LEVEL": ("debug", "debug"),
    "NATS_URL": ("nats://host:4222", "nats://host:4222"),
    "NATS_TOKEN": ("secret", "secret"),
    "NATS_CREDENTIALS": (__file__, Path(__file__)),
    "STORE_URL": ("s3://bucket/fleet", "s3://bucket/fleet"),
    "STORE_ENDPOINT": ("https://store.example:9000", "https://store.example:9000"),
    "STORE_REGION": ("eu-central-1", "eu-central-1"),
    "STORE_KEY_ID": ("AKIA", "AKIA"),
    "STORE_SECRET": ("secret", "secret"),
    "CA_FILE": (__file__, Path(__file__)),
    "PUBLIC_URL": ("https://tiles.example", "https://tiles.example"),
    "ENGINES": ("qwen, synthesis", "qwen, synthesis"),
    "NO_WORKER_SECONDS": ("60", 60),
    "GRACE_SECONDS": ("90", 90),
    "NATS_REPLICAS": ("3", 3),
    "PRICE": ("0.0234", Decimal("0.0234")),
    "TILE_SIDE": ("2048", 2048),
    "REQUESTS_PER_MINUTE": ("60", 60),
    "JOBS_AT_ONCE": ("4", 4),
    "RETENTION_SECONDS": ("600", 600),
    "SYNC_SECONDS": ("12.5", 12.5),
    "BODY_SECONDS": ("2.5", 2.5),
    "LINK_SECRET": ("known to all the doors", "known to all the doors"),
    "PHOTO_JUDGE": ("our.judges:no_faces", "our.judges:no_faces"),
    "MODERATION": ("false", False),
    "OPEN": ("false", False),
    "BLOCKED_WORDS": ("marble, slate", "marble, slate"),
    "ALLOWED_NETWORKS": ("10.1.0.0/16", "10.1.0.0/16"),
    "ORIGINS": ("https://app.example", "https://app.example"),
    "TRUSTED_PROXIES": ("10.2.0.0/16", "10.2.0.0/16"),
}


@pytest.mark.parametrize("name", SERVICE)
def test_the_service_hears_its_variables(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text, meant = SERVICE[name]
    monkeypatch.setenv(PREFIX + name, text)

    assert getattr(load_settings(), name.lower()) == meant


def test_weights_lie_in_the_data_folder_unless_they_have_one_of_their_own() -> None:
    assert Settings(data_dir=Path("here")).weights() == Path("here/weights")
    assert Settings(data_dir=Path("here"), weights_dir=Path("there")).weights() == Path("there")


def test_the_qwen_engine_hears_what_was_decided() -> None:
    made = Settings(data_dir=Path("here"), lora_mebibytes=2, allowed_networks="10.0.0.0/8").qwen()
    assert (made.weights, made.loras) == (Path("here/weights"), Path("here/loras"))
    assert (made.fetch.size, made.allowed("10.1.1.1")) == (2 * 2**20, True)
    assert made.lora_hosts == ("huggingface.co", "civitai.com", "github.com")
    assert Settings(lora_hosts="*").qwen().lora_hosts == ()


def test_what_is_given_counts_more_than_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PREFIX + "PUBLIC_URL", "https://old.example")

    assert load_settings(public_url="https://new.example").public_url == "https://new.example"
    assert load_settings(public_url=None).public_url == "https://old.example"


def test_a_wrong_field_that_is_given_is_named_as_given() -> None:
    with pytest.raises(InvalidRequest, match=r"^engine: must be one of auto"):
        load_settings(engine="quen")


def test_sites_are_named_as_browsers_name_them() -> None:
    told = Settings(origins="https://App.example/, http://localhost:5173").sites()

    assert told == ("https://app.example", "http://localhost:5173")


def test_only_public_addresses_and_the_allowed_networks_are_reached() -> None:
    allowed = Settings(allowed_networks="10.1.0.0/16, fd00::/8").allowed()

    assert [ip for ip in ("1.1.1.1", "10.1.2.3", "10.2.0.1", "fd00::1") if allowed(ip)] == [
        "1.1.1.1",
        "10.1.2.3",
        "fd00::1",
    ]
    assert not Settings().allowed()("10.1.2.3")


def test_a_fleet_prefers_the_engine_that_is_named_first() -> None:
    assert Settings().offered() == Settings(engine="qwen").offered() == ()
    assert Settings(engines="qwen, synthesis, qwen").offered() == ("qwen", "synthesis")
    assert Settings(engine="synthesis", engines="qwen,synthesis").offered() == ("synthesis", "qwen")
    with pytest.raises(InvalidRequest, match="must be of qwen, synthesis, not 'quen'; did you"):
        load_settings(engines="synthesis, quen")


def test_every_variable_is_tried() -> None:
    limits = {"engine", "fetch_seconds", "fetch_redirects", "photo_mebibytes", "photo_megapixels"}

    assert set(Settings.model_fields) == {*limits, *(name.lower() for name in SERVICE)}
