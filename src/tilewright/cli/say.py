"""Puts answers into words for people, or into JSON lines for programs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pathlib import Path

    from tilewright.client import ServiceError
    from tilewright.contract import AxisScore, FieldFault, Report, TileScore

FAILED, WRONG_INPUT = 1, 2

REFUSED_INPUT = (400, 406, 413)
"""Statuses by which a server says that its caller must change something, whatever the code."""

LONGEST_SHOWN = 60
"""Characters of a photo's name on a terminal; base64 would fill many."""


def say_error(error: Exception | str, photo: str | None, *, as_json: bool) -> int:
    """Say what went wrong on stderr, and on stdout too if `as_json`; return the exit code.

    photo: the one that it went wrong with, if it was one of several.
    """
    sentence, code, fields, status = _read_error(error)
    click.echo(f"tilewright: {behind_name(photo, sentence) if photo else sentence}", err=True)
    if as_json:
        about = {"photo": photo} if photo else {}
        say_json({**about, "error": sentence, "code": code, "fields": fields})
    return status


def behind_name(photo: str, sentence: str) -> str:
    """The sentence behind the photo's name, unless it names it."""
    name = short(photo)
    named = f" {name};" in sentence or f" {name}:" in sentence
    return sentence if named else f"{name}: {sentence}"


def short(photo: str) -> str:
    """The name of a photo, cut where it grows long."""
    return photo if len(photo) <= LONGEST_SHOWN else f"{photo[: LONGEST_SHOWN - 3]}..."


def say_json(answer: dict[str, Any]) -> None:
    """One line of JSON on stdout."""
    click.echo(json.dumps(answer))


