"""Says of what was seen since when a behaviour is gone, or why that cannot be said."""

from typing import Any

from runner.story.versions import PACKAGES

LABELS = {package: label for label, package in PACKAGES.items()}


def summary(package: str, result: dict[str, Any]) -> dict[str, Any]:
    """The older behaviour is the one that the newest release does not show: the releases that show
    it, the first that does not any more, and all of it in words."""
    changes = result["changes"]
    newest = changes[-1]["seen"][1]
    ends = [change for change in changes if change["seen"][1] == newest]
    is_span = changes[0]["seen"][0] == newest
    first_older = changes[0]["after"] if is_span else result["first"]
    last_older = ends[0]["before"]
    name = LABELS.get(package, package)
    if not is_span:
        when = f"since {name} {' and '.join(change['after'] for change in ends)}"
    elif first_older == last_older:
        when = f"{name} {first_older} alone"
    else:
        when = f"{name} {first_older} to {last_older}"
    return {
        "when": when,
        "first_older": first_older,
        "last_older": last_older,
        "first_newer": ends[0]["after"],
        "seen": {"older": ends[0]["seen"][0], "newer": newest},
    }


def fault_of(result: dict[str, Any]) -> str:
    """Why nothing can be told of the row; empty where it can."""
    if not result["changes"]:
        return f"all of {result['looked_at']} releases behave alike"
    for change in result["changes"]:
        if change["seen"][0] == change["seen"][1]:
            return (
                f"{change['before']} and {change['after']} behave alike beside "
                f"{', '.join(change['beside'])}: another package makes the difference"
            )
    behaviours = sorted({seen for change in result["changes"] for seen in change["seen"]})
    if len(behaviours) > 2:
        return f"there are {len(behaviours)} behaviours: {', '.join(behaviours)}"
    return ""
