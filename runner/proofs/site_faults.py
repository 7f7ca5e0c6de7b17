"""What the pages lack: claims, mutations, footnotes; links that lead nowhere; too many bytes."""

from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urldefrag, urlsplit

from runner.show.web.learning import data_of
from runner.show.web.pages import Told
from runner.story.messages import JWT

LARGEST = 150_000  # bytes of a page
LOADED = {"src", "srcset", "poster", "data"}  # what a browser fetches by itself


class Anchors(HTMLParser):
    """The ids of a page, where its links lead, and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: set[str] = set()
        self.loaded: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.ids.add(value or "")
            elif name in LOADED or (name == "href" and tag == "link"):
                self.loaded.add(value or "")
            elif name == "href":
                self.links.add(value or "")


def faults_of_pages(pages: dict[str, str], everything: list[Told]) -> Iterator[str]:
    """One sentence for each thing that is missing or wrong."""
    read = {name: Anchors(text) for name, text in pages.items() if name.endswith(".html")}
    for name, page in read.items():
        if (size := len(pages[name].encode())) > LARGEST:
            yield f"{name} has {size:,} bytes, and a page has at most {LARGEST:,}"
        if token := JWT.search(pages[name]):
            yield f"{name} tells the token {token[0][:12]}…, which is another one in each run"
        yield from (f"{name} loads {url}" for url in sorted(page.loaded - pages.keys()))
    told_later = {f"{told.demo.number}-learn.js": _html_in(pages, told) for told in everything}
    for name, page in (read | told_later).items():
        for link in sorted(page.links):
            target, fragment = urldefrag(link)
            if urlsplit(target).scheme:
                continue
            found = read.get(target or name)
            if found is None or (fragment and fragment not in found.ids):
                yield f"{name} links to {link}, which is not there"
    for told in everything:
        yield from _faults_of_demo(told, read)
        yield from _faults_of_questions(told, pages)


def _faults_of_demo(told: Told, read: dict[str, Anchors]) -> Iterator[str]:
    number = told.demo.number
    expected = {
        f"{number}.html": {claim.test for claim in told.demo.claims},
        f"{number}-break.html": {f"mutation-{n}" for n, _ in enumerate(told.broken, 1)},
        f"{number}-fix.html": {f"exercise-{each.number}" for each in told.exercises},
    }
    for name, ids in expected.items():
        missing = ids - (read[name].ids if name in read else set())
        yield from (f"{name} lacks {each}" for each in sorted(missing))


def _html_in(pages: dict[str, str], told: Told) -> Anchors:
    """What the script of a demo puts into a page; its evidence is plain text."""
    said = data_of(pages[f"{told.demo.number}-learn.js"])
    answers = [answer for _, answer in said["next"]]
    return Anchors("".join([said["aloud"], *(trap["why"] for trap in said["traps"]), *answers]))


def _faults_of_questions(told: Told, pages: dict[str, str]) -> Iterator[str]:
    number = told.demo.number
    asked = {claim["key"] for claim in data_of(pages["questions.js"])["claims"]}
    said = data_of(pages[f"{number}-learn.js"])
    tests = {trap["test"] for trap in said["traps"]}
    for claim in told.demo.claims:
        if claim.kind == "trap":
            if claim.test not in tests:
                yield f"{number}-learn.js lacks {claim.test}"
            continue
        if f"{number}/{claim.test}" not in asked:
            yield f"questions.js lacks {number}/{claim.test}"
        if not said["evidence"].get(claim.test):
            yield f"{number}-learn.js lacks the evidence of {claim.test}"
