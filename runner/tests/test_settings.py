"""The project as a site to look around in: `DEBUG=1 python manage.py runserver`."""

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from http.client import HTTPConnection

import pytest

from runner.catalogue import ROOT

ANN = """
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from shop.factories import stock_products

call_command("migrate", run_syncdb=True, verbosity=0)
stock_products(2)
client = Client()
client.force_login(User.objects.create_user("ann"))
print(client.cookies["sessionid"].value)
"""


@pytest.fixture
def site(tmp_path):
    """Runs manage.py with DEBUG=1 and a database of its own."""
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{tmp_path}/site.sqlite3",
        "DEBUG": "1",
        "SECRET_KEY": "the same for the processes of this test, and nowhere else",
        "DJANGO_SETTINGS_MODULE": "elsewhere.settings",
    }

    def manage(*arguments):
        return subprocess.Popen(
            [sys.executable, "-u", "manage.py", *arguments],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return manage


@contextmanager
def served(site):
    """The port at which the site answers inside the block."""
    with site("runserver", "--noreload", "127.0.0.1:0") as server:
        try:
            said = ""
            for line in server.stdout:
                said += line
                if found := re.search(r"http://127\.0\.0\.1:(\d+)/", line):
                    break
            else:
                pytest.fail(said + server.stderr.read())
            yield int(found[1])
        finally:
            server.kill()


def get(port, path, cookie=""):
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers={"Accept": "text/html", "Cookie": cookie})
    response = connection.getresponse()
    body = response.read().decode(errors="replace")
    connection.close()
    return response.status, body


def test_the_debug_toolbar_shows_on_the_browsable_api(site):
    session, error = site("shell", "-v", "0", "-c", ANN).communicate()
    assert session, error

    with served(site) as port:
        status, page = get(port, "/07/products/naive/", f"sessionid={session.strip()}")
        style, _ = get(port, "/static/debug_toolbar/css/toolbar.css")
        browsable_style, _ = get(port, "/static/rest_framework/css/default.css")

    assert status == 200
    assert 'id="djDebug"' in page
    assert style == 200
    assert browsable_style == 200


def test_an_anonymous_caller_sees_the_toolbar_as_well(site):
    with served(site) as port:
        status, page = get(port, "/07/products/naive/")

    assert status == 403
    assert 'id="djDebug"' in page


@pytest.mark.parametrize("module", ["runner", "config.settings"])
def test_no_test_runner_is_imported_with(module):
    code = f"import sys, {module}; sys.exit('pytest' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
