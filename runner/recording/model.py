"""What a run left behind, as plain data: facts, without any decision about showing them."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

FORMAT = 3  # of the JSON; a recording of another format is refused


@dataclass
class Query:
    """One statement as Django sent it, with placeholders instead of values."""

    sql: str
    ms: float
    start_ms: float = 0  # since its request began
    # In a race: the turn in which it began (0: before the first hold), and the lanes it waited for.
    turn: int | None = None
    waits_for: list[int] = field(default_factory=list)


@dataclass
class Exchange:
    """One request, its response, and the SQL that ran between the two."""

    kind: str = field(default="exchange", init=False)

    method: str
    path: str
    status: int | None  # None: the request ended in an exception instead of a response
    queries: list[Query]
    ms: float
    user: str | None = None
    request_headers: dict[str, str] = field(default_factory=dict)
    request_body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    rows: int | None = None  # how many objects a list in the body holds
    error: str | None = None  # the exception behind a 500: its type, a colon, its text
    error_where: str | None = None  # "demos/07_n_plus_one/views.py:12", where that is in a demo
    route: str | None = None  # "07/orders/<str:reference>/"
    view: str | None = None  # "demos.07_n_plus_one.views.NaiveOrderList"
    serializers: list[str] = field(default_factory=list)
    race: int | None = None  # exchanges with the same number ran at the same time
    lane: int | None = None  # which of them it is, from 1, in the order the test gave
    server: int | None = None  # the server process that answered; None: no process of its own
    origin: str = ""  # "http://shop.test", where a browser sent it to
    sent_by: str = ""  # "browser" if not by the test itself
    attached: list[str] = field(default_factory=list)  # names of the cookies that came with it
    script_saw: str = ""  # what the browser let the script see: "200", "TypeError: …"


@dataclass
class Note:
    """A sentence that the test says."""

    kind: str = field(default="note", init=False)

    text: str


@dataclass
class Table:
    """Rows that the test wants shown."""

    kind: str = field(default="table", init=False)

    headers: list[str]
    rows: list[list[str]]


@dataclass
class Bar:
    """One measured value; bars with the same `measure` are compared at the end."""

    kind: str = field(default="bar", init=False)

    measure: str
    label: str
    value: float


Event = Exchange | Note | Table | Bar
EVENTS = {"exchange": Exchange, "note": Note, "table": Table, "bar": Bar}


@dataclass
class Failure:
    """Why a test is red; `is_assertion`: by a failed expectation, not another exception."""

    type: str
    message: str
    where: str  # "demos/07_n_plus_one/tests.py:14"
    is_assertion: bool
    statement: str = ""  # the line of the test that failed
    app: str | None = None  # file and line of the demo's app, where the exception began there
    expected: str | None = None  # the two sides of a comparison that failed, or two counts
    seen: str | None = None


@dataclass
class Case:
    """One run of a test; a parametrised test has several."""

    id: str
    outcome: str = "passed"  # passed, failed or skipped
    reason: str = ""  # why it was skipped
    failure: Failure | None = None
    events: list[Event] = field(default_factory=list)


@dataclass
class Scene:
    """One test as shown: a claim or a trap, and what its cases did."""

    demo: str
    test: str
    kind: str  # claim or trap
    text: str
    verdict: str | None
    explanation: str
    database: str
    is_about_sql: bool = True
    since: str = ""  # "DRF 3.18": the first release that behaves so
    until: str = ""  # the last one
    not_tried: str = ""  # why it will be skipped, known before the run
    cases: list[Case] = field(default_factory=list)

    @property
    def outcome(self) -> str:
        outcomes = {case.outcome for case in self.cases}
        return next((o for o in ("failed", "skipped") if o in outcomes), "passed")

    @property
    def events(self) -> list[Event]:
        return [event for case in self.cases for event in case.events]


@dataclass
class Route:
    """One line of a demo's urls.py, in their order: the view and serializers behind it."""

    route: str
    view: str
    serializers: list[str] = field(default_factory=list)


@dataclass
class Source:
    """The text of a view or serializer that a demo defines."""

    name: str
    file: str
    line: int
    text: str


@dataclass
class Recording:
    """Everything one run showed: the scenes of one or more demos."""

    django: str = ""
    drf: str = ""
    scenes: list[Scene] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    routes: dict[str, list[Route]] = field(default_factory=dict)  # by the number of the demo
    format: int = FORMAT

    def to_json(self) -> str:
        """The recording as text; `from_json` is its inverse."""
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> "Recording":
        data = json.loads(text)
        if data.get("format") != FORMAT:
            raise ValueError(f"a recording of format {data.get('format')}, not {FORMAT}")
        data["scenes"] = [_scene(plain) for plain in data["scenes"]]
        data["routes"] = {
            demo: [Route(**plain) for plain in routes] for demo, routes in data["routes"].items()
        }
        data["sources"] = {name: Source(**plain) for name, plain in data["sources"].items()}
        return cls(**data)


def _scene(plain: dict[str, Any]) -> Scene:
    return Scene(**plain | {"cases": [_case(case) for case in plain["cases"]]})


def _case(plain: dict[str, Any]) -> Case:
    failure = plain["failure"] and Failure(**plain["failure"])
    return Case(**plain | {"failure": failure, "events": [event_of(e) for e in plain["events"]]})


def event_of(plain: dict[str, Any]) -> Event:
    """The event behind what `asdict` made of it."""
    fields = {name: value for name, value in plain.items() if name != "kind"}
    if "queries" in fields:
        fields["queries"] = [Query(**query) for query in fields["queries"]]
    return EVENTS[plain["kind"]](**fields)
