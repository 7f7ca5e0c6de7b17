from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from rest_framework.test import APIClient

from runner import Verdict, claim, trap
from shop import factories
from shop.factories import stock_products
from shop.models import Category, Product, Tag
from shop.people import bearer, token_of

from . import views
from .fuzz import STRICT, fuzz

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.openapi,
    # The cache holds the pages and the counts of the throttle.
    pytest.mark.usefixtures("empty_cache", "throttle_clock"),
]

ASSAM = {"sku": "ASSAM", "price": "3.00", "category": "tea", "brand": "Acme", "tags": []}
OOLONG = {"sku": "OOLONG", "price": "5.00", "category": "tea", "brand": "Ming", "tags": ["green"]}
ROBUSTA = {"sku": "ROBUSTA", "price": "4.00", "category": "coffee", "brand": "Acme", "tags": []}

SIX = ["1st", "2nd", "3rd", "4th", "5th", "6th"]
QUERIES = "queries for a listing of 100 products"


def stock_the_shelf():
    tea = factories.category.make(name="Tea", slug="tea")
    coffee = factories.category.make(name="Coffee", slug="coffee")
    acme = factories.brand.make(name="Acme")
    ming = factories.brand.make(name="Ming")
    green = factories.tag.make(name="green")
    factories.product.make(sku="ASSAM", price="3.00", category=tea, brand=acme)
    factories.product.make(sku="OOLONG", price="5.00", category=tea, brand=ming).tags.set([green])
    factories.product.make(sku="ROBUSTA", price="4.00", category=coffee, brand=acme)


def stock_tagged_products(count):
    """Each product has a category, a brand and two tags."""
    products = stock_products(count)
    tags = Tag.objects.bulk_create([Tag(name="new"), Tag(name="sale")])
    Product.tags.through.objects.bulk_create(
        Product.tags.through(product=product, tag=tag) for product in products for tag in tags
    )


def page_of(*products):
    return {"count": len(products), "next": None, "previous": None, "results": [*products]}


def statuses(url, headers, requests):
    """The statuses of so many requests in a row, which the show leaves out."""
    client = APIClient()
    return [client.get(url, headers=headers).status_code for _ in range(requests)]


@claim("The product listing takes filters: category, brand, price")
def test_each_filter_narrows_the_listing(api):
    """Each parameter of the FilterSet adds a condition to the WHERE. Its value is checked: a
    category that does not exist is a 400. A misspelt parameter is ignored."""
    stock_the_shelf()

    acmes_teas = api.get("/21/products/?category=tea&brand=Acme")
    from_4 = api.get("/21/products/?min_price=4")
    up_to_4 = api.get("/21/products/?max_price=4")
    misspelt = api.get("/21/products/?min_prize=4")
    refused = api.get("/21/products/?category=beer")

    assert acmes_teas.json() == page_of(ASSAM)
    assert from_4.json() == page_of(OOLONG, ROBUSTA)
    assert up_to_4.json() == page_of(ASSAM, ROBUSTA)
    assert misspelt.json() == page_of(ASSAM, OOLONG, ROBUSTA)
    assert refused.status_code == 400
    assert refused.json() == {
        "status": 400,
        "title": "Bad Request",
        "detail": "Invalid input.",
        "errors": {
            "category": ["Select a valid choice. That choice is not one of the available choices."]
        },
    }


@claim("select_related optimises its queries", verdict=Verdict.DEPENDS)
@pytest.mark.parametrize(
    ("url", "queries"),
    [
        ("/21/products/naive/", 301),
        ("/21/products/paged/", 32),
        ("/21/products/joined/", 12),
        ("/21/products/joined/?page_size=50", 52),
        ("/21/products/prefetched/", 3),
        ("/21/products/prefetched/?page_size=50", 3),
    ],
)
def test_the_tags_go_on_asking_until_they_are_prefetched(
    api, stage, django_assert_num_queries, url, queries
):
    """`select_related` joins the to-one relations, category and brand. The tags are to-many: each
    product of the page still runs a query for them. With `prefetch_related("tags")` a page of any
    size costs three queries: the count, the products, the tags."""
    stock_tagged_products(100)

    with django_assert_num_queries(queries) as counted:
        response = api.get(url)

    assert response.status_code == 200
    if "?" not in url:
        stage.bar(url, len(counted), QUERIES)


