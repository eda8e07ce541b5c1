"""Dollars outside, whole millionths of a dollar inside: nothing is ever rounded."""

from decimal import Decimal
from fractions import Fraction

from tilewright.contract import FieldFault, InvalidRequest
from tilewright.contract.faults import show

MICROS = 1_000_000
"""Millionths in a dollar; the price list has no finer part."""

CENT = Decimal("0.01")

MOST_DOLLARS = 1_000_000_000
"""Of one amount. A thousand such still fit into the 64 bits of a column."""


def to_micros(dollars: Decimal) -> int:
    """`dollars` in millionths; raise `InvalidRequest` if it has finer parts or is out of range."""
    if not dollars.is_finite() or abs(dollars) > MOST_DOLLARS:
        raise _wrong(dollars, f"must be a number of at most {MOST_DOLLARS} dollars")
    micros = Fraction(dollars) * MICROS  # Decimal would round after 28 digits
    if micros.denominator != 1:
        raise _wrong(dollars, "must have at most 6 decimal places")
    return int(micros)


def to_dollars(micros: int) -> Decimal:
    """`micros` in dollars, exactly, and with cents as people write them."""
    exact = Decimal(micros).scaleb(-6)
    cents = exact.quantize(CENT)
    return cents if cents == exact else exact


def _wrong(dollars: Decimal, rule: str) -> InvalidRequest:
    return InvalidRequest([FieldFault("dollars", f"{rule}, not {show(str(dollars))}")])
