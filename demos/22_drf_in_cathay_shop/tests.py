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
from shop.models import Product

pytestmark = pytest.mark.django_db

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


NO_STOCK = json.dumps({name: value for name, value in TEA.items() if name != "stock"})
LIST, DETAIL = "/products/", "/products/P-0001/"

# What is sent, by whom, the request, and the status that is right for it.
REQUESTS = [
    ("GET the list", "anonymous", "GET", LIST, "", JSON, 200),
    ("GET a product", "anonymous", "GET", DETAIL, "", JSON, 200),
    ("HEAD of the list", "anonymous", "HEAD", LIST, "", JSON, 200),
    ("OPTIONS of the list", "anonymous", "OPTIONS", LIST, "", JSON, 200),
    ("POST a product", "ann", "POST", LIST, tea(), JSON, 201),
    ("POST without a stock", "ann", "POST", LIST, NO_STOCK, JSON, 201),
    ("PATCH the price", "ann", "PATCH", DETAIL, '{"price": "12.50"}', JSON, 200),
    ("DELETE a product", "ann", "DELETE", DETAIL, "", JSON, 204),
    ("anonymous POST", "anonymous", "POST", LIST, tea(), JSON, 403),
    ("anonymous DELETE", "anonymous", "DELETE", DETAIL, "", JSON, 403),
    ("POST without a CSRF token", "forger", "POST", LIST, tea(), JSON, 403),
    ("POST broken JSON", "ann", "POST", LIST, '{"sku"', JSON, 400),
    ("POST a list", "ann", "POST", LIST, f"[{tea()}]", JSON, 400),
    ("POST as text/plain", "ann", "POST", LIST, tea(), "text/plain", 415),
    ("POST without a name", "ann", "POST", LIST, '{"sku": "TEA-1"}', JSON, 400),
    ("POST an unknown category", "ann", "POST", LIST, tea(category="no"), JSON, 400),
    ('POST the price "cheap"', "ann", "POST", LIST, tea(price="cheap"), JSON, 400),
    ("POST the price -1", "ann", "POST", LIST, tea(price="-1"), JSON, 400),
    ("POST a sku that is taken", "ann", "POST", LIST, tea(sku="P-0001"), JSON, 400),
    ("PUT half a product", "ann", "PUT", DETAIL, '{"stock": 1}', JSON, 400),
    ("DELETE the whole list", "ann", "DELETE", LIST, "", JSON, 405),
    ("GET an unknown product", "ann", "GET", "/products/NONE/", "", JSON, 404),
]
ASKED = [request[0] for request in REQUESTS]
# Sku, price and stock of what is in the shop afterwards: the same as before, but for these.
BEFORE = ["P-0001 10.00 100"]
AFTER = {
    "POST a product": ["P-0001 10.00 100", "TEA-1 9.90 3"],
    "POST without a stock": ["P-0001 10.00 100", "TEA-1 9.90 0"],
    "PATCH the price": ["P-0001 12.50 100"],
    "DELETE a product": [],
}
RIGHT = [(request[-1], AFTER.get(request[0], BEFORE)) for request in REQUESTS]


@pytest.fixture
def by_session(anonymous, ann):
    """A client signed in with a session, which plain Django and DRF both accept."""
    anonymous.force_login(ann.user)
    return anonymous


def answers_of(shop):
    """The response to each request, and the shop afterwards. Each one starts with one product."""
    found = []
    for _, sender, method, path, body, content_type, _ in REQUESTS:
        with transaction.atomic():
            factories.product.make()
            client = APIClient(
                enforce_csrf_checks=sender == "forger", raise_request_exception=False
            )
            if sender != "anonymous":
                client.force_login(factories.user.make())
            with transaction.atomic():  # an IntegrityError rolls back to here
                response = client.generic(method, f"{shop}{path}", body, content_type)
            products = Product.objects.all()
            found.append((response, [f"{p.sku} {p.price} {p.stock}" for p in products]))
            transaction.set_rollback(True)
    return found


def statuses_of(answers):
    return [response.status_code for response, _ in answers]


def outcomes_of(answers):
    return [(response.status_code, after) for response, after in answers]


def right_ones(answers):
    pairs = zip(outcomes_of(answers), RIGHT, strict=True)
    return sum(outcome == right for outcome, right in pairs)


def said(response):
    """What the body of a refusal says, or which fields it names."""
    if response.headers.get("Content-Type") != JSON:
        return "an HTML page"
    body = response.json()
    return body.get("detail") or "errors of " + ", ".join(sorted(body))


def lines_of_code(*files):
    """Lines that are neither blank nor a comment; none of the files has a docstring."""
    text = "".join(Path(__file__).with_name(file).read_text("utf-8") for file in files)
    lines = [line.strip() for line in text.splitlines()]
    return sum(bool(line) and not line.startswith("#") for line in lines)


