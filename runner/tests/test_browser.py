"""The browser does what a test asks for, and nothing of it is left however the run ends."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.errors import UserError
from runner.recording.model import Exchange, Note, Recording
from runner.support.launch import chromium as launcher
from runner.support.launch.chromium import NoBrowser, chromium, try_browser
from runner.support.launch.shared import BROWSER, NO_BROWSER, shared_servers
from runner.tests.processes import wait_until
from runner.tests.test_commands import sentence_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc to find processes")

VIEWS = """
from django.http import HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from shop.models import Brand

def page(request):
    return HttpResponse("<!doctype html><title>Page</title>")

@csrf_exempt
def brands(request):
    if request.method == "POST":
        Brand.objects.create(name=f"Brand {Brand.objects.count()}")
    response = JsonResponse({"brands": Brand.objects.count()})
    response.set_cookie("seen", "1", max_age=60)
    return response
"""
URLS = """
from django.urls import path
from . import views

urlpatterns = [path("page/", views.page), path("brands/", views.brands)]
"""
TESTS = """
import os, signal, threading
import pytest
import requests
from runner import claim
from shop.models import Brand

pytestmark = [
    pytest.mark.browser,
    pytest.mark.database("sqlite"),
    pytest.mark.django_db(transaction=True),
]

@claim("A browser browses")
def test_it(browser, browser_socket, servers, reach):
    [shop] = servers(1)
    browser.serve({"http://shop.test": shop, "http://evil.test": shop})
    page = browser.open("http://evil.test/05/page/")
"""
CALLS = """
    Brand.objects.create(name="The ORM works")
    text = page.fetch("http://shop.test/05/brands/", method="POST", body="x")
    json = page.fetch("http://shop.test/05/brands/", method="POST", body={"a": 1})
    form = page.submit("http://shop.test/05/brands/", {"a": "b"})
    read = page.fetch("http://shop.test/05/brands/")
    reach({"http://shop.test": shop})
    outside = requests.get("http://shop.test/05/brands/")

    assert str(text) == str(json) == "TypeError: Failed to fetch"
    assert text.sent == [("POST", "/05/brands/")]
    assert json.sent == [("OPTIONS", "/05/brands/")]
    assert str(form) == str(read) == '200 {"brands": 3}'
    assert outside.json() == {"brands": 3}
    assert read.exchanges[0].attached == ["seen"]
    assert page.url == "http://shop.test/05/brands/"
    assert [(c["name"], c["domain"]) for c in browser.cookies()] == [("seen", "shop.test")]
    assert Brand.objects.count() == 3
"""
NOTHING_ELSE = """
    assert str(page.fetch("http://other.test/")) == "TypeError: Failed to fetch"
    assert str(page.goto("https://other.test/")) == "net::ERR_TUNNEL_CONNECTION_FAILED"
    with pytest.raises(LookupError, match="No server is at http://other.test; browser.serve"):
        browser.open("http://other.test/")
    with pytest.raises(LookupError, match="There is no page at http://shop.test/05/: 404."):
        browser.open("http://shop.test/05/")
    with pytest.raises(RuntimeError, match="ReferenceError: nothing is not defined"):
        browser.open("http://shop.test/05/page/").run("nothing")
"""
TABS = """
    page.run("sessionStorage.setItem('a', 'b')")
    popup = page.popup("window.open('/05/page/')")
    assert popup.run("sessionStorage.getItem('a')") == "b"
    assert browser.open("http://evil.test/05/page/").run("sessionStorage.getItem('a')") is None
    assert page.run("async x => x + 1", 1) == 2
    browser.add_cookie("http://shop.test/", "token", "secret", httpOnly=True)
    answer = page.fetch("http://shop.test/05/page/", mode="no-cors", credentials="include")
    assert str(answer) == "an opaque response"
    assert answer.exchanges[0].attached == []  # a cookie without SameSite is Lax
    page.goto("http://shop.test/05/page/")
    assert page.fetch("/05/page/").exchanges[0].attached == ["token"]
    assert page.run("document.cookie") == ""
"""


@pytest.fixture(scope="module")
def running_browser() -> Iterator[str]:
    """The socket of a browser for the tests that are not about its start."""
    with chromium(print) as path:
        yield path


@pytest.fixture
def demo(house):
    """Writes the one test of the house's demo, which has a page open."""
    house.write("views.py", VIEWS)
    house.write("urls.py", URLS)

    def write(body: str):
        house.write("tests.py", TESTS + body)
        return house

    return write


