import json
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.db.models import ProtectedError
from rest_framework.settings import DEFAULTS
from rest_framework.test import APIClient

from runner import Verdict, claim, trap
from shop import factories
from shop.factories import stock_products

pytestmark = pytest.mark.django_db

on_both = pytest.mark.parametrize("shop", ["/22/plain", "/22/drf"], ids=["plain", "drf"])

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
TEA = {
    "sku": "TEA-1",
    "name": "Green tea",
    "category": "category-1",
    "brand": "Brand 1",
    "price": "9.90",
    "stock": 3,
}


def tea(**changes):
    return json.dumps(TEA | changes)


# What is asked, by whom, the request, and the status that is right for it.
REQUESTS = [
    ("GET the list", "nobody", "GET", "/products/", "", JSON, 200),
    ("POST a product", "ann", "POST", "/products/", tea(), JSON, 201),
    ("PATCH its price", "ann", "PATCH", "/products/P-0001/", '{"price": "12.50"}', JSON, 200),
    ("DELETE it", "ann", "DELETE", "/products/P-0001/", "", JSON, 204),
    ("POST by nobody", "nobody", "POST", "/products/", tea(), JSON, 403),
    ("POST without a CSRF token", "forger", "POST", "/products/", tea(), JSON, 403),
    ("POST broken JSON", "ann", "POST", "/products/", '{"sku"', JSON, 400),
    ("POST a list", "ann", "POST", "/products/", f"[{tea()}]", JSON, 400),
    ("POST as text/plain", "ann", "POST", "/products/", tea(), "text/plain", 415),
    ("POST without a name", "ann", "POST", "/products/", '{"sku": "TEA-1"}', JSON, 400),
    ("POST into no category", "ann", "POST", "/products/", tea(category="no"), JSON, 400),
    ("POST at the price cheap", "ann", "POST", "/products/", tea(price="cheap"), JSON, 400),
    ("POST at the price -1", "ann", "POST", "/products/", tea(price="-1"), JSON, 400),
    ("POST a sku that is taken", "ann", "POST", "/products/", tea(sku="P-0001"), JSON, 400),
    ("PUT half a product", "ann", "PUT", "/products/P-0001/", '{"stock": 1}', JSON, 400),
    ("DELETE the whole list", "ann", "DELETE", "/products/", "", JSON, 405),
    ("GET no product", "ann", "GET", "/products/NONE/", "", JSON, 404),
]
RIGHT = [request[-1] for request in REQUESTS]


@pytest.fixture
def by_session(anonymous, ann):
    """A client signed in by session, which plain Django and DRF both understand."""
    anonymous.force_login(ann.user)
    return anonymous


def answers_of(shop):
    """The status of each request, what it changed being undone before the next."""
    factories.product.make()
    user = factories.user.make()
    clients = {
        "ann": APIClient(raise_request_exception=False),
        "forger": APIClient(raise_request_exception=False, enforce_csrf_checks=True),
        "nobody": APIClient(raise_request_exception=False),
    }
    clients["ann"].force_login(user)
    clients["forger"].force_login(user)
    found = []
    for _, sender, method, path, body, content_type, _ in REQUESTS:
        with transaction.atomic():
            response = clients[sender].generic(method, f"{shop}{path}", body, content_type)
            transaction.set_rollback(True)
        found.append(response.status_code)
    return found


def right_ones(statuses):
    return sum(status == right for status, right in zip(statuses, RIGHT, strict=True))


def lines_of_code(*files):
    """Lines that are neither blank nor a comment; none of the files has a docstring."""
    text = "".join(Path(__file__).with_name(file).read_text("utf-8") for file in files)
    lines = [line.strip() for line in text.splitlines()]
    return sum(bool(line) and not line.startswith("#") for line in lines)


def short(default):
    """A default without the modules: "JSONRenderer, BrowsableAPIRenderer"."""
    return ", ".join(path.rpartition(".")[2] for path in default) if default else str(default)


@claim("Validation, serialization and authentication are built in")
@pytest.mark.not_about_sql
@on_both
def test_what_is_declared_answers_like_what_is_written_by_hand(anonymous, ann, shop):
    """A serializer and a viewset declare what plain Django needs a form, a parser and a view for.
    The sign-in is Django's own session in both, with its CSRF check."""
    factories.product.make()

    by_nobody = anonymous.post(f"{shop}/products/", TEA)
    anonymous.force_login(ann.user)
    invalid = anonymous.post(f"{shop}/products/", {"sku": "TEA-1", "price": "0"})
    created = anonymous.post(f"{shop}/products/", TEA)

    assert by_nobody.status_code == 403
    assert invalid.status_code == 400
    assert invalid.json() == {
        "name": ["This field is required."],
        "category": ["This field is required."],
        "brand": ["This field is required."],
        "price": ["Ensure this value is greater than or equal to 0.01."],
    }
    assert created.status_code == 201
    assert created.json() == TEA


