"""Asks a hub what a repository holds, and for its files from any byte on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tilewright.contract import FetchFailed
from tilewright.engine.qwen.weights.check import not_installed
from tilewright.engine.qwen.weights.manifest import Planned, inside

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoSibling

NAME = "tilewright"
BRANCH = "main"
SILENCE = 30.0
"""Seconds without a byte after which the hub is taken for gone; huggingface_hub waits 10, for a
file that it can begin anew."""

LATER = (408, 429, 500, 502, 503, 504)
"""Statuses that are worth another try."""
PARTIAL = 206
AGAIN = "do the same again later, which goes on from what is here, or take --from DIR"


class Absent(FetchFailed):
    """The repository or the file is not there, or not for us."""


class Dropped(FetchFailed):
    """The hub went silent or broke off; asked again it may go on."""


class Hub:
    """Hugging Face's, or one that speaks like it.

    The token and the address are those of huggingface_hub itself (`hf auth login`, HF_TOKEN,
    HF_ENDPOINT). Its own downloads begin a killed file anew, 10 GB of them for some; asked with a
    Range the same routes go on.
    """

    def __init__(self, endpoint: str | None = None) -> None:
        try:
            from huggingface_hub import HfApi
        except ModuleNotFoundError as error:
            raise not_installed(error) from None
        self._api = HfApi(endpoint=endpoint, library_name=NAME)
        self._listed: dict[str, dict[str, Planned]] = {}

    def listing(self, repo: str) -> dict[str, Planned]:
        """Every file of `repo` by its name there, of the commit that is newest when first asked.

        Raises `Absent` or `FetchFailed`.
        """
        if repo not in self._listed:
            self._listed[repo] = self._list(repo)
        return self._listed[repo]

    def read(self, planned: Planned, start: int) -> Iterator[bytes]:
        """The bytes of a file from `start` on, piece by piece.

        Raises `Dropped` where they end too soon, `Absent`, or `FetchFailed`.
        """
        from huggingface_hub import get_session, hf_hub_url
        from huggingface_hub.utils import build_hf_headers, hf_raise_for_status

        repo, name = str(planned.repo), str(planned.name)
        url = hf_hub_url(repo, name, revision=planned.revision, endpoint=self._api.endpoint)
        headers = build_hf_headers(library_name=NAME)
        headers["Accept-Encoding"] = "identity"  # a range of the file, not of a packed copy
        headers["Range"] = f"bytes={start}-"
        with (
            self._plainly(repo),
            get_session().stream("GET", url, headers=headers, timeout=SILENCE) as answer,
        ):
            hf_raise_for_status(answer)
            at = start if answer.status_code == PARTIAL else 0
            for piece in answer.iter_bytes():
                if fresh := piece[max(0, start - at) : max(0, planned.size - at)]:
                    yield fresh
                at += len(piece)
        if at < planned.size:
            raise Dropped(f"{url} ended after {at} of {planned.size} bytes; {AGAIN}")

    def _list(self, repo: str) -> dict[str, Planned]:
        with self._plainly(repo):
            info = self._api.model_info(repo, revision=BRANCH, files_metadata=True, timeout=SILENCE)
            files = info.siblings or []
            return {inside(one.rfilename): _planned(repo, info.sha, one) for one in files}

    @contextmanager
    def _plainly(self, repo: str) -> Iterator[None]:
        """What goes wrong inside, as one sentence."""
        from huggingface_hub.errors import HfHubHTTPError, HTTPError, OfflineModeIsEnabled

        hub = f"the hub at {self._api.endpoint}"
        try:
            yield
        except OfflineModeIsEnabled:
            raise FetchFailed(
                "HF_HUB_OFFLINE forbids to ask the hub; unset it, or take --from DIR"
            ) from None
        except HfHubHTTPError as error:
            raise _refusal(hub, repo, error.response.status_code) from error
        except HTTPError as error:
            reason = str(error) or type(error).__name__
            raise Dropped(f"{hub} does not answer ({reason}); {AGAIN}") from error
        except (KeyError, TypeError, ValueError) as error:
            raise FetchFailed(
                f"{hub} does not speak as one ({error}); look at HF_ENDPOINT and at your proxy"
            ) from error


def _refusal(hub: str, repo: str, status: int) -> FetchFailed:
    if status in (401, 403):
        return Absent(
            f"{hub} does not show {repo} to you ({status}): accept its terms on its page if it "
            "has any, then `hf auth login`, or set HF_TOKEN"
        )
    if status == 404:
        return Absent(f"{hub} has no {repo}, or not the file that it listed (404)")
    if status in LATER:
        return Dropped(f"{hub} cannot serve {repo} now ({status}); {AGAIN}")
    return FetchFailed(f"{hub} refused {repo} ({status}); look at HF_ENDPOINT and at your proxy")


def _planned(repo: str, revision: str | None, file: RepoSibling) -> Planned:
    if file.size is None or not revision:
        raise ValueError(f"{file.rfilename} has no size or no commit")
    sha256 = file.lfs.sha256 if file.lfs else None
    return Planned(
        size=file.size,
        sha256=sha256,
        blob=None if sha256 else file.blob_id,
        repo=repo,
        revision=revision,
        name=file.rfilename,
    )
