"""What the templates may call."""

from django.template import Library
from django.utils.safestring import SafeString, mark_safe

from runner.show.web import markup
from runner.story.sources import Code
from runner.story.words import SIGNS, counted

register = Library()


@register.filter
def sql(statement: str) -> SafeString:
    return mark_safe(markup.sql(statement))


@register.filter
def code(told: Code) -> SafeString:
    """A view or serializer in colours; or what it does differently, as a diff."""
    if told.against:
        return mark_safe(markup.diff(told.lines))
    return mark_safe(markup.python("\n".join(told.lines)))


@register.filter
def prose(text: str) -> SafeString:
    """One line of Markdown."""
    return mark_safe(markup.inline(text))


@register.filter
def raw(rendered: str) -> SafeString:
    """What is HTML already."""
    return mark_safe(rendered)


@register.filter
def sign(verdict: str) -> str:
    return SIGNS.get(verdict, "")


@register.filter
def queries(number: int) -> str:
    return counted(number, "query")
