"""The code of a demo: its routes, and the text of its views and serializers."""

import ast
import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from runner.catalogue import ROOT, definition, parse
from runner.recording.model import Route, Source


def routes_of(demo: str) -> list[Route]:
    """The routes of a demo, in the order of its urls.py, those of routers and includes as well."""
    from django.urls import get_resolver

    from runner.recording.client import serializer_names, view_name

    def below(resolver: Any, prefix: str = "") -> Iterator[Route]:
        for pattern in resolver.url_patterns:
            # As Django puts the route of a match together: URLResolver._join_route().
            own = str(pattern.pattern)
            route = prefix + own.removeprefix("^") if prefix else own
            if hasattr(pattern, "url_patterns"):
                yield from below(pattern, route)
            else:
                yield Route(route, view_name(pattern.callback), serializer_names(pattern.callback))

    try:
        routes = list(below(get_resolver()))
    except Exception:  # a broken urls.py may raise anything, and turns the tests red
        return []
    return [route for route in routes if route.route.startswith(f"{demo}/")]


@cache
def _definitions(module: str) -> dict[str, Source]:
    """The top-level classes and functions of a module, by their dotted names."""
    file = Path(importlib.import_module(module).__file__)
    lines = file.read_text("utf-8").splitlines()
    found = {}
    for node in parse(file).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            name = f"{module}.{node.name}"
            found[name] = Source(name, str(file.relative_to(ROOT)), *definition(node, lines))
    return found


def source_of(name: str) -> Source | None:
    """The text of a class or function, by its dotted name; None where it is no top-level one."""
    is_nested = "<locals>" in name
    return None if is_nested else _definitions(name.rpartition(".")[0]).get(name)
