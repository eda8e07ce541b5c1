"""Every public name is explained, and costs nothing until it is used."""

import importlib
import inspect
import json
import subprocess
import sys

import pytest

import tilewright
from tests.house.tree import module_name, modules

PACKAGES = [module_name(path) for path in modules() if path.name == "__init__.py"]
HEAVY = {"cv2", "numpy", "PIL", "pydantic", "rich", "scipy"}


def loaded_by(statement: str) -> set[str]:
    """Modules that a fresh Python has loaded after `statement`."""
    ask = f"{statement}\nimport sys, json; print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("statement", "free_of"),
    [
        ("import tilewright", HEAVY | {"click", "tilewright.contract"}),
        ("import tilewright.cli", HEAVY),
        ("import tilewright.contract", HEAVY - {"pydantic"}),
        ("import tilewright.compose", HEAVY - {"pydantic"}),
        ("import tilewright; tilewright.InvalidRequest", HEAVY - {"pydantic"}),
        ("import tilewright; tilewright.Client", HEAVY - {"rich"} | {"tilewright.contract"}),
    ],
)
def test_importing_loads_nothing_heavy(statement: str, free_of: set[str]) -> None:
    assert loaded_by(statement) & free_of == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_has_a_docstring(package: str) -> None:
    module = importlib.import_module(package)
    public = {name: getattr(module, name) for name in getattr(module, "__all__", [])}
    explained = {
        name: inspect.getdoc(value)
        for name, value in public.items()
        if inspect.isclass(value) or inspect.isfunction(value)
    }

    assert module.__doc__
    assert [name for name, text in explained.items() if not text] == []


def test_every_error_is_public() -> None:
    from tilewright.contract import TilewrightError, errors

    kinds = {
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, TilewrightError)
    }
    assert kinds <= set(tilewright.__all__)
    assert set(dir(tilewright)) == set(tilewright.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'extrakt'"):
        vars(tilewright)["__getattr__"]("extrakt")
