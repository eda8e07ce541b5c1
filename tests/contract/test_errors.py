"""The errors are one tree, and programs can tell them apart."""

import inspect

from tilewright.contract import FieldFault, InvalidRequest, TilewrightError, errors

ALL = [
    kind
    for kind in vars(errors).values()
    if inspect.isclass(kind) and issubclass(kind, TilewrightError)
]


def test_no_two_errors_share_a_code() -> None:
    assert len({kind.code for kind in ALL}) == len(ALL) > 5


def test_the_tree_is_drawn_as_it_is() -> None:
    drawn = errors.__doc__ or ""

    assert [kind.__name__ for kind in ALL if kind.__name__ not in drawn] == []


def test_a_wrong_request_names_its_fields() -> None:
    error = InvalidRequest([FieldFault("seed", "is odd"), FieldFault("prompt", "is dull")])

    assert str(error) == "seed: is odd; prompt: is dull"
    assert error.wrong_input
