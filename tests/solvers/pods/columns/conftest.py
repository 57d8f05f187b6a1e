"""Hands the reference to the tests of this folder."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


_REFERENCE = _load("columns_reference")


@pytest.fixture(scope="session")
def reference() -> ModuleType:
    """Random instances with every rule, and their best answers by trying all: see `columns_reference`."""
    return _REFERENCE
