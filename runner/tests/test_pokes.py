"""Every endpoint of every demo gets what any client may send, and breaks only where it says so."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from runner.catalogue import ROOT, Demo, find_demos
from runner.proofs.crashes import faults_of

DEMOS = find_demos()


def poke(folder: Path, report: Path, *what: str) -> dict[str, dict]:
    """Poke the demos of this checkout; returns what the plugin found, by number of the demo."""
    run = subprocess.run(
        [
            sys.executable,
            *["-m", "pytest", "-q", "-p", "runner.proofs.poking"],
            f"--poked={report}",
            *what,
        ],
        cwd=folder,
        env=os.environ | {"DEMO": ""},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert report.exists(), run.stdout + run.stderr
    return json.loads(report.read_text("utf-8"))


@pytest.fixture(scope="module")
def poked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """The reports of the demos whose tests were asked for."""
    asking = (item for item in request.session.items if "poked" in item.fixturenames)
    asked = sorted(item.callspec.params["demo"].path for item in asking)
    return poke(ROOT, tmp_path_factory.mktemp("poked") / "report.json", *asked)


@pytest.mark.parametrize("demo", DEMOS, ids=lambda demo: demo.number)
def test_a_demo_breaks_only_where_it_says_so(poked: dict[str, dict], demo: Demo):
    report = poked[demo.number]

    assert list(faults_of(demo, report["crashes"])) == []
    assert report["missed"] == []
    assert report["requests"] > 100


# The poking itself, on a demo that breaks in ways that are known.

VIEWS = """
from rest_framework.generics import ListCreateAPIView
from shop.models import Brand
from .serializers import BrandSerializer

class BrandList(ListCreateAPIView):
    queryset = Brand.objects.all()
    serializer_class = BrandSerializer
"""
SERIALIZERS = """
from rest_framework import serializers
from shop.models import Brand

class BrandSerializer(serializers.ModelSerializer):
    note = serializers.CharField(required=False, write_only=True)

    class Meta:
        model = Brand
        fields = ["name", "note"]

    def create(self, validated_data):
        validated_data.pop("note")
        return super().create(validated_data)
"""
URLS = """
from django.urls import path
from . import views

urlpatterns = [
    path("brands/", views.BrandList.as_view()),
    path("brands/untested/", views.BrandList.as_view()),
]
"""
TESTS = """
import pytest
from runner import claim

@claim("A brand has a name")
@pytest.mark.django_db
def test_a_brand(api):
    response = api.post("/05/brands/", {"name": "Uji", "note": "green"})

    assert response.status_code == 201
"""
CRASHES = """
[[crash]]
requests = ["POST /05/brands/", "POST /05/brands/untested/"]
errors = ["KeyError"]
why = "The note is optional, and create() expects it."
"""


@pytest.fixture
def breaking(house):
    house.write("views.py", VIEWS)
    house.write("serializers.py", SERIALIZERS)
    house.write("urls.py", URLS)
    house.write("tests.py", TESTS)
    return house


def faults(house) -> list[str]:
    report = poke(house.folder, house.folder / "report.json", "demos")["05"]
    return list(faults_of(Demo(house.demo), report["crashes"]))


def test_a_crash_that_is_not_listed_is_named_with_the_request(breaking):
    assert faults(breaking) == [
        'demos/05_tiny: POST /05/brands/ breaks with KeyError: POST /05/brands/ {"name": "Uji"}',
        "demos/05_tiny: POST /05/brands/untested/ breaks with KeyError: "
        'POST /05/brands/untested/ {"name": "Uji"}',
    ]


def test_a_listed_crash_stands(breaking):
    breaking.write("crashes.toml", CRASHES)

    assert faults(breaking) == []


def test_a_listed_crash_that_does_not_happen_is_a_fault(breaking):
    breaking.write("crashes.toml", CRASHES)
    breaking.edit("serializers.py", 'pop("note")', 'pop("note", "")')

    assert faults(breaking) == [
        "demos/05_tiny: crashes.toml expects KeyError of POST /05/brands/, and it does not happen",
        "demos/05_tiny: crashes.toml expects KeyError of POST /05/brands/untested/, "
        "and it does not happen",
    ]