def recorded(house, **variables: str) -> list:
    """The events of the demo's one test."""
    file = house.folder / "recording.json"
    run = house.run_module("pytest", "-q", house.demo, f"--recording={file}", **variables)
    assert "1 passed" in run.stdout, run.stdout
    return Recording.from_json(file.read_text()).scenes[0].events


def test_what_it_sends_and_what_its_script_sees_is_recorded(demo, running_browser):
    house = demo(CALLS)

    events = recorded(house, **{BROWSER: running_browser})

    told = [
        (e.sent_by, e.method, e.origin + e.path, e.status, e.attached, e.script_saw) for e in events
    ]
    evil, shop = "http://evil.test/05/page/", "http://shop.test/05/brands/"
    assert told == [
        ("browser", "GET", evil, 200, [], ""),
        ("browser", "POST", shop, 200, [], "TypeError: Failed to fetch"),
        ("browser", "OPTIONS", shop, 200, [], "TypeError: Failed to fetch"),
        ("browser", "POST", shop, 200, [], ""),
        ("browser", "GET", shop, 200, ["seen"], '200 {"brands": 3}'),
        ("", "GET", shop, 200, [], ""),
    ]
    assert [len(event.queries) for event in events] == [0, 3, 1, 3, 1, 1]
    assert events[1].request_headers["Origin"] == "http://evil.test"
    assert "Cookie" not in events[4].request_headers
    assert events[1].view == "demos.05_tiny.views.brands"


def test_no_port_and_no_value_of_a_cookie_is_told(demo, running_browser):
    house = demo(CALLS)

    run = house.run("demo", "05", COLUMNS="200", **{BROWSER: running_browser})

    assert run.returncode == 0, run.stdout
    lines = [" ".join(line.split()) for line in run.stdout.splitlines()]
    start = lines.index(
        next(line for line in lines if line.startswith("browser → GET http://shop"))
    )
    assert lines[start + 1 : start + 5] == [
        "→ Cookie: seen=…",
        "← Set-Cookie: seen=…; Max-Age=60; Path=/",
        '← {"brands": 3}',
        "← the script sees it",
    ]
    assert "← the script sees TypeError: Failed to fetch" in lines
    assert "127.0.0.1" not in run.stdout


def test_tabs_share_cookies_and_a_popup_inherits_the_session_storage(demo, running_browser):
    assert len(recorded(demo(TABS), **{BROWSER: running_browser})) == 6


def test_nothing_but_the_servers_of_the_test_is_reached(demo, running_browser):
    events = recorded(demo(NOTHING_ELSE), **{BROWSER: running_browser})

    notes = [event.text for event in events if isinstance(event, Note)]
    assert notes == [
        "The browser sends nothing and says: TypeError: Failed to fetch.",
        "The browser sends nothing and says: net::ERR_TUNNEL_CONNECTION_FAILED.",
    ]
    assert [event.path for event in events if isinstance(event, Exchange)] == [
        "/05/page/",
        "/05/",
        "/05/page/",
    ]


def test_the_proxy_and_the_flags_of_the_user_change_nothing(demo):
    nowhere = "http://127.0.0.1:1"
    variables = {"http_proxy": nowhere, "HTTP_PROXY": nowhere, "all_proxy": nowhere}

    events = recorded(demo(CALLS), CHROMIUM_FLAGS="--proxy-server=127.0.0.1:1", **variables)

    assert len(events) == 6


def test_runs_share_the_browser_that_their_command_started(demo, monkeypatch):
    monkeypatch.delenv(BROWSER, raising=False)
    house = demo(f'    assert browser_socket == os.environ["{BROWSER}"]\n')

    with shared_servers(["browser"]):
        runs = [house.run("demo", "05") for _ in range(2)]

    assert [run.returncode for run in runs] == [0, 0], runs[0].stdout
    assert BROWSER not in os.environ


# How it ends


