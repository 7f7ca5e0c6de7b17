"""A house of its own for the tests of the runner: a copy of this one, without its demos."""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from runner import surroundings
from runner.catalogue import ROOT
from runner.proofs.scratch import copy_what_demos_share

VIEWS = """
from rest_framework.generics import ListAPIView
from shop.models import Product
from .serializers import ProductSerializer

class ProductList(ListAPIView):
    queryset = Product.objects.select_related("brand")
    serializer_class = ProductSerializer
"""
SERIALIZERS = """
from rest_framework import serializers
from shop.models import Product

class ProductSerializer(serializers.ModelSerializer):
    brand = serializers.CharField(source="brand.name")

    class Meta:
        model = Product
        fields = ["name", "brand"]
"""
URLS = """
from django.urls import path
from . import views

urlpatterns = [path("products/", views.ProductList.as_view())]
"""
TESTS = """
import pytest
from runner import Verdict, claim, trap
from shop.factories import stock_products

pytestmark = pytest.mark.django_db

@claim("One query serves every product")
@pytest.mark.parametrize("products", [2, 4])
def test_one_query(api, django_assert_num_queries, products):
    \"\"\"Whatever their number.\"\"\"
    stock_products(products)

    with django_assert_num_queries(1):
        response = api.get("/05/products/")

    assert len(response.json()) == products
"""
MUTATIONS = """
[[mutation]]
breaks = "The join is dropped"
file = "views.py"
find = 'Product.objects.select_related("brand")'
replace = "Product.objects.all()"
caught_by = ["test_one_query"]
"""
README = """# 05 · Is this a tiny demo?

## The usual answer

<!-- answer: make docs writes this -->
<!-- /answer -->

## Say it aloud

It is.

## What most answers get wrong

- They count the products.[^one] The figure is 1.

## What they ask next

**Is it one query?** It is.[^one][^update]

## Sources

[^one]: `test_one_query`
[^update]: `rest_framework/mixins.py`: `UpdateModelMixin.update`;
    [RFC 5789, section 2](https://www.rfc-editor.org/rfc/rfc5789#section-2)

## What you see

<!-- transcript: make docs writes this -->
<!-- /transcript -->
"""


class Ground:
    """A folder with what demos share, that houses stand on one after the other.

    It is tidied and not made again, since the kernel takes 0.2 s to make and remove 500 files.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        copy_what_demos_share(folder)
        self.kept = {path: look(path) for path in self._paths()}

    def tidy(self) -> None:
        """Remove what came since, and put back what was changed."""
        for path in list(self._paths()):
            if os.path.lexists(path) and look(path) != self.kept.get(path):
                is_folder = path.is_dir() and not path.is_symlink()
                shutil.rmtree(path) if is_folder else path.unlink()
        for path in self.kept:
            if not path.exists():
                source = ROOT / path.relative_to(self.folder)
                shutil.copy2(source, path) if source.is_file() else path.mkdir()

    def _paths(self) -> Iterator[Path]:
        """Parents first. Bytecode may stay: Python compares it with its source."""
        for folder, subfolders, files in os.walk(self.folder):
            if "__pycache__" in subfolders:
                subfolders.remove("__pycache__")
            yield from (Path(folder, name) for name in (*subfolders, *files))


def look(path: Path) -> tuple[int, ...]:
    """What differs after a change."""
    found = path.lstat()
    is_folder = stat.S_ISDIR(found.st_mode)
    return (found.st_mode,) if is_folder else (found.st_mode, found.st_size, found.st_mtime_ns)


class House:
    """A checkout in a temporary folder, with one tiny demo, 05."""

    def __init__(self, ground: Ground) -> None:
        self.folder = folder = ground.folder
        ground.tidy()
        self.demo = folder / "demos" / "05_tiny"
        self.demo.mkdir(parents=True)
        self.write("views.py", VIEWS)
        self.write("serializers.py", SERIALIZERS)
        self.write("urls.py", URLS)
        self.write("tests.py", TESTS)
        self.write("mutations.toml", MUTATIONS)
        self.write("README.md", README)
        (folder / "constraints.txt").write_text(f"django=={version('django')}\n", "utf-8")
        index = "<!-- index: make docs writes this -->\n<!-- /index -->\n"
        (folder / "README.md").write_text(
            f"# House\n<!-- excerpt: make docs writes this -->\n<!-- /excerpt -->\n{index}", "utf-8"
        )

    def write(self, name: str, text: str) -> None:
        (self.demo / name).write_text(text, "utf-8")

    def edit(self, name: str, before: str, after: str) -> None:
        text = (self.demo / name).read_text("utf-8")
        assert before in text
        self.write(name, text.replace(before, after))

    def pytest(self, *options: str) -> subprocess.CompletedProcess[str]:
        """What pytest says of this house's demo, as a developer would run it."""
        return self.run_module("pytest", "-q", str(self.demo), *options)

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """What `python -m runner COMMAND` says in this house."""
        return self.run_module("runner", *command, **variables)

    def run_module(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """What `python -m COMMAND` says in this house."""
        return subprocess.run(
            [sys.executable, "-m", *command],
            cwd=self.folder,
            env=self.environment(**variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def environment(self, **variables: str) -> dict[str, str]:
        """The environment of a user who has set nothing but these variables.

        The processes of pytest-xdist get COLUMNS and LINES, since readline sets them in its parent.
        """
        inherited = {n: v for n, v in os.environ.items() if n not in ("COLUMNS", "LINES")}
        return inherited | variables


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return Ground(tmp_path_factory.mktemp("house"))


@pytest.fixture
def house(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> House:
    for name in ("DB", "DATABASE_URL", "DEMO", "DJANGO_SETTINGS_MODULE", surroundings.CLEAN):
        monkeypatch.delenv(name, raising=False)
    return House(ground)


@pytest.fixture
def learner(house: House) -> Iterator[Callable[..., Any]]:
    """Starts `make fix` with these arguments; what still runs at the end of the test is ended."""
    from runner.tests.learner import Learner

    started: list[Learner] = []

    def start(*arguments: str, **variables: str) -> Learner:
        started.append(Learner(house, *arguments, **variables))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()
        os.close(one.keyboard)


@pytest.fixture(scope="module")
def chrome(browser_socket: str) -> Iterator[Any]:
    """The browser that the demos use; `browser_socket` has installed one where there was none.

    For modules without a database: while its event loop runs, Django refuses to ask one.
    """
    from playwright.sync_api import Error, sync_playwright

    from runner.support.launch.browsing import SWITCHES
    from runner.support.launch.chromium import programs

    with sync_playwright() as driver, ExitStack() as stack:
        for program in programs():
            try:
                browser = driver.chromium.launch(executable_path=program or None, args=SWITCHES)
            except Error:
                continue
            stack.callback(browser.close)
            yield browser
            return
        pytest.fail("no browser starts")


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder .versions/ of this test."""
    monkeypatch.setattr("runner.versions.environment.KEPT", tmp_path)
    monkeypatch.setattr("runner.versions.services.FILE", tmp_path / "services.json")
    return tmp_path