@claim("DRF made development fast")
def test_a_quarter_of_the_lines_answers_as_well(stage):
    """Lines are not hours; but these are lines that nobody had to write, test or remember. The
    short version in plain Django is no match: see below what it forgets."""
    rows = [
        ["plain Django, naive", lines_of_code("naive.py"), right_ones(answers_of("/22/naive"))],
        ["plain Django, careful", lines_of_code("plain.py"), right_ones(answers_of("/22/plain"))],
        ["DRF", lines_of_code("serializers.py", "views.py"), right_ones(answers_of("/22/drf"))],
    ]

    stage.table(["version", "lines", f"right answers to {len(REQUESTS)} requests"], rows)
    for version, lines, _ in rows:
        stage.bar(version, lines, "lines of code for the same shop")
    assert rows == [
        ["plain Django, naive", 44, 6],
        ["plain Django, careful", 78, 17],
        ["DRF", 17, 17],
    ]


@claim("It simplified integration with the frontend and third parties", verdict=Verdict.DEPENDS)
@pytest.mark.not_about_sql
def test_a_page_of_another_origin_is_still_locked_out(by_session):
    """DRF reads JSON and forms without a line, and its OPTIONS lists the fields. But that OPTIONS
    is no answer to a browser's preflight: DRF knows no CORS, so a frontend of another origin needs
    django-cors-headers."""
    factories.product.make()

    form = urlencode(TEA)
    plain = by_session.post("/22/plain/products/", form, content_type=FORM)
    drf = by_session.post("/22/drf/products/", form, content_type=FORM)
    preflight = by_session.options(
        "/22/drf/products/",
        HTTP_ORIGIN="https://shop.example",
        HTTP_ACCESS_CONTROL_REQUEST_METHOD="POST",
    )

    assert plain.status_code == 415
    assert drf.status_code == 201
    assert drf.json() == TEA
    assert preflight.status_code == 200
    assert list(preflight.json()["actions"]["POST"]) == list(TEA)
    assert "Access-Control-Allow-Origin" not in preflight.headers


@claim("DRF brings pagination and throttling", verdict=Verdict.DEPENDS)
def test_nothing_is_paged_or_throttled_until_it_is_set(api, stage, empty_cache, throttle_clock):
    """DRF has both, and both are off: an endpoint on the defaults sends its whole table, as often
    as anybody asks."""
    stock_products(30)

    stage.say("On DRF's defaults:")
    on_defaults = [api.get("/22/defaults/products/") for _ in range(4)]
    stage.say("Configured, with PageOfTen and ThreePerDay:")
    configured = [api.get("/22/configured/products/") for _ in range(4)]

    assert [response.status_code for response in on_defaults] == [200, 200, 200, 200]
    assert [len(response.json()) for response in on_defaults] == [30, 30, 30, 30]
    assert [response.status_code for response in configured] == [200, 200, 200, 429]
    assert len(configured[0].json()["results"]) == 10
    assert DEFAULTS["DEFAULT_PAGINATION_CLASS"] is None
    assert DEFAULTS["PAGE_SIZE"] is None
    assert DEFAULTS["DEFAULT_THROTTLE_CLASSES"] == []
    assert DEFAULTS["DEFAULT_THROTTLE_RATES"] == {"user": None, "anon": None}


@claim("DRF makes an API scalable and production-ready", verdict=Verdict.DEPENDS)
def test_the_defaults_are_made_for_the_first_day(
    api, anonymous, stage, django_assert_num_queries, empty_cache, throttle_clock
):
    """It is as ready as its settings and its querysets. On the defaults everybody may write, and
    the serializer fetches category and brand again for every row."""
    stock_products(50)
    names = [
        "DEFAULT_PERMISSION_CLASSES",
        "DEFAULT_AUTHENTICATION_CLASSES",
        "DEFAULT_RENDERER_CLASSES",
        "DEFAULT_FILTER_BACKENDS",
        "DEFAULT_VERSIONING_CLASS",
    ]
    defaults = {name: DEFAULTS[name] for name in names}

    stage.table(["DRF's setting", "default"], [[name, short(defaults[name])] for name in names])
    stage.say("Ann reads 50 products, on the defaults and configured:")
    with django_assert_num_queries(101):
        api.get("/22/defaults/products/")
    with django_assert_num_queries(2):
        api.get("/22/configured/products/")
    stage.say("Nobody writes one, on the defaults and configured:")
    on_defaults = anonymous.post("/22/defaults/products/", TEA)
    configured = anonymous.post("/22/configured/products/", TEA)

    assert on_defaults.status_code == 201
    assert configured.status_code == 403
    assert defaults == {
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
        "DEFAULT_AUTHENTICATION_CLASSES": [
            "rest_framework.authentication.SessionAuthentication",
            "rest_framework.authentication.BasicAuthentication",
        ],
        "DEFAULT_RENDERER_CLASSES": [
            "rest_framework.renderers.JSONRenderer",
            "rest_framework.renderers.BrowsableAPIRenderer",
        ],
        "DEFAULT_FILTER_BACKENDS": [],
        "DEFAULT_VERSIONING_CLASS": None,
    }


