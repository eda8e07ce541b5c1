"""Rows under a head, in columns as wide as what is in them."""

from collections.abc import Sequence

import click

GAP = "  "


def say_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print them on stdout, whoever reads: programs ask for JSON."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(GAP.join(cells).rstrip())
