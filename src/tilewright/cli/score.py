"""`tilewright score`: how good is any tile, and why."""

import re

import click

from tilewright.cli.say import behind_name, say_json, say_score
from tilewright.cli.stdin import fill_in


@click.command()
@click.argument("tile")
@click.option(
    "--reference",
    metavar="IMAGE",
    help="A picture of the surface alone, at the tile's scale, to compare with.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
def score(tile: str, reference: str | None, as_json: bool) -> None:
    """Measure how good a tile is, whatever made it.

    Its seam each way, its repetition, its sharpness, its period, with --reference its likeness to
    the surface and whether it is put together as that is, and one number for all of them. A report
    that `--embed-report` put into the file is told too. TILE is a file, an http(s) address, or -
    for standard input.
    """
    from tilewright import compose

    picture = _read("tile", tile)
    found = compose.score_tile(
        picture, None if reference is None else _read("reference", reference)
    )
    inside = compose.report_inside(picture)
    if as_json:
        say_json({"tile": tile, "score": found.model_dump(mode="json"), "report": inside})
    else:
        say_score(tile, found, inside)


def _read(kind: str, source: str) -> bytes:
    """The bytes of one of the two pictures; a refusal says which, and its name.

    Intake, which refuses it, speaks of a photo at the start of its sentences.
    """
    from tilewright import compose
    from tilewright.contract import PhotoRefused
    from tilewright.intake import decode
    from tilewright.settings import load_settings

    settings = load_settings()
    try:
        data = compose.read(fill_in(source), settings)
        decode(data, settings.photo_limits())  # damage behind the header is refused here too
    except PhotoRefused as error:
        sentence = re.sub(r"^the (\w+ )?photo\b", rf"the \1{kind}", str(error))
        raise PhotoRefused(f"{kind}: {behind_name(source, sentence)}") from error
    return data
