"""The published description made true: without what the framework adds, with what it leaves out."""

from typing import Any

from fastapi import FastAPI

KEYS = {
    "key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    "bearer": {"type": "http", "scheme": "bearer"},
}
"""Either opens each route that answers 401 without one, while the service does not stand open."""

OWN_FAULTS = ("HTTPValidationError", "ValidationError")
"""The framework's shapes of a wrong address or query, for which we answer 400 in our own."""

LATER: dict[str, Any] = {
    "description": "The database or the store takes nothing now; Retry-After says when to come.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Fault"}}},
}


class Published(FastAPI):
    """Says how keys are sent, and the codes that are really answered."""

    def openapi(self) -> dict[str, Any]:
        """The description, made once."""
        if self.openapi_schema is None:
            _correct(super().openapi())
        return super().openapi()


def _correct(description: dict[str, Any]) -> None:
    for methods in description["paths"].values():
        for operation in methods.values():
            answers = operation["responses"]
            if "HTTPValidationError" in str(answers.get("422")):
                del answers["422"]
            if "401" in answers:
                operation["security"] = [{name: []} for name in KEYS]
                answers["503"] = LATER
    for name in OWN_FAULTS:
        description["components"]["schemas"].pop(name, None)
    description["components"]["securitySchemes"] = KEYS