def processes_of(folder: Path) -> list[str]:
    """The programs that were told of this folder by their environment or their command line."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
            if str(folder).encode() in told:
                found.append((process / "comm").read_text().strip())
        except OSError:
            pass  # it has ended, or belongs to another user
    return found


@pytest.mark.parametrize("number", [None, signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_of_it(demo, tmp_path, number):
    house = demo(
        "    print('up', flush=True)\n    threading.Event().wait(60 if os.getenv('HOLD') else 0)\n"
    )
    folder = tmp_path / "t"
    folder.mkdir()
    variables = {"TMPDIR": str(folder), "HOLD": "1" if number else ""}
    command = [sys.executable, "-m", "pytest", "-qs", str(house.demo)]
    with subprocess.Popen(
        command,
        cwd=house.folder,
        env=house.environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        process_group=0,
        text=True,
    ) as run:
        seen = ""
        while "up\n" not in seen and (line := run.stdout.readline()):
            seen += line
        assert "up\n" in seen, seen
        if number:
            names = {"chromium", "chromium-headle", "chrome", "headless_shell", "chrome-headless"}
            assert names & set(processes_of(folder))
            send = os.killpg if number == signal.SIGINT else os.kill
            send(run.pid, number)
        run.communicate(timeout=30)
    wait_until(lambda: not processes_of(folder))
    wait_until(lambda: not [*folder.glob("*/demo-browser*")])
    if number != signal.SIGKILL:  # the folder of a killed run is removed by the next one
        assert [*folder.iterdir()] == []


# Where there is none


def test_a_chosen_browser_that_is_no_program(demo):
    run = demo("").run("demo", "05", BROWSER="/nowhere")

    assert sentence_of(run) == (
        "BROWSER=/nowhere is not a browser that the demos can use (there is no such program): name "
        "the program of Chrome, Chromium or Edge, or unset BROWSER to use one that is found."
    )
    assert run.stdout == ""


def test_a_chosen_program_that_is_no_browser(demo):
    run = demo("").run("demo", "05", BROWSER="true")

    said = sentence_of(run)
    assert said.startswith("BROWSER=true is not a browser that the demos can use (")
    assert "not tried" not in run.stdout


def test_without_one_the_tests_are_not_tried_and_the_show_says_why(demo):
    house = demo("")

    run = house.run(
        "demo", "05", **{NO_BROWSER: "No browser could be started (none): install one."}
    )

    assert run.returncode == 0
    assert "○ not tried  No browser could be started (none): install one." in run.stdout
    assert "1 claim · 1 not tried" in run.stdout


@pytest.fixture
def installing(monkeypatch):
    """What is installed, in which order; none of it makes a browser that starts."""
    monkeypatch.delenv("BROWSER", raising=False)
    monkeypatch.setattr(launcher, "programs", lambda: ["/bin/false"])
    monkeypatch.setattr(launcher, "_done", lambda command, *held: commands.append(command) or True)
    monkeypatch.setattr(launcher.shutil, "which", lambda name: None)
    commands, said = [], []
    return commands, said


@pytest.mark.parametrize(
    ("is_root_on_debian", "installed"),
    [(True, ["apt-get", "apt-get", "playwright"]), (False, ["playwright"])],
)
def test_one_is_installed_and_where_that_fails_too_it_says_so(
    monkeypatch, installing, is_root_on_debian, installed
):
    commands, said = installing
    monkeypatch.setattr(launcher.os, "geteuid", lambda: 0 if is_root_on_debian else 1000)
    monkeypatch.setattr(launcher, "_is_debian", lambda: True)

    with pytest.raises(NoBrowser) as caught, chromium(said.append):
        pass

    assert str(caught.value).startswith("No browser could be started (its last words were: ")
    assert str(caught.value).endswith(
        "): install Chrome or Chromium, or set BROWSER to the program of one."
    )
    assert "\n" not in str(caught.value)
    programs = [next(word for word in command if word in installed) for command in commands]
    assert programs == installed
    assert len(said) == len(set(installed))


def test_a_headless_shell_is_tried_before_a_whole_browser(monkeypatch):
    """For the same tests it needs a third of the processor time."""
    there = ("chromium-headless-shell", "google-chrome")
    monkeypatch.delenv("BROWSER", raising=False)
    monkeypatch.setattr(launcher.shutil, "which", lambda name: name if name in there else None)

    assert launcher.programs() == ["chromium-headless-shell", "", "google-chrome"]


def test_a_browser_is_named_by_its_path_or_its_name(monkeypatch):
    monkeypatch.setenv("BROWSER", "sh")
    try_browser()
    monkeypatch.setenv("BROWSER", "/bin/sh")
    try_browser()
    monkeypatch.setenv("BROWSER", json.dumps({}))
    with pytest.raises(UserError, match="there is no such program"):
        try_browser()