@claim("It paginates the results")
@pytest.mark.parametrize(
    ("query", "rows"),
    [("", 10), ("?page=10", 10), ("?page_size=abc", 10), ("?page_size=5000", 50)],
)
def test_a_page_has_ten_products_and_never_more_than_fifty(api, query, rows):
    """A page has ten products. A client can ask for more with `page_size`. Only `max_page_size`
    limits that, and DRF sets none by default."""
    stock_products(100)

    response = api.get(f"/21/products/prefetched/{query}")

    assert response.json()["count"] == 100
    assert len(response.json()["results"]) == rows


@claim("It returns a consistent response", verdict=Verdict.DEPENDS)
def test_refusals_have_three_shapes_until_a_handler_gives_them_one(stage, ann):
    """The pages have one shape. The errors have three: DRF's have a `detail`, those of Simple JWT
    have two more keys, and a bad filter is a key itself. An exception handler gives them one."""

    def refusals(url):
        headers = bearer(token_of(ann))
        client = APIClient()
        return {
            "no token": client.get(url),
            "bad token": client.get(url, headers=bearer("nonsense")),
            "bad filter": client.get(f"{url}?min_price=cheap", headers=headers),
            "page 99": client.get(f"{url}?page=99", headers=headers),
            "too often": [client.get(url, headers=headers) for _ in range(4)][-1],
        }

    plain = refusals("/21/products/plain-errors/")
    cache.clear()
    handled = refusals("/21/products/")

    rows = [
        [kind, handled[kind].status_code, keys(plain[kind]), keys(handled[kind])] for kind in plain
    ]
    stage.table(["request", "status", "keys of the body", "with the handler"], rows)
    assert rows == [
        ["no token", 401, "detail", "detail, errors, status, title"],
        ["bad token", 401, "code, detail, messages", "detail, errors, status, title"],
        ["bad filter", 400, "min_price", "detail, errors, status, title"],
        ["page 99", 404, "detail", "detail, errors, status, title"],
        ["too often", 429, "detail", "detail, errors, status, title"],
    ]
    assert handled["too often"].headers["Content-Type"] == "application/problem+json"
    assert handled["too often"].headers["Retry-After"] == "60"
    assert handled["too often"].json() == {
        "status": 429,
        "title": "Too Many Requests",
        "detail": "Request was throttled. Expected available in 60 seconds.",
        "errors": {},
    }


@claim("It is secured by authentication")
def test_only_a_valid_token_of_an_active_user_opens_the_listing(
    anonymous, django_assert_num_queries, ann, bob
):
    """Without a valid token the answer is 401. `JWTAuthentication` also loads the user at each
    request. That costs one query, and a locked-out user is refused even with a valid token."""
    stock_the_shelf()
    bobs = bearer(token_of(bob))
    bob.user.is_active = False
    bob.user.save()

    without = anonymous.get("/21/products/")
    expired = anonymous.get("/21/products/", headers=bearer(token_of(ann, timedelta(minutes=-1))))
    with django_assert_num_queries(1):
        locked_out = anonymous.get("/21/products/", headers=bobs)
    with django_assert_num_queries(4):
        valid = anonymous.get("/21/products/", headers=bearer(token_of(ann)))

    assert without.status_code == expired.status_code == locked_out.status_code == 401
    assert valid.status_code == 200


