"""What a run left behind, as plain data: facts, without any decision about showing them."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

FORMAT = 2  # of the JSON; a recording of another format is refused


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

    kind: ClassVar[str] = "exchange"

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


@dataclass
class Note:
    """A sentence that the test says."""

    kind: ClassVar[str] = "note"

    text: str


@dataclass
class Table:
    """Rows that the test wants shown."""

    kind: ClassVar[str] = "table"

    headers: list[str]
    rows: list[list[str]]


@dataclass
class Bar:
    """One measured value; bars with the same `measure` are compared at the end."""

    kind: ClassVar[str] = "bar"

    measure: str
    label: str
    value: float


Event = Exchange | Note | Table | Bar
EVENTS: dict[str, type[Event]] = {event.kind: event for event in (Exchange, Note, Table, Bar)}


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
        data = asdict(self)
        for scene, plain in zip(self.scenes, data["scenes"], strict=True):
            for case, plain_case in zip(scene.cases, plain["cases"], strict=True):
                for event, plain_event in zip(case.events, plain_case["events"], strict=True):
                    plain_event["kind"] = event.kind
        return json.dumps(data, indent=1)

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
    return Case(**plain | {"failure": failure, "events": [_event(e) for e in plain["events"]]})


def _event(plain: dict[str, Any]) -> Event:
    fields = {name: value for name, value in plain.items() if name != "kind"}
    if "queries" in fields:
        fields["queries"] = [Query(**query) for query in fields["queries"]]
    return EVENTS[plain["kind"]](**fields)