def short(default):
    """A default without the modules: "JSONRenderer, BrowsableAPIRenderer"."""
    paths = [default] if isinstance(default, str) else default
    return ", ".join(path.rpartition(".")[2] for path in paths) if paths else str(default)


@claim("Validation, serialization and authentication are built in")
@pytest.mark.not_about_sql
@pytest.mark.parametrize(
    ("shop", "queries"), [("/22/plain", 11), ("/22/drf", 6)], ids=["plain", "drf"]
)
def test_what_is_declared_answers_like_what_is_written_by_hand(
    anonymous, ann, django_assert_num_queries, shop, queries
):
    """A serializer and a viewset declare the fields, the rules and the permission. Plain Django
    needs a form, a parser and a view for that. Both use Django's own session, with its CSRF
    check."""
    factories.product.make()

    unsigned = anonymous.post(f"{shop}/products/", TEA)
    anonymous.force_login(ann.user)
    invalid = anonymous.post(f"{shop}/products/", {"sku": "TEA-1", "price": "0"})
    with django_assert_num_queries(queries):
        created = anonymous.post(f"{shop}/products/", TEA)

    assert unsigned.status_code == 403
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
    """Lines are not hours. But these are lines that you need not write, test or remember. The
    short version in plain Django is wrong for 11 of 22 requests: the first trap shows them."""
    rows = [
        ["plain Django, naive", lines_of_code("naive.py"), right_ones(answers_of("/22/naive"))],
        ["plain Django, careful", lines_of_code("plain.py"), right_ones(answers_of("/22/plain"))],
        ["DRF", lines_of_code("serializers.py", "views.py"), right_ones(answers_of("/22/drf"))],
    ]

    stage.table(["version", "lines", f"right answers to {len(REQUESTS)} requests"], rows)
    for version, lines, _ in rows:
        stage.bar(version, lines, "lines of code for the same shop")
    assert rows == [
        ["plain Django, naive", 44, 11],
        ["plain Django, careful", 77, 22],
        ["DRF", 17, 22],
    ]


@claim("It simplified integration with the frontend and third parties", verdict=Verdict.DEPENDS)
@pytest.mark.not_about_sql
def test_a_page_of_another_origin_is_still_locked_out(by_session):
    """DRF reads JSON and forms by default, and its OPTIONS lists the fields. But that is not an
    answer to the preflight of a browser. DRF sends no CORS headers, so a frontend on another
    origin needs django-cors-headers."""
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
    """DRF has pagination and throttling, and both are off by default. An endpoint on the defaults
    sends its whole table at each request, without a limit."""
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
    """An API is as ready as its settings and its querysets. On the defaults anonymous callers may
    write, and the serializer loads category and brand again for every row."""
    stock_products(50)
    names = [
        "DEFAULT_PERMISSION_CLASSES",
        "DEFAULT_AUTHENTICATION_CLASSES",
        "DEFAULT_RENDERER_CLASSES",
        "DEFAULT_FILTER_BACKENDS",
        "DEFAULT_VERSIONING_CLASS",
        "DEFAULT_SCHEMA_CLASS",
    ]
    defaults = {name: DEFAULTS[name] for name in names}

    stage.table(["DRF's setting", "default"], [[name, short(defaults[name])] for name in names])
    stage.say("Ann reads 50 products, on the defaults and configured:")
    with django_assert_num_queries(101):
        api.get("/22/defaults/products/")
    with django_assert_num_queries(2):
        api.get("/22/configured/products/")
    stage.say("An anonymous caller writes one, on the defaults and configured:")
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
        "DEFAULT_SCHEMA_CLASS": "rest_framework.schemas.openapi.AutoSchema",
    }


@claim("DRF was essential for the backend", verdict=Verdict.WRONG)
def test_the_same_tests_pass_against_plain_django(stage):
    """Plain Django gives the same statuses to the same requests, good and bad. Only the texts
    differ. DRF saves the work, and the mistakes. That is a good reason, but not a necessity."""
    plain, drf = answers_of("/22/plain"), answers_of("/22/drf")

    stage.say(f"/22/plain: {right_ones(plain)} of {len(REQUESTS)} requests get the right status")
    stage.say(f"/22/drf: {right_ones(drf)} of {len(REQUESTS)} requests get the right status")
    rows = [
        [request, said(by_hand), said(declared)]
        for request, (by_hand, _), (declared, _) in zip(ASKED, plain, drf, strict=True)
        if by_hand.status_code >= 400
    ]
    stage.table(["request", "/22/plain says", "/22/drf says"], rows)
    anonymous = ["Sign in first.", "Authentication credentials were not provided."]
    assert outcomes_of(plain) == outcomes_of(drf) == RIGHT
    assert rows == [
        ["anonymous POST", *anonymous],
        ["anonymous DELETE", *anonymous],
        ["POST without a CSRF token", "an HTML page", "CSRF Failed: CSRF cookie not set."],
        [
            "POST broken JSON",
            "This is not JSON.",
            "JSON parse error - Expecting ':' delimiter: line 1 column 7 (char 6)",
        ],
        ["POST a list", "Send an object.", "errors of non_field_errors"],
        ["POST as text/plain", "Send JSON.", 'Unsupported media type "text/plain" in request.'],
        ["POST without a name", *["errors of brand, category, name, price"] * 2],
        ["POST an unknown category", *["errors of category"] * 2],
        ['POST the price "cheap"', *["errors of price"] * 2],
        ["POST the price -1", *["errors of price"] * 2],
        ["POST a sku that is taken", *["errors of sku"] * 2],
        ["PUT half a product", *["errors of brand, category, name, price, sku"] * 2],
        ["DELETE the whole list", "DELETE is not allowed.", 'Method "DELETE" not allowed.'],
        ["GET an unknown product", "Not found.", "No Product matches the given query."],
    ]


