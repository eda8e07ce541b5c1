"""`tilewright extract`: photos in, tiles out, one after the other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tilewright.cli.options import RequestCommand, given_parameters
from tilewright.cli.outlines import beside, draw_outlines, read_photo
from tilewright.cli.progress import progress
from tilewright.cli.say import say_error, say_json, say_report, short
from tilewright.cli.stdin import STDIN, fill_in

if TYPE_CHECKING:
    from tilewright.cli.remote import RemoteMaker
    from tilewright.compose import Maker


@click.command(cls=RequestCommand)
@click.argument("photos", metavar="PHOTO...", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    help="File of the tile, or folder for the tiles of several photos. The file's extension "
    "chooses the format.  [default: PHOTO's name with .tile.FORMAT, here]",
)
@click.option("--image-2", metavar="PHOTO", help="A photo of a surface to blend in.")
@click.option("--image-3", metavar="PHOTO", help="A photo of a surface to lay over.")
@click.option(
    "--engine",
    metavar="NAME",
    help="auto, or one that `tilewright doctor` names; with --url, one that the server has.  "
    "[default: auto]",
)
@click.option(
    "--url",
    metavar="URL",
    help="Let the server there do it; its key is taken from TILEWRIGHT_API_KEY.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="With --url: how long each tile is waited for.  [default: 600]",
)
@click.option(
    "--outlines",
    is_flag=True,
    help="Beside each tile a picture of the photo, NAME.surface.jpg, with what was taken outlined, "
    "and numbered what else may be meant.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for each photo.")
def extract(
    photos: tuple[str, ...],
    output: str | None,
    image_2: str | None,
    image_3: str | None,
    engine: str | None,
    url: str | None,
    timeout: float | None,
    *,
    outlines: bool,
    as_json: bool,
    **values: Any,
) -> int:
    """Turn photos into seamless tiles.

    Each shows the surface that --prompt names. PHOTO is a file, an http(s) address, or - for
    standard input. The exit code of several photos is the highest of theirs.
    """
    from tilewright.cli.destination import (
        agree_on_format,
        read_output,
        refuse_overwriting,
        writable,
    )

    sources = [one for one in (*photos, image_2, image_3) if one]
    if (times := sources.count(STDIN)) > 1:
        raise click.UsageError(
            f"- is one photo, that on standard input, and is named {times} times"
        )
    destination = read_output(output, len(photos))
    parameters = given_parameters(values)
    parameters["image_format"] = agree_on_format(destination, parameters["image_format"])
    with writable(destination.folder):
        others = {"image_2": image_2 and fill_in(image_2), "image_3": image_3 and fill_in(image_3)}
        maker = _prepare(url, timeout, engine, **parameters, **others)
        targets = destination.targets(photos, maker.request.image_format)
        pictures = [beside(target) for target in targets] if outlines else []
        refuse_overwriting([*targets, *pictures], sources)
        how = {"outlines": outlines, "as_json": as_json}
        pairs = zip(photos, targets, strict=True)
        return max([_make(maker, photo, target, **how) for photo, target in pairs])


def _prepare(
    url: str | None, timeout: float | None, engine: str | None, **parameters: Any
) -> Maker | RemoteMaker:
    """What makes the tiles: this machine, or a server, which knows which engines it has."""
    if url is None:
        if timeout is not None:
            raise click.UsageError("--timeout is for --url: what is made here is not waited for")
        from tilewright.compose import prepare

        return prepare(**parameters, engine=engine)
    from tilewright.cli.remote import prepare_remote

    return prepare_remote(url, engine, timeout=timeout, **parameters)


def _make(
    maker: Maker | RemoteMaker, photo: str, target: Path, *, outlines: bool, as_json: bool
) -> int:
    """Make and save one tile, say what came of it, and return the exit code."""
    picture = None
    try:
        with progress(short(photo)) as tick:
            source = fill_in(photo)
            data = read_photo(source) if outlines else None
            tile = maker.make(source if data is None else data, tick)
            tile.save(target)
            if data is not None:
                picture = draw_outlines(data, tile.report, target)
    except Exception as error:
        return say_error(error, photo, as_json=as_json)
    if as_json:
        report = tile.report.model_dump(mode="json")
        drawn = {"outlines": str(picture)} if picture else {}
        say_json({"photo": photo, "tile": str(target), **drawn, "report": report})
    else:
        say_report(str(target), tile.report, maker.why, picture)
    return 0