@claim("It is secured by rate limiting", verdict=Verdict.DEPENDS)
def test_the_limit_counts_only_those_who_got_in(anonymous, stage, django_assert_num_queries, ann):
    """The throttle limits users who sign in. DRF authenticates first and counts then. So a wrong
    token is refused each time and never counted, and a 429 has already cost the query for the
    user. Stop a flood before it reaches Django."""
    headers = bearer(token_of(ann))

    rows = [
        ["her token", *statuses("/21/products/", headers, 6)],
        ["a wrong token", *statuses("/21/products/", bearer("nonsense"), 6)],
    ]
    stage.table(["request with", *SIX], rows)
    with django_assert_num_queries(1):
        refused = anonymous.get("/21/products/", headers=headers)

    assert rows == [
        ["her token", 200, 200, 200, 200, 200, 429],
        ["a wrong token", 401, 401, 401, 401, 401, 401],
    ]
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "60"


@claim("It supports high traffic and answers fast", verdict=Verdict.DEPENDS)
@pytest.mark.parametrize("products", [20, 200])
def test_what_a_request_costs_does_not_depend_on_the_size_of_the_shop(
    anonymous, django_assert_num_queries, ann, products
):
    """Only a load test shows how much traffic an API supports. A unit test shows what one request
    costs: 4 queries, 5 with a category, 1 if the page is cached. The figures are the same for 20
    products and for 200."""
    stock_tagged_products(products)
    headers = bearer(token_of(ann))

    with django_assert_num_queries(4):
        first = anonymous.get("/21/products/", headers=headers)
    with django_assert_num_queries(1):
        again = anonymous.get("/21/products/", headers=headers)
    with django_assert_num_queries(5):
        filtered = anonymous.get("/21/products/?category=category-7", headers=headers)

    assert first.json()["count"] == products
    assert first.json() == again.json()
    assert filtered.json()["count"] == 1


@claim("Caching improves the performance", verdict=Verdict.DEPENDS)
def test_a_cached_page_costs_no_query_and_shows_the_old_price(
    api, stage, monkeypatch, django_assert_num_queries
):
    """A hit costs no query instead of three. But after a change the page shows the old price until
    it expires. How old a page may be is a decision: here 60 seconds."""
    stock_the_shelf()
    monkeypatch.setattr("time.time", lambda: 0)
    api.get("/21/products/cached/")
    Product.objects.filter(sku="ASSAM").update(price="9.00")
    stage.say("Assam costs 9.00 now, no longer 3.00.")

    stage.say("The page is 59 seconds old, then 60:")
    monkeypatch.setattr("time.time", lambda: 59)
    with django_assert_num_queries(0) as counted:
        cached = api.get("/21/products/cached/")
    monkeypatch.setattr("time.time", lambda: 60)
    with django_assert_num_queries(3):
        fresh = api.get("/21/products/cached/")

    assert cached.json() == page_of(ASSAM, OOLONG, ROBUSTA)
    assert fresh.json() == page_of({**ASSAM, "price": "9.00"}, OOLONG, ROBUSTA)
    stage.bar("/21/products/cached/", len(counted), QUERIES)


@trap("A filter by tag finds a product once for each of its tags")
def test_a_filter_over_a_to_many_relation_needs_distinct(api):
    """The join has one row for each tag that matches, so the count of 100 products is 200. The
    `ModelMultipleChoiceFilter` of django-filter uses DISTINCT by default."""
    stock_tagged_products(100)

    by_hand = api.get("/21/products/by-hand/?tag=new&tag=sale")
    distinct = api.get("/21/products/?tag=new&tag=sale")

    assert by_hand.json()["count"] == 200
    assert [row["sku"] for row in by_hand.json()["results"][:3]] == ["P-0001", "P-0001", "P-0002"]
    assert distinct.json()["count"] == 100


@trap("A bug and an unknown URL are still HTML")
def test_the_handler_does_not_shape_a_bug_or_an_unknown_url(api, anonymous):
    """Django answers an unknown URL, because no view is reached. For a bug DRF's exception handler
    returns None, so Django answers 500. `handler404` and `handler500` in the root urlconf shape
    both."""
    api.raise_request_exception = False

    unknown = anonymous.get("/21/nothing/")
    bug = api.get("/21/products/by-hand/?category=beer")

    assert unknown.status_code == 404
    assert unknown.headers["Content-Type"] == "text/html; charset=utf-8"
    assert bug.status_code == 500
    assert bug.headers["Content-Type"] == "text/html; charset=utf-8"
    assert isinstance(bug.exc_info[1], Category.DoesNotExist)


