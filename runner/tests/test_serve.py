"""`make serve`, as a presenter and a class use it: in real browsers, on real sockets."""

import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from shutil import copytree

import pytest
from playwright.sync_api import Browser, Page, expect

from runner.catalogue import Demo, find_demo
from runner.learn.exercises import exercises_of
from runner.learn.progress import changed
from runner.support.launch import free_port
from runner.tests.conftest import Ground, House
from runner.tests.processes import is_gone, wait_until
from runner.tests.test_site import AXE

PATIENCE = 60_000  # milliseconds


class Served:
    """A process that serves the pages of a house; `said` is what its terminal shows."""

    def __init__(self, house: House, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "runner", "serve", f"--port={free_port()}", *options],
            cwd=house.folder,
            env=house.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = ""
        while "Ctrl-C" not in self.said:
            line = self.process.stdout.readline()
            assert line, self.said
            self.said += line
        self.port = int(re.search(r":(\d+)/", self.said)[1])

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        self.said += self.process.communicate(timeout=20)[0]
        return self.process.returncode


@pytest.fixture
def serve(house: House) -> Iterator[Callable[..., Served]]:
    """Serves the house with these options; afterwards it must have nothing more to say."""
    running: list[Served] = []

    def serve(*options: str) -> Served:
        running.append(Served(house, *options))
        return running[-1]

    yield serve
    for served in running:
        if served.process.poll() is None:
            begins = len(served.said)
            assert served.stop() == 130
            assert served.said[begins:] == ""


