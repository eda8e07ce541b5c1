"""Writes the reference pages from the code itself: `python -m docs.write`; a test compares them."""

import inspect
from pathlib import Path
from typing import Any

import click

from docs.described import described
from docs.fields import parameters, shown, taken
from docs.python import python_page
from tilewright.api import describe_app
from tilewright.api.faults import REFUSALS, STATUS
from tilewright.api.page import json_fields
from tilewright.api.queued import FAILED_STATUS
from tilewright.api.slugs import MODELS
from tilewright.cli import tilewright as command
from tilewright.client.address import DEFAULT_URL, KEY_VARIABLES, URL_VARIABLE
from tilewright.contract import ServiceRequest, TilewrightError, errors
from tilewright.settings import PREFIX, Settings

HERE = Path(__file__).parent
NOTE = "Made from the code by `python -m docs.write`."


def pages() -> dict[str, str]:
    """Every page by its file name, and what the service's own page knows of the service."""
    return {
        "settings.md": settings_page(),
        "errors.md": errors_page(),
        "http.md": http_page(),
        "command.md": command_page(),
        "python.md": _page(
            "In Python",
            "`pip install .` is enough for all of this; what is said here is what the code says of "
            "itself.",
            python_page(),
        ),
        "../page/src/described.ts": described(NOTE),
    }


def settings_page() -> str:
    """One row for each variable."""
    rows = [
        f"| `{PREFIX}{name.upper()}` | {taken(Settings, name)} | {shown(field.default)} "
        f"| {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return _page(
        "Settings",
        "Environment variables; an empty one counts as unset, a wrong or misspelled one is refused "
        "by name.",
        "| variable | takes | default | meaning |\n|---|---|---|---|\n"
        + "\n".join(rows)
        + f"\n\nWhile `{PREFIX}PRICE` is unset, a megapixel costs {MODELS[0].price} dollars.\n\n"
        "Callers have variables of their own, which the service does not read: "
        f"`{URL_VARIABLE}` is where `tilewright.Client` finds it (`{DEFAULT_URL}` if unset), "
        f"and the first of {' and '.join(f'`{name}`' for name in KEY_VARIABLES)} "
        "that is set is the key; `tilewright extract --url` takes its key from them too.",
    )


def errors_page() -> str:
    """The tree, a row for each error, and what only HTTP and only jobs can say."""
    assert errors.__doc__ is not None
    tree = errors.__doc__.partition("\n\n")[2].partition("\n\nEach message")[0]
    kinds = [kind for kind in vars(errors).values() if _is_error(kind)]
    rows = [
        f"| `{kind.code}` | `{kind.__name__}` | {_status(kind)} | "
        f"{2 if kind.wrong_input else 1} | {_sentence(kind)} |"
        for kind in kinds
        if kind is not TilewrightError
    ]
    return _page(
        "Errors",
        "Whatever goes wrong on purpose. `code` is stable; the sentence says what to do. These are "
        "what `tilewright.extract` raises; `tilewright.Client` raises a "
        "`tilewright.client.ServiceError` with the `code` that its server told, `InferenceFailed` "
        "for a job that failed.",
        f"```\n{inspect.cleandoc(tree)}\n```\n\n| code | in Python | HTTP | exit code | meaning |\n"
        "|---|---|---|---|---|\n" + "\n".join(rows) + "\n\n" + _more_codes(),
    )


def _more_codes() -> str:
    """Two tables of codes that no error in Python has."""
    http = [f"| `{code}` | {status} | {text} |" for code, (status, text) in REFUSALS.items()]
    jobs = [f"| `{code}` | {text} |" for code, text in errors.JOB_CODES.items()]
    return (
        "## Of the service alone\n\n| code | HTTP | meaning |\n|---|---|---|\n"
        + "\n".join(http)
        + f"\n\n## Of a job that FAILED\n\nIts answers have the HTTP status {FAILED_STATUS} and "
        "one of these codes, or that of the error above which its engine or its photo met, such as "
        "`surface_unusable`. It costs nothing.\n\n| code | meaning |\n|---|---|\n" + "\n".join(jobs)
    )


def _in_a_row(text: str) -> str:
    """A row of a table has no paragraphs."""
    return " ".join(text.split())


def http_page() -> str:
    """Every route, and the parameters of a tile."""
    described: dict[str, Any] = describe_app().openapi()
    rows = [
        f"| `{method.upper()} {path}` | {_in_a_row(operation['description'])}{_body(operation)} "
        f"| {', '.join(sorted(operation['responses']))} |"
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]
    return _page(
        "HTTP",
        "The whole description is served at `/openapi.json`, a page of it at `/docs`; "
        "[Calling the service](calling.md) shows how it is done.",
        "| route | what it does | answers |\n|---|---|---|\n"
        + "\n".join(rows)
        + "\n\n## Parameters of a tile\n\n"
        + parameters(ServiceRequest),
    )


def _body(operation: dict[str, Any]) -> str:
    names = json_fields(operation)
    return f" JSON: {', '.join(f'`{name}`' for name in names)}." if names else ""


def command_page() -> str:
    """What every command says of itself."""
    parts = [
        f"## {name}\n\n```\n{_help(one, name)}\n```"
        for name, one in _commands("tilewright", command)
    ]
    return _page("The command", "What `--help` says, all on one page.", "\n\n".join(parts))


def _commands(name: str, one: click.Command) -> list[tuple[str, click.Command]]:
    inner = one.commands if isinstance(one, click.Group) else {}
    found = [(name, one)]
    for word, sub in inner.items():
        found += _commands(f"{name} {word}", sub)
    return found


def _help(one: click.Command, name: str) -> str:
    with click.Context(
        one, info_name=name, terminal_width=80, **command.context_settings
    ) as context:
        return one.get_help(context)


def _page(title: str, intro: str, body: str) -> str:
    return f"# {title}\n\n{intro} {NOTE}\n\n{body}\n"


def _is_error(kind: object) -> bool:
    return inspect.isclass(kind) and issubclass(kind, TilewrightError)


def _status(kind: type[TilewrightError]) -> str:
    found = next((STATUS[one] for one in kind.__mro__ if one in STATUS), None)
    return "-" if found is None else str(found)


def _sentence(kind: type[TilewrightError]) -> str:
    return (inspect.getdoc(kind) or "").partition("\n\n")[0].replace("\n", " ")


def main() -> None:
    """Write them."""
    for name, text in pages().items():
        (HERE / name).write_text(text)


if __name__ == "__main__":
    main()
