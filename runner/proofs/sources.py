"""Looks up what a footnote names: a test of the demo, a name in an installed file, a document."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from runner.catalogue import Demo

TEST = re.compile(r"`(test_\w+)`")
SOURCE = re.compile(r"`([\w./]+\.py)`: (`[\w.]+`(?:, `[\w.]+`)*)")
LINK = re.compile(r"\[[^\]]+\]\((\S+)\)")
OF_THE_IETF = ("www.rfc-editor.org", "datatracker.ietf.org")


def faults_of_proof(proof: str, demo: Demo) -> Iterator[str]:
    """What is wrong with one proof of a footnote, in words."""
    if test := TEST.fullmatch(proof):
        if test[1] not in {node.name for node in demo.tests}:
            yield f"tests.py has no {test[1]}"
    elif source := SOURCE.fullmatch(proof):
        yield from _faults_of_source(source[1], re.findall(r"[\w.]+", source[2]))
    elif link := LINK.fullmatch(proof):
        yield from _faults_of_link(link[1])
    else:
        yield f"{proof} is neither a test, nor `file.py`: `name`, nor a link"


def _faults_of_source(path: str, names: list[str]) -> Iterator[str]:
    file = installed_file(path)
    if not file:
        yield f"no installed package has {path}"
        return
    for name in names:
        if name not in defined_names(file):
            yield f"{path} defines no {name}"


def _faults_of_link(address: str) -> Iterator[str]:
    url = urlsplit(address)
    if url.scheme not in ("http", "https") or not url.hostname:
        yield f"{address} is not an http address"
    elif url.hostname in OF_THE_IETF and not url.fragment.startswith("section-"):
        yield f"{address} names no section (#section-…)"


def installed_file(path: str) -> Path | None:
    """The file of an installed package, by its path from site-packages; imports nothing."""
    package, _, inside = path.partition("/")
    spec = find_spec(package.removesuffix(".py"))
    if not spec:
        return None
    folders = [Path(folder) for folder in spec.submodule_search_locations or ()]
    files = [folder / inside for folder in folders] if inside else [Path(spec.origin or "")]
    return next((file for file in files if file.is_file()), None)


@cache
def defined_names(file: Path) -> frozenset[str]:
    """The classes, functions and assigned names of a file; `Class.name` for what a class holds."""
    return frozenset(_names(ast.parse(file.read_bytes()), ""))


def _names(node: ast.AST, prefix: str) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.ClassDef(name=name):
                yield prefix + name
                yield from _names(child, f"{prefix}{name}.")
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield prefix + name
            case ast.Name(id=name, ctx=ast.Store()):
                yield prefix + name
            case _:
                yield from _names(child, prefix)
