"""What is answered before the framework is asked is what the framework would have chosen."""

import pytest
from starlette.routing import Match

from tilewright.api import describe_app
from tilewright.api.slugs import MODELS
from tilewright.api.straight import Straight

APP = describe_app()
ROUTES = [route for route in APP.routes if isinstance(route, Straight)]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_the_first_route_that_fits_is_the_one_that_is_taken(route: Straight) -> None:
    path = route.path.format(slug=MODELS[0].slug, request_id="6f1c9f2e")
    for method in route.methods or ():
        asked = {"type": "http", "method": method, "path": path, "headers": []}
        fits = [other for other in APP.routes if other.matches(asked)[0] == Match.FULL]
        assert fits[0] is route


def test_submits_and_both_polls_are_among_them() -> None:
    assert {(*(route.methods or ()), route.path) for route in ROUTES} == {
        ("POST", "/v2/{slug}"),
        ("GET", "/v2/requests/{request_id}/status"),
        ("GET", "/v2/requests/{request_id}"),
    }