def say_report(path: str, report: Report, why: str, picture: Path | None) -> None:
    """Where a tile is, how long each stage took, its scores, and what else to know.

    why: this engine, if nobody named one. picture: where what was taken is outlined, if anywhere.
    """
    kilobytes = max(1, report.file_size // 1000)
    click.echo(
        f"{path}: {report.width}x{report.height} {report.image_format}, {kilobytes} kB, "
        f"seed {report.seed}"
    )
    rows = [(stage.stage, stage.seconds) for stage in report.stages]
    rows.append((f"in all, by the {report.engine} engine", report.seconds))
    width = max(len(name) for name, _ in rows)
    for name, seconds in rows:
        click.echo(f"  {name:<{width}}  {seconds:6.2f} s")
    if why:
        click.echo(f"  engine: {why}")
    click.echo(f"  {_source(report)}; {report.straightened}")
    if picture:
        click.echo(f"  outlined in {picture}")
    click.echo(f"  {report.method}")
    for note in report.notes:
        click.echo(f"  note: {note}")
    from tilewright.cli.others import other_surfaces

    for line in other_surfaces(report.surface) if report.surface else []:
        click.echo(f"  {line}")
    click.echo(f"  overall score {report.score.overall:.3f} (1: nothing to find fault with)")
    click.echo(f"  seam score {report.score.seam:.3f} (1: the wrap cannot be told from the inside)")
    for sentence in report.score.words:
        click.echo(f"  {sentence}")


def _source(report: Report) -> str:
    surface = report.surface
    if surface is None:
        return f"made by the {report.engine} engine"
    part = f"made from {surface.share:.0%} of the photo"
    if surface.drawn:
        return f"{part}, as drawn"
    known = ", ".join(surface.matched) or "none"
    strange = f"; not known: {', '.join(surface.unknown)}" * bool(surface.unknown)
    return f"{part}, {surface.confidence:.2f} sure; words known: {known}{strange}"


def say_score(path: str, score: TileScore, inside: dict[str, Any] | None) -> None:
    """The marks of a tile, each with its meaning, the plain words, and the report inside it."""
    click.echo(f"{path}:")
    alike, built = (
        "not measured: give --reference" if mark is None else f"{mark:.3f}"
        for mark in (score.fidelity, score.structure)
    )
    rows = [
        ("overall", f"{score.overall:.3f}", "a third the worst mark, the rest the mean of all"),
        ("seam", f"{score.seam:.3f}", "1: neither wrap can be told from the lines inside"),
        ("  across", f"{score.across.score:.3f}", _steps(score.across, "right", "left")),
        ("  down", f"{score.down.score:.3f}", _steps(score.down, "bottom", "top")),
        ("repetition", f"{score.repetition:.3f}", "1: nothing is seen twice by accident"),
        ("sharpness", f"{score.sharpness:.3f}", "1: its finest detail is as fine as texels show"),
        ("fidelity", alike, "1: as like the reference as another part of it would be"),
        ("structure", built, "1: lines and shapes are as long and large as in the reference"),
        ("period", _period(score), "texels after which it comes again, across and down"),
    ]
    width = max(len(mark) for _, mark, _ in rows)
    for name, mark, meaning in rows:
        click.echo(f"  {name:<10}  {mark:<{width}}  {meaning}")
    for sentence in score.words:
        click.echo(f"  {sentence}")
    if inside is not None:
        made = ("engine", "engine_version", "seed", "prompt", "method")
        known = (f"{name} {inside[name]}" for name in made if name in inside)
        click.echo(f"  its own report: {', '.join(known)}")


def _steps(axis: AxisScore, start: str, end: str) -> str:
    return (
        f"from {start} to {end}: a step of {axis.wrap_step:.1f} Delta E, where lines inside have "
        f"{axis.inner_step:.1f}, and one in a hundred {axis.inner_p99:.1f}"
    )


def _period(score: TileScore) -> str:
    return ", ".join("none" if step is None else f"{step:.1f}" for step in score.period)


def _read_error(error: Exception | str) -> tuple[str, str, list[dict[str, str]], int]:
    """Its sentence, its stable code, its wrong fields, and the exit code."""
    from tilewright.contract import InvalidRequest, TilewrightError
    from tilewright.contract.extras import to_install

    match error:
        case str():
            return error, "stopped", [], FAILED
        case InvalidRequest():
            fields = [fault._asdict() for fault in error.fields]
            return _named(error.fields), error.code, fields, WRONG_INPUT
        case TilewrightError():
            return str(error), error.code, [], WRONG_INPUT if error.wrong_input else FAILED
        case click.UsageError():
            hint = f" See {error.ctx.command_path} --help." if error.ctx else ""
            sentence = error.format_message().rstrip(".")
            end = "" if sentence.endswith("?") else "."
            return f"{sentence}{end}{hint}", "invalid_request", [], WRONG_INPUT
        case ModuleNotFoundError() if error.name and not error.name.startswith("tilewright"):
            lack = f"the service needs libraries that are not installed, {error.name} first"
            return f"{lack}: {to_install('server')}", "missing", [], FAILED
        case OSError():
            return str(error), "input_output", [], FAILED
    from tilewright.client import ServiceError  # takes long, and is there already if one was raised

    if isinstance(error, ServiceError):
        return _read_refusal(error)
    import traceback

    traceback.print_exception(error, file=sys.stderr)
    return f"internal error, please report it: {error!r}", "internal", [], FAILED


def _read_refusal(error: ServiceError) -> tuple[str, str, list[dict[str, str]], int]:
    """The same of what a server has refused, or could not be asked."""
    from tilewright.contract import FieldFault, InvalidRequest

    wrong = error.status in REFUSED_INPUT or error.code in _wrong_codes()
    theirs = InvalidRequest([FieldFault(**fault) for fault in error.fields])
    sentence = _named(theirs.fields) if str(theirs) == str(error) else str(error)
    return sentence, error.code or "service", error.fields, WRONG_INPUT if wrong else FAILED


def _named(faults: list[FieldFault]) -> str:
    """What is wrong, by the names that are typed for the command which is being run."""
    from tilewright.cli.typed import as_typed

    return as_typed(faults, click.get_current_context().command)


def _wrong_codes() -> set[str]:
    """Codes of the errors after which the caller must change something, as docs/errors.md says."""
    from tilewright.contract import errors

    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    ours = [kind for kind in kinds if issubclass(kind, errors.TilewrightError)]
    return {kind.code for kind in ours if kind.wrong_input}
