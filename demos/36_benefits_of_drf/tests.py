import pytest
from django.contrib.auth.models import User
from rest_framework.authentication import BaseAuthentication
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from runner import Verdict, claim, trap
from shop import factories
from shop.people import basic, bearer, by_token, token_of

from . import views

pytestmark = [pytest.mark.django_db, pytest.mark.not_about_sql]

HTML = {"accept": "text/html"}
FIELDS = ["sku", "name", "category", "brand", "tags", "price"]
PRODUCT = {
    "sku": "P-0001",
    "name": "Product 1",
    "category": "category-1",
    "brand": "Brand 1",
    "tags": ["tag-1"],
    "price": "10.00",
}


@pytest.fixture
def product():
    product = factories.product.make()
    product.tags.add(factories.tag.make())
    return product


@pytest.fixture
def remote_users(settings):
    settings.AUTHENTICATION_BACKENDS = [
        "django.contrib.auth.backends.ModelBackend",
        "django.contrib.auth.backends.RemoteUserBackend",
    ]


def sent(url, headers=None, **environ):
    return APIClient().get(url, headers=headers or {}, **environ)


@claim("The browsable API is a huge usability win for developers", verdict=Verdict.DEPENDS)
def test_the_form_of_the_page_costs_queries_and_bytes(
    offstage, stage, product, django_assert_max_num_queries
):
    """A function view has the page too, but without form fields: these come from the serializer of
    a generic view. Then each relation is a select of its rows. Here 51 categories, 51
    brands and 50 tags cost 3 queries more and a page of over 25,000 bytes."""
    factories.category.make(_quantity=50)
    factories.brand.make(_quantity=50)
    factories.tag.make(_quantity=49)

    rows, pages = [], []
    for design in ("function", "generic"):
        for asked, headers in (("JSON", {}), ("HTML", HTML)):
            with django_assert_max_num_queries(5) as queries:
                response = offstage.get(f"/36/products/{design}/", headers=headers)
            size = len(response.content)
            fields = [name for name in FIELDS if f'name="{name}"' in response.content.decode()]
            pages.append(size)
            bytes_sent = size if asked == "JSON" else f"over {size // 5000 * 5000:,}"
            rows.append([design, asked, len(queries), bytes_sent, len(fields)])
    invalid = offstage.post("/36/products/function/", {})
    created = offstage.post("/36/products/function/", PRODUCT | {"sku": "P-0002"})
    listed = offstage.get("/36/products/function/")

    stage.say("GET /36/products/function/ and /36/products/generic/, with one product:")
    stage.table(["view", "answer", "queries", "bytes", "form fields"], rows)
    assert [[*row[:3], row[4]] for row in rows] == [
        ["function", "JSON", 2, 0],
        ["function", "HTML", 2, 0],
        ["generic", "JSON", 2, 0],
        ["generic", "HTML", 5, 6],
    ]
    assert pages[0] == pages[2] == 112
    assert 10_000 < pages[1] < 15_000
    assert 25_000 < pages[3] < 30_000
    assert (invalid.status_code, created.status_code) == (400, 201)
    assert created.json() == PRODUCT | {"sku": "P-0002"}
    assert listed.json() == [PRODUCT, PRODUCT | {"sku": "P-0002"}]


@claim(
    "Authentication policies include packages for OAuth1 and OAuth2",
    verdict=Verdict.OUTDATED,
    since="DRF 3.1",
)
def test_no_class_of_drf_reads_oauth_or_a_jwt(stage, passwords, ann, remote_users):
    """DRF 3.1 moved OAuth out. Today it has four classes: Basic, session, token and remote user. A
    view with all four does not read `OAuth` or `Bearer`: the answer is not "wrong", it is "not
    provided". OAuth and JWT are other packages."""
    Token.objects.create(user=ann.user, key="a" * 40)
    by_session = APIClient()
    by_session.force_login(ann.user)
    url = "/36/whoami/"
    answers = {
        "Basic": sent(url, basic("ann")),
        "a session": by_session.get(url),
        "Token": sent(url, by_token("a" * 40)),
        "REMOTE_USER": sent(url, REMOTE_USER="ann"),
        "OAuth": sent(url, {"authorization": 'OAuth oauth_token="ann"'}),
        "Bearer, a JWT": sent(url, bearer(token_of(ann))),
    }

    rows = [[sent_by, answer.status_code, text(answer)] for sent_by, answer in answers.items()]
    stage.table(["sent", "status", "answer"], rows)
    missing = "Authentication credentials were not provided."
    assert rows == [
        ["Basic", 200, "ann"],
        ["a session", 200, "ann"],
        ["Token", 200, "ann"],
        ["REMOTE_USER", 200, "ann"],
        ["OAuth", 401, missing],
        ["Bearer, a JWT", 401, missing],
    ]
    in_drf = {
        one
        for one in BaseAuthentication.__subclasses__()
        if one.__module__ == BaseAuthentication.__module__
    }
    assert in_drf == set(views.WhoAmI.authentication_classes)


def text(response):
    return ", ".join(response.json().values())


