"""DRF's parsers, which here refuse a body with a NUL, as `RefuseNul` refuses one in a URL.

A CharField refuses a NUL, but what a related field looks up reaches the database unchecked, and
PostgreSQL stores no NUL in text (docs: datatype-character). Demo 13 shows it.
"""

from typing import Any

from django.utils.datastructures import MultiValueDict
from rest_framework import parsers
from rest_framework.exceptions import ParseError


def holds_nul(data: Any) -> bool:
    """Whether a text in the data holds a NUL, however deep it is nested."""
    waiting = [data]
    while waiting:
        match waiting.pop():
            case str(text):
                if "\0" in text:
                    return True
            case MultiValueDict() as form:
                waiting.append(dict(form.lists()))
            case dict(pairs):
                waiting += [*pairs, *pairs.values()]
            case list(items):
                waiting += items
    return False


class RefuseNul:
    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        parsed = super().parse(stream, media_type, parser_context)
        if holds_nul(getattr(parsed, "data", parsed)):  # MultiPartParser: data and files
            raise ParseError("A body must not hold a NUL.")
        return parsed


class JSONParser(RefuseNul, parsers.JSONParser):
    pass


class FormParser(RefuseNul, parsers.FormParser):
    pass


class MultiPartParser(RefuseNul, parsers.MultiPartParser):
    pass
