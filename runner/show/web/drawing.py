"""Draws a template with plain data."""

from functools import cache
from pathlib import Path
from typing import Any

from django.template import Context, Engine

from runner.catalogue import Demo

TEMPLATES = Path(__file__).parent / "templates"


def draw(template: str, **context: Any) -> str:
    """The text of a page, or of a part of one."""
    return _engine().get_template(template).render(Context(context, use_l10n=False))


def around(demo: Demo, demos: list[Demo]) -> dict[str, Any]:
    """What the navigation of a demo's pages needs: the demo, the one before and the one after."""
    place = demos.index(demo)
    return {
        "demo": demo,
        "before": demos[place - 1] if place else None,
        "after": demos[place + 1] if place + 1 < len(demos) else None,
    }


@cache
def _engine() -> Engine:
    return Engine(dirs=[str(TEMPLATES)], builtins=["runner.show.web.tags"])