@pytest.fixture
def visit(chrome: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page in a browser profile of its own."""
    with ExitStack() as stack:

        def visit(url: str, **more: object) -> Page:
            context = chrome.new_context(**more)
            stack.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(PATIENCE)
            page.goto(url)
            return page

        yield visit


def below(pid: int) -> list[int]:
    """The processes that this one has started, and those that they have."""
    shown = subprocess.run(["ps", "-eo", "ppid=,pid="], capture_output=True, text=True, check=True)
    pairs = [tuple(map(int, line.split())) for line in shown.stdout.splitlines()]
    found = [pid]
    for parent in found:
        found += [child for above, child in pairs if above == parent]
    return found[1:]


def status(url: str, data: bytes | None = None, headers: dict[str, str] | None = None) -> int:
    """The status of a request by a client that keeps no cookies."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers or {})) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


def test_a_demo_is_recorded_when_its_page_is_opened(serve, visit):
    served = serve()
    page = visit(served.url("/"))
    page.get_by_role("link", name="Is this a tiny demo?").click()

    expect(page.locator("#claim-1")).to_have_text(
        "1 One query serves every product", timeout=PATIENCE
    )

    headers = urllib.request.urlopen(served.url("/05.html")).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'self';")
    assert headers["X-Frame-Options"] == "DENY"


def test_a_recording_is_made_without_the_toolbar_and_the_playground(serve, visit, house):
    """Both belong to the server; a verdict must not depend on them."""
    seen = "str((settings.MIDDLEWARE[0], __import__('os').environ.get('DATABASE_URL')))"
    house.edit("tests.py", "def test_one_query(", "def test_one_query(stage, settings, ")
    house.edit("tests.py", "    stock_", f"    stage.say({seen})\n    stock_")
    page = visit(serve().url("/05.html"))

    said = page.locator("#test_one_query .note").first

    expected = "('django.middleware.security.SecurityMiddleware', None)"
    expect(said).to_have_text(expected, timeout=PATIENCE)


def test_a_demo_that_cannot_be_recorded_says_why(serve, visit, house):
    served = serve()
    house.write("views.py", "import nothing")
    page = visit(served.url("/05.html"))

    reason = "demos/05_tiny/views.py line 1 cannot be imported: ModuleNotFoundError"
    expect(page.locator(".error")).to_contain_text(reason, timeout=PATIENCE)


def test_a_demo_that_is_broken_from_the_start_is_one_sentence(house):
    house.write("views.py", "import nothing")

    run = house.run("serve", f"--port={free_port()}")

    assert run.returncode == 2
    assert run.stderr == (
        "demos/05_tiny/views.py line 1 cannot be imported: ModuleNotFoundError: "
        "No module named 'nothing'.\n"
    )


def test_the_index_is_as_the_files_are_now(serve, visit, house):
    served = serve()
    page = visit(served.url("/verdicts.html"))
    expect(page.locator("tbody .verdict")).to_have_text("✔ holds")
    house.edit(
        "tests.py",
        '@claim("One query serves every product")',
        '@claim("One query serves every product", verdict=Verdict.DEPENDS)',
    )

    page.reload()

    expect(page.locator("tbody .verdict")).to_have_text("◐ depends")


def test_ctrl_c_lets_those_go_who_follow(serve, visit):
    served = serve()
    visit(served.url("/class/")).locator(".follow").wait_for()
    said = served.said

    assert served.stop() == 130

    assert served.said == said


def test_a_run_streams_and_an_edit_makes_the_verdict_fall(serve, visit, house):
    page = visit(serve().url("/05.html"))
    played = page.locator(".played .scene .verdict")
    output = page.locator(".live output")

    page.get_by_role("button", name="Run").click()
    expect(played).to_have_text("✔ holds", timeout=PATIENCE)
    expect(output).to_have_text("1 claim: 1 holds")
    page.wait_for_load_state()
    house.edit("views.py", '.select_related("brand")', ".all()")
    page.keyboard.press("r")

    expect(played.first).to_have_text("✘ FAILED", timeout=PATIENCE)
    expect(output).to_have_text("1 claim · 1 FAILED")
    expect(page.locator(".played .fall").first).to_contain_text("expected1 queryseen3 queries")


def test_a_mutation_is_broken_live(serve, visit, house):
    page = visit(serve().url("/05-break.html"))
    before = (house.demo / "views.py").read_text("utf-8")
    page.get_by_role("button", name="Break it").click()

    expect(page.locator(".played .verdict").first).to_have_text("✘ FAILED", timeout=PATIENCE)

    assert (house.demo / "views.py").read_text("utf-8") == before


def test_the_endpoints_answer_on_a_playground(serve, visit):
    served = serve()
    page = visit(served.url("/05.html"))
    page.get_by_role("button", name="Sign in as Ann").click()
    expect(page.locator(".live output")).to_have_text("You are Ann.")

    page.goto(served.url("/05/products/"))

    expect(page.locator(".response-info")).to_contain_text("Product 10")


def test_the_toolbar_shows_the_queries_that_the_page_tells(serve, visit, house):
    """151 for the naive list of demo 07: those that find the user are not among them."""
    copytree(find_demo("07").folder, house.folder / "demos" / "07_n_plus_one")
    served = serve()
    page = visit(served.url("/05.html"))
    page.get_by_role("button", name="Sign in as Ann").click()
    expect(page.locator(".live output")).to_have_text("You are Ann.")
    sql = page.locator("#djdt-SQLPanel small")

    page.goto(served.url("/07/orders/naive/"))
    expect(sql).to_contain_text("151 queries")
    page.evaluate("fetch('/07/orders/deep/?format=json').then(response => response.text())")
    page.locator("#djdt-HistoryPanel a").click()
    script = "[...document.scripts].find(script => script.src.endsWith('history.js')).src"
    page.locator("#djdtHistoryRequests").wait_for()
    page.evaluate(f"import({script})")  # before it has run, the buttons do nothing
    row = page.locator("#djdtHistoryRequests tr", has_text="/07/orders/deep/?format=json")
    row.get_by_role("button", name="Switch").click()

    expect(sql).to_contain_text("3 queries")


def test_a_class_follows_the_presenter_and_votes(serve, visit):
    served = serve()
    follower = visit(served.url("/class/"), viewport={"width": 360, "height": 740})
    expect(follower.locator(".follow")).to_have_text("The presenter has not begun yet.")
    presenter = visit(served.url("/05.html"))
    presenter.locator("#claim-1").wait_for()
    presenter.wait_for_load_state()
    presenter.keyboard.press("p")
    presenter.wait_for_url("**/05-present.html")

    presenter.keyboard.press("PageDown")
    expect(follower.locator(".follow h2")).to_have_text("1 One query serves every product")
    expect(follower.locator(".follow .verdict")).not_to_be_visible()
    follower.get_by_role("button", name="wrong").click()
    follower.get_by_role("button", name="depends").click()
    expect(presenter.locator(".tally")).to_have_text("1 voted")
    presenter.keyboard.press("PageDown")

    tally = "holds 0 · depends 1 · outdated 0 · wrong 0"
    expect(presenter.locator(".tally")).to_have_text(f"1 voted: {tally}")
    expect(follower.locator(".tally")).to_have_text(f"The class: {tally}")
    expect(follower.locator(".follow .verdict")).to_be_visible()
    expect(follower.locator(".jury")).not_to_be_visible()


def test_one_presenter_drives_at_a_time(serve, visit):
    served = serve()
    visit(served.url("/05.html")).locator("#claim-1").wait_for()
    first = visit(served.url("/05-present.html"))
    expect(first.locator(".slide.now h1")).to_be_visible()
    first.wait_for_load_state()
    first.keyboard.press("PageDown")
    second = visit(served.url("/class/"))
    expect(second.locator(".follow h2")).to_be_visible()
    asked: list[str] = []
    second.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))

    second.goto(served.url("/05-present.html"))
    second.wait_for_timeout(500)

    assert asked == ["Another presenter drives. Take over?"]
    follower = visit(served.url("/class/"))
    expect(follower.locator(".follow h2")).to_be_visible()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[" * 100_000,
        "[]",
        "{}",
        '{"page": "05-present.html", "slide": 1, "open": true}',
        '{"page": "05-present.html", "slide": Infinity, "open": true, "driver": "d"}',
        '{"page": "05-present.html", "slide": -1, "open": true, "driver": "d"}',
        '{"page": "/evil.test/", "slide": 1, "open": true, "driver": "d"}',
        '{"page": 5, "slide": 1, "open": true, "driver": "d"}',
    ],
    ids=range(9),
)
def test_what_is_no_slide_is_refused(showing, body):
    assert showing(body) == 400


