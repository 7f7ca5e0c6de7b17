"""The servers of a demo answer, each by itself, and none is left however the test run ends."""

import os
import signal
import subprocess
import sys

import pytest

from runner.recording.model import Recording
from runner.tests.processes import is_gone, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc to find processes")

VIEWS = """
import os
from django.core.cache import cache
from django.http import HttpResponse

def kept(request):
    cache.add("calls", 200)
    return HttpResponse(status=cache.incr("calls") - 1)
"""
URLS = """
from django.urls import path
from . import views

urlpatterns = [path("kept/", views.kept)]
"""
TESTS = """
import os
from pathlib import Path

MEMORY = {{"default": {{"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}}}

def test_servers(servers):
    both = servers(2, MEMORY)
    assert [server.status_of("/05/kept/") for server in [*both, *both]] == [200, 200, 201, 201]
    waiting, pids = [os.getpid()], []
    while waiting:
        pid = waiting.pop()
        children = Path(f"/proc/{{pid}}/task/{{pid}}/children").read_text().split()
        waiting += children
        pids += children
    Path("pids").write_text(" ".join(pids))
    {ending}
"""


def pids(house):
    return [int(pid) for pid in (house.folder / "pids").read_text().split()]


@pytest.fixture
def house_with_servers(house):
    house.write("views.py", VIEWS)
    house.write("urls.py", URLS)

    def ending(line):
        house.write("tests.py", TESTS.format(ending=line))
        return house

    return ending


@pytest.mark.parametrize(("line", "said"), [("pass", "1 passed"), ("assert False", "1 failed")])
def test_they_end_with_the_test(house_with_servers, line, said):
    house = house_with_servers(line)

    run = house.pytest()

    assert said in run.stdout, run.stdout
    assert len(pids(house)) == 3
    assert all(is_gone(pid) for pid in pids(house))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_they_end_with_a_run_that_is_ended(house_with_servers, number):
    house = house_with_servers(
        "import threading; print('up', flush=True); threading.Event().wait(60)"
    )
    run = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-qs", str(house.demo)],
        cwd=house.folder,
        env=house.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        process_group=0,
        text=True,
    )
    with run:
        seen = ""
        for line in run.stdout:
            seen += line
            if "up" in line:
                break
        assert seen.endswith("up\n"), seen
        assert not any(is_gone(pid) for pid in pids(house))
        if number == signal.SIGINT:
            os.killpg(run.pid, number)  # as Ctrl-C does
        else:
            run.send_signal(number)
        run.wait(20)
    wait_until(lambda: all(is_gone(pid) for pid in pids(house)))


def test_a_server_that_does_not_start_is_one_sentence(house_with_servers):
    house = house_with_servers("pass")
    house.edit("urls.py", "urlpatterns = [", "urlpatterns = ]")
    house.edit("tests.py", "MEMORY =", "MEMORY = {'x'} and")
    (house.folder / "config" / "wsgi.py").write_text("raise RuntimeError('no way')\n")

    run = house.pytest()

    assert 'did not start: "RuntimeError: no way".' in run.stdout


# What a test gets of them

SESSIONS = """
import os
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

@csrf_exempt
def sign_in(request):
    body = request.body.decode()
    login(request, User.objects.get(username=body))
    return HttpResponse("in")

def who(request):
    return JsonResponse({"name": request.user.username, "age": settings.SESSION_COOKIE_AGE})

def crash(request):
    raise ValueError("broken")

def leave(request):
    request.session.flush()
    return HttpResponse(status=204)
"""
SESSION_URLS = """
from django.urls import path
from . import views

urlpatterns = [
    path(f"{view.__name__}/", view)
    for view in (views.sign_in, views.who, views.crash, views.leave)
]
"""
SESSION_TESTS = """
import pytest
from django.contrib.auth.models import User
from runner import claim

@pytest.mark.database("{database}"{because})
@pytest.mark.django_db(transaction=True)
@claim("They share the database of the test")
def test_shared(servers):
    User.objects.create_user("ann")
    one, other = servers(2, settings={{"SESSION_COOKIE_AGE": 5}})
    jar = {{}}
    assert one.request("POST", "/05/sign_in/", "ann", cookies=jar).body == "in"
    assert [*jar] == ["csrftoken", "sessionid"]
    assert other.request("GET", "/05/who/", cookies=jar).json() == {{"name": "ann", "age": 5}}
    assert other.request("GET", "/05/who/").json() == {{"name": "", "age": 5}}
    assert other.request("GET", "/05/crash/").status == 500
    assert other.request("GET", "/05/leave/", cookies=jar).status == 204
    assert [*jar] == ["csrftoken"]
    again, = servers(1)
    assert again.request("POST", "/05/who/?a=b", {{"c": "d"}}, {{"X-Y": "z"}}).status == 403
    assert servers.received() == []
"""


@pytest.mark.parametrize(
    ("database", "because"), [("sqlite", ""), ("postgres", ', because="of nothing"')]
)
def test_they_share_the_database_and_report_what_they_answered(house, database, because):
    house.write("views.py", SESSIONS)
    house.write("urls.py", SESSION_URLS)
    house.write("tests.py", SESSION_TESTS.format(database=database, because=because))
    file = house.folder / "recording.json"

    run = house.pytest(f"--recording={file}")

    assert "1 passed" in run.stdout, run.stdout
    events = Recording.from_json(file.read_text()).scenes[0].events
    assert [(e.server, e.method, e.path, e.status, e.user, e.attached) for e in events] == [
        (1, "POST", "/05/sign_in/", 200, "ann", []),
        (2, "GET", "/05/who/", 200, "ann", ["csrftoken", "sessionid"]),
        (2, "GET", "/05/who/", 200, None, []),
        (2, "GET", "/05/crash/", 500, None, []),
        (2, "GET", "/05/leave/", 204, None, ["csrftoken", "sessionid"]),
        (3, "POST", "/05/who/?a=b", 403, None, []),
    ]
    assert events[3].error == "ValueError: broken"
    assert events[3].error_where == "demos/05_tiny/views.py:19"
    assert (events[5].request_body, events[5].request_headers["X-Y"]) == ('{"c": "d"}', "z")
    assert {(e.sent_by, e.origin, e.script_saw) for e in events} == {("", "", "")}
    assert len(events[1].queries) == 2
    shown = house.run("demo", "05").stdout
    assert "POST /05/sign_in/  as ann  at server 1" in shown
    assert "→ Cookie: csrftoken=…; sessionid=…" in shown


TOKEN_VIEWS = """
from django.http import HttpResponse
from rest_framework_simplejwt.tokens import AccessToken

def name(request):
    return HttpResponse(AccessToken(request.headers["X-Token"])["name"])
"""
TOKEN_URLS = """
from django.urls import path
from . import views

urlpatterns = [path("name/", views.name)]
"""
TOKEN_TESTS = """
from rest_framework_simplejwt.tokens import AccessToken

def test_tokens(servers):
    token = AccessToken()
    token["name"] = "ann"
    [server] = servers(1)
    [other] = servers(1, settings={"SECRET_KEY": "another key, of more than 32 bytes in all"})
    ask = {"headers": {"X-Token": str(token)}}
    assert server.request("GET", "/05/name/", **ask).body == "ann"
    assert other.request("GET", "/05/name/", **ask).status == 500
"""


def test_they_accept_the_tokens_of_the_test_unless_they_have_another_key(house):
    house.write("views.py", TOKEN_VIEWS)
    house.write("urls.py", TOKEN_URLS)
    house.write("tests.py", TOKEN_TESTS)

    run = house.pytest()

    assert "1 passed" in run.stdout, run.stdout
