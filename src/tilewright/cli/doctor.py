"""`tilewright doctor`: what is installed, and which engines can run or what they lack."""

import os
import platform
import re
from typing import Any

import click

from tilewright import __version__
from tilewright.cli.say import FAILED, say_json

GIBIBYTE = 2**30


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
def doctor(as_json: bool) -> int:
    """Say what is installed, and which engines can run here."""
    findings = examine()
    if as_json:
        say_json(findings)
    else:
        _say(findings)
    return 0 if any(engine["ready"] for engine in findings["engines"]) else FAILED


def examine() -> dict[str, Any]:
    """All that `doctor` knows, ready for JSON."""
    from tilewright.engine import survey
    from tilewright.settings import load_settings

    return {
        "tilewright": __version__,
        "python": platform.python_version(),
        "system": platform.platform(terse=True),
        "cores": _cores(),
        "memory_gib": _memory(),
        "libraries": {name: _version(name) for name in _required()},
        "engines": [state._asdict() for state in survey(load_settings().qwen())],
        "service": _service(),
    }


def _service() -> dict[str, Any]:
    """Whether `tilewright serve` can run, and what enables it."""
    from tilewright.contract.extras import to_install

    missing = [name for name in _required("server") if _version(name) is None]
    remedy = to_install("server") if missing else ""
    return {"ready": not missing, "missing": missing, "remedy": remedy}


def _say(findings: dict[str, Any]) -> None:
    memory = findings["memory_gib"]
    click.echo(f"tilewright {findings['tilewright']}, python {findings['python']}")
    click.echo(
        f"{findings['system']}, {findings['cores']} cores, "
        f"{'memory unknown' if memory is None else f'{memory} GiB of memory'}"
    )
    click.echo("libraries:")
    for name, found in findings["libraries"].items():
        click.echo(f"  {name} {found or f'is missing; to install it: pip install {name}'}")
    click.echo("engines:")
    for engine in findings["engines"]:
        click.echo(f"  {engine['name']}: {'ready' if engine['ready'] else 'cannot run here'}")
        click.echo(f"    {engine['detail']}")
        if engine["remedy"]:
            click.echo(f"    what helps: {engine['remedy']}")
    service = findings["service"]
    click.echo(f"service: {'ready' if service['ready'] else 'cannot run here'}")
    if service["remedy"]:
        click.echo(f"    {', '.join(service['missing'])} missing; {service['remedy']}")


def _required(extra: str | None = None) -> list[str]:
    """The libraries that the installed package names as its own, or for an extra."""
    from importlib.metadata import PackageNotFoundError, requires

    try:
        wanted = requires("tilewright") or []
    except PackageNotFoundError:
        return []
    mark = re.compile(rf"extra == ['\"]{extra}['\"]")
    ours = [one for one in wanted if (mark.search(one) if extra else "extra ==" not in one)]
    return [re.split(r"[^\w.-]", one, maxsplit=1)[0] for one in ours]


def _version(library: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(library)
    except PackageNotFoundError:
        return None


def _cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory() -> float | None:
    """GiB of memory of the machine; None where the system does not say."""
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIBIBYTE, 1)
    except (AttributeError, OSError, ValueError):
        return None
