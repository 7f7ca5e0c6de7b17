"""`make new SLUG=…`: creates a demo whose test fails, from the template."""

import re
from pathlib import Path
from string import Template

from runner.catalogue import ROOT, Demo, find_demos
from runner.errors import UserError

TEMPLATE = Path(__file__).parent / "template"


def new(slug: str, number: str = "", root: Path = ROOT) -> int:
    """Make demos/NN_slug from the template, with this number or else the next free one.

    Raises UserError where the slug is no slug, or where slug or number are taken.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", slug):
        suggested = re.sub(r"[^a-z0-9]+", "_", slug.lower()).strip("_0123456789")
        raise UserError(
            "A slug has small letters and digits, and its words are joined by `_`: "
            f"make new SLUG={suggested or 'etag_caching'}"
        )
    taken = {demo.number: demo for demo in find_demos(root)}
    for other in taken.values():
        if other.slug == slug:
            raise UserError(f"{other.path} has this slug already; choose another SLUG=.")
    if not number:
        number = next(n for i in range(1, 100) if (n := f"{i:02}") not in taken)
    number = number.rjust(2, "0")
    if not re.fullmatch(r"\d\d", number):
        raise UserError(f"N={number} is no number of two digits: make new SLUG={slug} N=23")
    if number in taken:
        raise UserError(f"Number {number} is taken by {taken[number].path}; choose another N=.")
    demo = Demo(root / "demos" / f"{number}_{slug}")
    demo.folder.mkdir()
    for file in sorted(TEMPLATE.iterdir()):
        text = Template(file.read_text("utf-8")).substitute(number=number, slug=slug)
        (demo.folder / file.name.removesuffix(".in")).write_text(text, "utf-8")
    print(
        f"Created {demo.path}; its test fails on purpose. Next: write its claims in tests.py, run"
    )
    print(f"`make demo-{number}`, then `make check`.")
    return 0