@trap("In plain Django the good requests work long before the bad ones do")
def test_the_short_version_forgets_what_nobody_asked_for(by_session, stage):
    """The eight good requests work. Of the fourteen bad ones, three get the right status. Seven get
    500, two write what they must not, and two get 200 and change nothing."""
    shops = ("/22/naive", "/22/plain", "/22/drf")
    answers = [answers_of(shop) for shop in shops]
    naive, plain, drf = (statuses_of(found) for found in answers)
    stage.table(["request", *shops], list(zip(ASKED, naive, plain, drf, strict=True)))

    factories.product.make()
    by_session.raise_request_exception = False
    created = by_session.post("/22/naive/products/", TEA)
    no_name = by_session.post("/22/naive/products/", {"sku": "TEA-2"})
    half = by_session.put("/22/naive/products/P-0001/", {"stock": 1})

    assert outcomes_of(answers[0])[:8] == RIGHT[:8]
    assert naive[8:] == [403, 403, 201, 500, 500, 201, 500, 500, 500, 500, 500, 200, 200, 404]
    assert created.json() == TEA
    assert no_name.status_code == 500
    assert isinstance(no_name.exc_info[1], KeyError)
    assert half.status_code == 200
    assert half.json()["stock"] == 100


@trap("Django's own View answers OPTIONS and a wrong method")
@pytest.mark.not_about_sql
def test_a_class_based_view_knows_its_methods(by_session):
    """Django's View lists its methods in `Allow`, in the answer to OPTIONS and in its 405. A
    function view does neither: to OPTIONS it sends the list of products."""
    factories.product.make()

    options = by_session.options("/22/plain/products/")
    refused = by_session.delete("/22/plain/products/")
    function = by_session.options("/22/naive/products/")

    assert options.status_code == 200
    assert options.headers.get("Allow") == "GET, POST, HEAD, OPTIONS"
    assert refused.status_code == 405
    assert refused.headers.get("Allow") == "GET, POST, HEAD, OPTIONS"
    assert [row["sku"] for row in function.json()] == ["P-0001"]
    assert "Allow" not in function.headers


@trap("A form does not read JSON as a serializer does")
def test_the_careful_version_takes_a_list_for_a_name(by_session):
    """A form expects the text of an HTML page, and it makes text of any value. So a list becomes
    a name: the fifteenth bad request, which the careful version misses. DRF refuses it."""
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


@trap("DRF forgets one as well: deleting a product that an order has")
def test_a_protected_product_is_a_500_until_it_is_a_409(api, by_session):
    """`PROTECT` raises ProtectedError, and neither the careful version nor DRF handles it: a 500.
    Catch it in `perform_destroy()` and raise an APIException with 409."""
    factories.order_item.make()
    api.raise_request_exception = by_session.raise_request_exception = False

    plain = by_session.delete("/22/plain/products/P-0001/")
    drf = api.delete("/22/drf/products/P-0001/")
    configured = api.delete("/22/configured/products/P-0001/")

    assert plain.status_code == 500
    assert isinstance(plain.exc_info[1], ProtectedError)
    assert drf.status_code == 500
    assert isinstance(drf.exc_info[1], ProtectedError)
    assert configured.status_code == 409
    assert configured.json() == {"detail": "An order has this product."}


@trap("The browsable API is on in production too")
def test_html_puts_the_shelves_into_a_form(api, django_assert_num_queries):
    """The browsable API is one of the default renderers, and a browser asks for HTML. Its form
    offers the first 1,000 categories and brands to a user who may write. That costs two more
    queries. With `JSONRenderer` alone, HTML gets 406."""
    stock_products(50)

    with django_assert_num_queries(1):
        api.get("/22/drf/products/")
    with django_assert_num_queries(3) as queries:
        html = api.get("/22/drf/products/", HTTP_ACCEPT="text/html")
    limits = [query["sql"].partition(" LIMIT ")[2] for query in queries]
    refused = api.get("/22/configured/products/", HTTP_ACCEPT="text/html")

    assert html.content.count(b'<option value="category-') == 50
    assert html.content.count(b'<option value="Brand') == 50
    assert limits == ["", "1000", "1000"]
    assert refused.status_code == 406