@trap("Cached at its URL, the listing no longer asks who you are")
@pytest.mark.parametrize(
    ("url", "answers"),
    [
        ("/21/products/cached-at-the-url/", [200, 200, 200, 200, 200, 200, 200]),
        ("/21/products/", [200, 200, 200, 200, 200, 429, 401]),
    ],
)
def test_a_hit_in_front_of_the_view_skips_token_and_throttle(stage, ann, url, answers):
    """`cache_page` around `as_view()` answers before DRF runs. A locked-out user still gets 200
    with the old token, and nothing counts the requests. Cache inside the view, after its checks."""
    stock_the_shelf()
    headers = bearer(token_of(ann))

    six_in_a_row = statuses(url, headers, 6)
    ann.user.is_active = False
    ann.user.save()
    locked_out = statuses(url, headers, 1)

    stage.say(f"`{url}`, six requests in a row, and one after Ann is locked out:")
    stage.table([*SIX, "locked out"], [[*six_in_a_row, *locked_out]])
    assert [*six_in_a_row, *locked_out] == answers


@trap("With JWT, cache_page keeps a copy for every token", since="Django 5.2.15")
@pytest.mark.parametrize(
    ("url", "queries"),
    [("/21/products/cache-page/", [4, 1, 4, 4]), ("/21/products/", [4, 1, 1, 1])],
)
def test_a_new_token_finds_no_page_of_an_old_one(
    anonymous, stage, django_assert_num_queries, ann, bob, url, queries
):
    """Since Django 5.2.15 `cache_page` adds `Vary: Authorization` if the request has that header.
    So Bob never gets the page of Ann. But this listing is the same for all users, so its key is
    the URL alone."""
    stock_the_shelf()
    anns, anns_next, bobs = bearer(token_of(ann)), bearer(token_of(ann)), bearer(token_of(bob))
    stage.say("Ann's token, the same again, Ann's next token, Bob's:")

    for headers, count in zip([anns, anns, anns_next, bobs], queries, strict=True):
        with django_assert_num_queries(count):
            response = anonymous.get(url, headers=headers)

        assert response.json() == page_of(ASSAM, OOLONG, ROBUSTA)


@trap("A parameter that no code reads gets past the cache")
def test_every_spelling_of_a_url_is_a_page_of_its_own(api, django_assert_num_queries):
    """The URL is the key, so `?utm=1` and even `?page=1` miss, and each saves one more page. A
    client that counts up reaches the database each time."""
    stock_the_shelf()

    with django_assert_num_queries(3):
        plain = api.get("/21/products/cached/")
    with django_assert_num_queries(3):
        spelt_out = api.get("/21/products/cached/?page=1")
    with django_assert_num_queries(3):
        tagged = api.get("/21/products/cached/?utm=1")

    assert plain.json() == spelt_out.json() == tagged.json()


@trap("A page holds absolute links, so the host belongs in the key")
def test_a_page_is_kept_for_each_host(api, stage):
    """`next` and `previous` name the host of the request. If the key were the path alone, users of
    one host would get links to another host."""
    stock_products(11)

    stage.say("The first request goes to testserver, the second to localhost:")
    first = api.get("/21/products/cached/")
    second = api.get("/21/products/cached/", HTTP_HOST="localhost")

    assert first.json()["next"] == "http://testserver/21/products/cached/?page=2"
    assert second.json()["next"] == "http://localhost/21/products/cached/?page=2"


