"""What is told of a demo, as plain data: what a show draws."""

from dataclasses import dataclass, field

from runner.recording.model import Bar, Note, Table
from runner.story.lanes import Lanes
from runner.story.sources import Code


@dataclass(frozen=True)
class Options:
    """How much is told: whole SQL, the code behind the endpoints, the verdicts alone, and what a
    clock or a version says.

    `measured` is off in transcripts, which must be the same on every machine.
    """

    whole_sql: bool = False
    code: bool = False
    short: bool = False
    measured: bool = True


@dataclass(frozen=True)
class Answer:
    """One claim of the usual answer. `verdict` is empty until its test has run; `outcome` is that
    of the test: passed, failed or skipped."""

    number: int
    text: str
    verdict: str = ""
    outcome: str = ""


@dataclass(frozen=True)
class Opening:
    """The question, where it is tried, and the usual answer."""

    number: str
    question: str
    facts: list[str]  # databases and versions
    usual_answer: list[Answer]


@dataclass(frozen=True)
class Statement:
    """SQL that ran `count` times; or, without SQL, how many statements are left out here."""

    count: int
    sql: str | None


@dataclass(frozen=True)
class Message:
    """What went in (`sent`) or came out."""

    sent: bool
    text: str
    is_error: bool = False


@dataclass(frozen=True)
class Request:
    """One exchange as told."""

    method: str
    path: str
    status: int | None
    queries: int
    rows: int | None
    ms: float | None  # None where times are not told
    user: str | None  # None where all requests of the scene come from the same user
    raced: bool = False
    sent_by: str = ""  # "browser" if not by the test itself
    server: int | None = None  # None where all requests of the scene went to the same one
    messages: list[Message] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    code: list[Code] = field(default_factory=list)
    curl: str = ""  # the command that sends it; empty where a server of the test was asked


@dataclass(frozen=True)
class Racing:
    """So many requests at once; they follow."""

    requests: int


Part = Request | Racing | Lanes | Note | Table


@dataclass(frozen=True)
class Fall:
    """Why a test is red, in the words of the demo. What is not known is empty.

    `verdict` is the one that fell ("trap" for a trap), `app` the file and line of the demo's app
    in which an exception began.
    """

    verdict: str
    where: str
    case: str
    statement: str
    expected: str
    seen: str
    error: str
    app: str


@dataclass(frozen=True)
class Ending:
    """How a scene ends: a verdict, "trap", "not tried" or "FAILED"."""

    sign: str
    word: str
    text: str
    fall: Fall | None = None


@dataclass(frozen=True)
class ToldScene:
    """One claim (with its number) or trap (with ▲)."""

    test: str
    is_trap: bool
    label: str
    text: str
    parts: list[Part]
    endings: list[Ending]
    is_short: bool = False  # told without its parts
    releases: str = ""  # "since DRF 3.18"


@dataclass(frozen=True)
class Comparison:
    """Bars that measure the same thing."""

    measure: str
    bars: list[Bar]


@dataclass(frozen=True)
class Closing:
    """The comparisons, the answer corrected, the tally, and the ways on."""

    comparisons: list[Comparison]
    answers: list[Answer]
    tally: str
    ways_on: list[tuple[str, str]]
