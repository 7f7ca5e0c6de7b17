"""Which requests of a demo break on purpose: its crashes.toml, compared with what broke."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields

from runner.catalogue import Demo
from runner.errors import UserError
from runner.marks import default_database


@dataclass(frozen=True)
class Crash:
    """Requests such as "POST /03/orders/<reference>/", each of which breaks with one of `errors`:
    the name of an exception, or a status such as "503" that a view returns. HEAD counts as GET."""

    requests: tuple[str, ...]
    errors: tuple[str, ...]
    why: str
    database: str = ""  # where it breaks on this one alone


def crashes_of(demo: Demo) -> list[Crash]:
    """Read crashes.toml, which a demo without crashes lacks; raises UserError if malformed."""
    file = demo.folder / "crashes.toml"
    if not file.exists():
        return []
    try:
        plain = tomllib.loads(file.read_text("utf-8"))["crash"]
        return [
            Crash(**entry | {key: tuple(entry[key]) for key in ("requests", "errors")})
            for entry in plain
        ]
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        keys = ", ".join(field.name for field in fields(Crash))
        raise UserError(
            f"{demo.path}/crashes.toml cannot be read ({error}); a [[crash]] has {keys}."
        ) from error


def faults_of(demo: Demo, found: list[tuple[str, str, str]]) -> Iterator[str]:
    """Compare with what was `found`: request, error, and an example that can be sent again."""
    here = [crash for crash in crashes_of(demo) if crash.database in ("", default_database())]
    listed = {
        (request, error) for crash in here for request in crash.requests for error in crash.errors
    }
    for request, error, example in found:
        if (request, error) not in listed:
            yield f"{demo.path}: {request} breaks with {error}: {example}"
    broke = {(request, error) for request, error, _ in found}
    for crash in here:
        for request in crash.requests:
            if not any((request, error) in broke for error in crash.errors):
                errors = " or ".join(crash.errors)
                yield (
                    f"{demo.path}: crashes.toml expects {errors} of {request}, "
                    "and it does not happen"
                )