def test_a_slide_is_shown(showing):
    assert showing('{"page": "05-present.html", "slide": 10, "open": true, "driver": "d"}') == 200


@pytest.fixture(scope="module")
def showing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], int]]:
    """Posts a body as a page of the presenter does; returns the status."""
    served = Served(House(Ground(tmp_path_factory.mktemp("house"))))
    token = 32 * "t"
    headers = {"Cookie": f"csrftoken={token}", "X-CSRFToken": token}

    def post(body: str) -> int:
        return status(served.url("/live/show/"), body.encode(), headers)

    yield post
    served.stop()


def test_who_has_no_key_can_only_read_and_vote(serve, visit):
    served = serve("--host=0.0.0.0")
    key = re.search(r"/presenter/([\w-]+)/", served.said)[1]

    for path in ("/05/products/", "/__debug__/", "/live/run/05/", "/live/reset/", "/live/ann/"):
        assert status(served.url(path)) == 403
        assert status(served.url(path), b"") == 403
    assert status(served.url("/index.html")) == status(served.url("/class/")) == 200
    assert status(served.url("/presenter/guessed/")) == 404
    presenter = visit(served.url(f"/presenter/{key}/"))
    presenter.goto(served.url("/05.html"))
    presenter.get_by_role("button", name="Run").click()
    expect(presenter.locator(".played .verdict")).to_have_text("✔ holds", timeout=PATIENCE)
    presenter.goto(served.url("/nothing/here/"))
    assert "DEBUG" not in presenter.content()