@claim("Serialization supports both ORM and non-ORM data sources")
def test_one_serializer_reads_rows_dicts_and_objects(api, stage, product):
    """A plain `Serializer` looks up each field by name, in a dict as in an object. So one class
    sends a queryset, a list of dicts and a list of dataclasses with the same bytes. It validates
    input without a model too, and without a query."""
    rows = api.get("/36/stock/rows/")
    dicts = api.get("/36/stock/dicts/")
    objects = api.get("/36/stock/objects/")
    invalid = api.post("/36/stock/dicts/", {"sku": "P-0001", "stock": -1})
    valid = api.post("/36/stock/dicts/", {"sku": "P-0001", "stock": "7"})

    assert rows.content == dicts.content == objects.content
    assert rows.json() == [{"sku": "P-0001", "stock": 100}]
    assert invalid.status_code == 400
    assert invalid.json() == {"stock": ["Ensure this value is greater than or equal to 0."]}
    assert valid.status_code == 200
    assert valid.json() == {"sku": "P-0001", "stock": 7}


@claim("It is customizable all the way down to function-based views")
def test_a_function_with_its_own_renderer_keeps_the_rest_of_drf(offstage, stage, product):
    """DRF has no renderer for CSV. A class with one method makes one, and a decorator puts it on a
    function. The function keeps what `@api_view` gives it: 405 for another method, 406 for another
    format, and 403 for an anonymous caller, as the default of the project says."""
    url = "/36/stock/csv/"
    answers = {
        "GET": offstage.get(url),
        "GET, ?format=csv": offstage.get(f"{url}?format=csv"),
        "GET, Accept: application/json": offstage.get(url, headers={"accept": "application/json"}),
        "PATCH": offstage.patch(url),
        "GET, anonymous": sent(url),
    }

    rows = [
        [request, answer.status_code, answer.content.decode().strip()]
        for request, answer in answers.items()
    ]
    stage.table([f"to {url}", "status", "body, as text/csv"], rows)
    assert rows == [
        ["GET", 200, "P-0001,100"],
        ["GET, ?format=csv", 200, "P-0001,100"],
        ["GET, Accept: application/json", 406, "Could not satisfy the request Accept header."],
        ["PATCH", 405, '"Method ""PATCH"" not allowed."'],
        ["GET, anonymous", 403, "Authentication credentials were not provided."],
    ]
    types = {answer.headers["Content-Type"] for answer in answers.values()}
    assert types == {"text/csv; charset=utf-8"}
    assert answers["GET"].content == b"P-0001,100\n"


SUPPLIED = {"sku": "P-0001, as our supplier calls it", "stock": -5}


@trap("A serializer does not validate what it sends")
def test_output_passes_rules_that_input_breaks(api):
    """`max_length` and `min_value` are rules for input alone. What a supplier sends goes out as it
    came: 32 characters where 20 are allowed, and -5 pieces. Send the same dict in, and it is
    refused. So validate foreign data with `data=` before you pass it on."""
    sent_out = api.get("/36/stock/supplier/")
    sent_in = api.post("/36/stock/supplier/", SUPPLIED)

    assert sent_out.status_code == 200
    assert sent_out.json() == [SUPPLIED]
    assert sent_in.status_code == 400
    assert sent_in.json() == {
        "sku": ["Ensure this field has no more than 20 characters."],
        "stock": ["Ensure this value is greater than or equal to 0."],
    }


@trap("RemoteUserAuthentication lets anyone in as any user, if it reads a header")
def test_remote_user_is_for_the_server_alone(stage, remote_users, ann):
    """It reads the variable REMOTE_USER, which only the web server can set. A client's header
    `Remote-User` arrives as HTTP_REMOTE_USER, and does not count. A subclass with that name in
    `header` trusts the client. Any name then signs in, and Django creates the missing user."""
    ways = {
        "nothing": {},
        "server: REMOTE_USER=ann": {"REMOTE_USER": "ann"},
        "client: Remote-User: ann": {"headers": {"remote-user": "ann"}},
        "client: Remote-User: eve": {"headers": {"remote-user": "eve"}},
    }

    rows = [
        [way, *(answer_by(reader, said) for reader in ("server", "header"))]
        for way, said in ways.items()
    ]

    users = sorted(user.username for user in User.objects.all())
    stage.table(["sent", "REMOTE_USER", "HTTP_REMOTE_USER"], rows)
    stage.say(f"Users in the table: {', '.join(users)}.")
    assert rows == [
        ["nothing", "403", "403"],
        ["server: REMOTE_USER=ann", "200 ann", "403"],
        ["client: Remote-User: ann", "403", "200 ann"],
        ["client: Remote-User: eve", "403", "200 eve"],
    ]
    assert users == ["ann", "eve"]


def answer_by(reader, said):
    response = sent(f"/36/remote-user/{reader}/", **said)
    ok = response.status_code == 200
    return f"200 {response.json()['user']}" if ok else str(response.status_code)


@trap("A misspelt policy is silently ignored")
def test_permission_class_is_no_attribute_of_drf(api, buyer):
    """The attribute is `permission_classes`. A view with `permission_class` has only the default of
    the project, and Ann reads the report of the admins. Nothing warns you: write a test that gets
    403."""
    misspelt = api.get("/36/reports/misspelt/")
    right = api.get("/36/reports/admin/")
    buyer.user.is_staff = True
    api.force_authenticate(buyer.user)
    by_staff = api.get("/36/reports/admin/")

    assert misspelt.status_code == 200
    assert misspelt.json() == by_staff.json() == {"products": 0}
    assert right.status_code == 403
    assert views.MisspeltReport.permission_class == views.Report.permission_classes