@trap("The generated schema promises nothing but success")
def test_drf_spectacular_infers_the_filters_but_no_error(stage):
    """drf-spectacular finds the FilterSet and the paginator of a view. It finds no errors, and no
    parameters that `get_queryset()` reads by hand. You declare those. It takes a method field
    without a type for a string."""
    inferred = APIClient().get("/21/schema/inferred/").json()
    complete = APIClient().get("/21/schema/complete/").json()

    rows = [
        ["inferred", "FilterSet", *promises(inferred["paths"]["/21/products/"])],
        ["inferred", "by hand", *promises(inferred["paths"]["/21/products/by-hand/"])],
        ["complete", "FilterSet", *promises(complete["paths"]["/21/products/"])],
        ["complete", "by hand", *promises(complete["paths"]["/21/products/by-hand/"])],
    ]
    stage.table(["schema", "filters", "parameters", "responses"], rows)
    all_filters = "brand, category, max_price, min_price, page, page_size, tag"
    all_responses = "200, 400, 401, 404, 429"
    by_hand = inferred["components"]["schemas"]["ByHandProduct"]["properties"]
    assert rows == [
        ["inferred", "FilterSet", all_filters, "200"],
        ["inferred", "by hand", "page, page_size", "200"],
        ["complete", "FilterSet", all_filters, all_responses],
        ["complete", "by hand", "category, page, page_size, tag", all_responses],
    ]
    assert by_hand["tags"] == {"type": "string", "readOnly": True}
    assert complete["components"]["schemas"]["Problem"]["properties"] == {
        "status": {"type": "integer"},
        "title": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    }


@trap("A fuzz finds the 500 that no test asked for")
def test_requests_made_up_from_the_schema_find_what_breaks_its_promises(
    api, stage, monkeypatch, tmp_path, ann
):
    """schemathesis makes up requests, some that the schema allows and some that it forbids. It
    finds errors that the schema leaves out, a body of another type, and a category that crashes
    the filter by hand. Raise the rate for it: after five requests it only gets 429."""
    monkeypatch.setattr(views.FivePerMinute, "rate", "1000/min")
    monkeypatch.setenv("HYPOTHESIS_STORAGE_DIRECTORY", str(tmp_path))  # not the checkout
    # A WSGI request closes its connection at the end, and here that is the connection of the test.
    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: None)
    stock_the_shelf()
    headers = bearer(token_of(ann))

    undeclared = fuzz("/21/schema/inferred/", "/21/products/", headers, 50)
    by_hand = fuzz("/21/schema/complete/", "/21/products/by-hand/", headers, 50)
    plain = fuzz("/21/schema/complete/", "/21/products/plain-errors/", headers, 50)
    finished = fuzz("/21/schema/complete/", "/21/products/", headers, 50)
    strict = fuzz("/21/schema/complete/", "/21/products/", headers, 50, STRICT)

    rows = [
        ["inferred", "/21/products/", found(undeclared)],
        ["complete", "/21/products/by-hand/", found(by_hand)],
        ["complete", "/21/products/plain-errors/", found(plain)],
        ["complete", "/21/products/", found(finished)],
        ["complete", "/21/products/, strict", found(strict)],
    ]
    stage.table(["schema", "sent to", "what the fuzz found"], rows)
    api.raise_request_exception = False
    broken = api.get("/21/products/by-hand/?category=beer")
    assert rows == [
        ["inferred", "/21/products/", "Undocumented status code"],
        [
            "complete",
            "/21/products/by-hand/",
            "Response violates schema, Server error, Undocumented status code",
        ],
        ["complete", "/21/products/plain-errors/", "Undocumented Content-Type"],
        ["complete", "/21/products/", "nothing"],
        ["complete", "/21/products/, strict", "Schema-violating request accepted"],
    ]
    statuses, _ = finished
    assert len(statuses) == 50
    assert {200, 400} <= set(statuses)
    assert broken.status_code == 500


def keys(response):
    return ", ".join(sorted(response.json()))


def promises(path):
    """The parameters and the responses of a GET."""
    parameters = sorted(parameter["name"] for parameter in path["get"]["parameters"])
    return ", ".join(parameters), ", ".join(sorted(path["get"]["responses"]))


def found(result):
    _, faults = result
    return ", ".join(faults) or "nothing"