def test_quiz_and_interview_ask_without_a_recording(serve, visit, house):
    served = serve()
    page = visit(served.url("/quiz.html#05"))
    troubles: list[str] = []
    page.on("console", lambda said: said.type == "error" and troubles.append(said.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.reload()
    page.get_by_role("button", name="Begin").click()
    page.locator(".asked").wait_for()
    page.keyboard.press("h")
    expect(page.locator(".ending")).to_contain_text("Right, the verdict is ✔ holds")
    expect(page.locator(".evidence")).to_have_text("")
    page.keyboard.press("Enter")
    expect(page.locator(".scores td").first).to_have_text("no topic")
    with page.expect_download():
        page.get_by_role("button", name="Export").click()

    page.get_by_role("link", name="Interview").click()
    page.get_by_role("button", name="Begin").click()
    page.locator(".asked").wait_for()
    page.keyboard.press("Space")
    expect(page.locator(".aloud")).to_have_text("It is.")
    page.keyboard.press("Enter")

    expect(page.locator(".scores h2")).to_have_text("0 of 0 points said")
    assert troubles == []
    assert not (house.folder / ".recordings").exists()


def test_what_the_learner_has_fixed_is_told_to_the_presenter_alone(
    serve, visit, house, tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (exercise,) = exercises_of(Demo(house.demo))
    with changed(tmp_path / "state" / "cathay-shop" / "progress.json") as progress:
        progress["fix"] = {"last": "05", exercise.key: {"is_done": True}}
    served = serve("--host=0.0.0.0")
    key = re.search(r"/presenter/([\w-]+)/", served.said)[1]

    follower = visit(served.url("/05-fix.html"))
    presenter = visit(served.url(f"/presenter/{key}/"))
    presenter.goto(served.url("/05-fix.html"))

    expect(follower.locator("h2")).to_have_text("Exercise 1")
    assert follower.locator(".done").count() == 0
    expect(presenter.locator("h2")).to_have_text("Exercise 1 ✔ done")
    expect(presenter.locator(".done")).to_have_text("Done: 1 of 1.")
    assert status(served.url("/99-fix.html")) == 404


@pytest.mark.parametrize("content", ["{", "[]", '{"fix": {"05": 1}}', '{"fix": {"KEY": 1}}'])
def test_progress_that_cannot_be_understood_is_not_told(
    serve, visit, house, tmp_path, monkeypatch, content
):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (exercise,) = exercises_of(Demo(house.demo))
    file = tmp_path / "state" / "cathay-shop" / "progress.json"
    file.parent.mkdir(parents=True)
    file.write_text(content.replace("KEY", exercise.key), "utf-8")

    page = visit(serve().url("/05-fix.html"))

    expect(page.locator("h2")).to_have_text("Exercise 1")
    assert file.read_text("utf-8") == content.replace("KEY", exercise.key)


def test_axe_finds_nothing_in_what_only_the_live_pages_have(serve, visit):
    served = serve()
    visit(served.url("/05.html")).locator("#claim-1").wait_for()

    for path in ("/05.html", "/05-break.html", "/05-present.html", "/class/"):
        page = visit(served.url(path), bypass_csp=True)
        page.evaluate(AXE.read_text("utf-8"))
        found = page.evaluate("axe.run({preload: false})")["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


def test_a_run_that_waits_or_runs_ends_with_the_server(serve, visit, house):
    served = serve()
    page = visit(served.url("/05-break.html"))
    button = page.get_by_role("button", name="Break it")
    button.wait_for()
    house.edit("tests.py", "stock_products(products)", "__import__('time').sleep(600)")
    button.click()
    expect(page.locator(".live output")).to_have_text("It runs.", timeout=PATIENCE)

    wait_until(lambda: len(below(served.process.pid)) > 2)
    started = below(served.process.pid)

    assert served.stop() == 130

    wait_until(lambda: all(map(is_gone, started)))


def test_a_taken_port_and_a_wrong_one_are_one_sentence(house):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = house.run("serve", f"--port={port}")
    wrong = house.run("serve", "--port=http")

    assert (run.returncode, wrong.returncode) == (2, 2)
    assert run.stderr == (
        f"127.0.0.1:{port} cannot be used (Address already in use); choose another port: "
        f"make serve PORT={port + 1}\n"
    )
    assert wrong.stderr == "PORT=http is no port: give a number up to 65535.\n"