@claim("DRF was essential for the backend", verdict=Verdict.WRONG)
@on_both
def test_the_same_tests_pass_against_plain_django(stage, shop):
    """Plain Django gives the same answers to the same requests, good and bad, the table below has
    them all. DRF saves the work and the forgetting: a good reason, but no necessity."""
    answers = answers_of(shop)

    stage.say(f"{shop}: {right_ones(answers)} of {len(REQUESTS)} requests answered as they should")
    assert answers == RIGHT


@trap("In plain Django the good requests work long before the bad ones do")
def test_the_short_version_forgets_what_nobody_asked_for(by_session, stage):
    """The four good requests work. Of the thirteen bad ones two are refused; seven end in a 500,
    two write what they must not, and two say 200 and do nothing."""
    factories.product.make()
    by_session.raise_request_exception = False
    no_name = by_session.post("/22/naive/products/", {"sku": "TEA-1"})
    half = by_session.put("/22/naive/products/P-0001/", {"stock": 1})

    shops = ("/22/naive", "/22/plain", "/22/drf")
    naive, plain, drf = (answers_of(shop) for shop in shops)
    asked = [request[0] for request in REQUESTS]
    stage.table(["request", *shops], list(zip(asked, naive, plain, drf, strict=True)))

    assert no_name.status_code == 500
    assert isinstance(no_name.exc_info[1], KeyError)
    assert half.status_code == 200
    assert half.json()["stock"] == 100
    assert naive[:4] == RIGHT[:4]
    assert naive[4:] == [403, 201, 500, 500, 201, 500, 500, 500, 500, 500, 200, 200, 404]


@trap("A form is no serializer")
def test_the_careful_version_takes_a_list_for_a_name(by_session):
    """A form expects the text of an HTML page and makes text of whatever comes: thirteen bad
    requests thought of, and here is the fourteenth. DRF refuses what is no string."""
    factories.product.make()

    plain = by_session.post("/22/plain/products/", TEA | {"name": ["Green", "tea"]})
    drf = by_session.post("/22/drf/products/", TEA | {"sku": "TEA-2", "name": ["Green", "tea"]})
    by_session.raise_request_exception = False
    null = by_session.post("/22/plain/products/", TEA | {"sku": "TEA-3", "stock": None})
    empty = by_session.post("/22/plain/products/", TEA | {"sku": "TEA-5", "stock": ""})
    too_many = by_session.post("/22/plain/products/", TEA | {"sku": "TEA-4", "stock": 2**31})

    assert plain.status_code == 201
    assert plain.json() == TEA | {"name": "['Green', 'tea']"}
    assert drf.status_code == 400
    assert drf.json() == {"name": ["Not a valid string."]}
    assert null.status_code == 201
    assert null.json() == TEA | {"sku": "TEA-3", "stock": 0}
    assert empty.json() == TEA | {"sku": "TEA-5", "stock": 0}
    assert too_many.status_code == 400
    assert list(too_many.json()) == ["stock"]


@trap("DRF forgets one as well: deleting what others point to")
def test_a_protected_product_is_a_500_until_it_is_a_409(api):
    """`PROTECT` on the order's line raises ProtectedError, which DRF does not know: a 500. Catch it
    in `perform_destroy()` and say 409."""
    factories.order_item.make()
    api.raise_request_exception = False

    unhandled = api.delete("/22/drf/products/P-0001/")
    handled = api.delete("/22/configured/products/P-0001/")

    assert unhandled.status_code == 500
    assert isinstance(unhandled.exc_info[1], ProtectedError)
    assert handled.status_code == 409
    assert handled.json() == {"detail": "Somebody ordered this product."}


@trap("The browsable API goes to production as well")
def test_html_puts_the_shelves_into_a_form(api, django_assert_num_queries):
    """It is among the default renderers, and any browser asks for it. Its form offers every
    category and brand to whoever may write, and costs two queries more. Production wants
    `JSONRenderer` alone."""
    stock_products(50)

    with django_assert_num_queries(1):
        api.get("/22/drf/products/")
    with django_assert_num_queries(3):
        html = api.get("/22/drf/products/", HTTP_ACCEPT="text/html")
    refused = api.get("/22/configured/products/", HTTP_ACCEPT="text/html")

    assert html.content.count(b'<option value="category-') == 50
    assert html.content.count(b'<option value="Brand') == 50
    assert refused.status_code == 406
