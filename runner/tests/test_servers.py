"""The servers of a demo answer, each by itself, and none is left however the test run ends."""

import os
import signal
import subprocess
import sys

import pytest

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
