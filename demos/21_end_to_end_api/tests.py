from datetime import timedelta

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from runner import Verdict, claim, trap
from shop import factories
from shop.factories import stock_products
from shop.models import Category, Product, Tag
from shop.people import bearer, token_of

from . import views
from .fuzz import fuzz

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.openapi,
    # The cache keeps the pages and what the throttle has counted.
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
    """Each product with a category, a brand and two tags."""
    products = stock_products(count)
    tags = Tag.objects.bulk_create([Tag(name="new"), Tag(name="sale")])
    Product.tags.through.objects.bulk_create(
        Product.tags.through(product=product, tag=tag) for product in products for tag in tags
    )


def page_of(*products):
    return {"count": len(products), "next": None, "previous": None, "results": [*products]}


def statuses(url, headers, requests):
    """What so many requests in a row are answered, each too like the others to be shown."""
    client = APIClient()
    return [client.get(url, headers=headers).status_code for _ in range(requests)]


@claim("The product listing takes filters: category, brand, price")
def test_each_filter_narrows_the_listing(api):
    """Each parameter that the FilterSet names adds a condition to the WHERE, and its value is
    checked: a category that does not exist is a 400."""
    stock_the_shelf()

    teas = api.get("/21/products/?category=tea")
    acmes_from_4 = api.get("/21/products/?brand=Acme&min_price=4")
    refused = api.get("/21/products/?category=beer")

    assert teas.json() == page_of(ASSAM, OOLONG)
    assert acmes_from_4.json() == page_of(ROBUSTA)
    assert refused.status_code == 400


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
    """It joins what is to-one, category and brand. The tags are to-many: every product of the page
    still asks for its own, and a larger page asks more. With `prefetch_related("tags")` it is
    three queries for any page: the count, the products, the tags."""
    stock_tagged_products(100)

    with django_assert_num_queries(queries) as counted:
        response = api.get(url)

    assert response.status_code == 200
    if "?" not in url:
        stage.bar(url, len(counted), QUERIES)


@claim("It paginates the results")
@pytest.mark.parametrize(("query", "rows"), [("", 10), ("?page=10", 10), ("?page_size=5000", 50)])
def test_a_page_has_ten_products_and_never_more_than_fifty(api, query, rows):
    """Ten on a page. A client may ask for more with `page_size`, and `max_page_size` is what keeps
    it from asking for everything: DRF sets no limit by itself."""
    stock_products(100)

    response = api.get(f"/21/products/prefetched/{query}")

    assert response.json()["count"] == 100
    assert len(response.json()["results"]) == rows


@claim("It returns a consistent response", verdict=Verdict.DEPENDS)
def test_refusals_have_three_shapes_until_a_handler_gives_them_one(stage, ann):
    """The pages are alike. The refusals are so only once an exception handler gives them one
    shape: DRF's own have a `detail`, simplejwt's two keys more, and a bad filter has its name for
    a key."""

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
    assert handled["bad filter"].json() == {
        "status": 400,
        "title": "Bad Request",
        "detail": "Invalid input.",
        "errors": {"min_price": ["Enter a number."]},
    }
    assert handled["too often"].headers["Retry-After"] == "60"


@claim("It is secured by authentication")
def test_only_a_valid_token_of_an_active_user_opens_the_listing(
    anonymous, django_assert_num_queries, ann, bob
):
    """Without a valid token it is a 401. `JWTAuthentication` also fetches the user with every
    request: one query more, and in return a user who was locked out stays outside, however good
    the token."""
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
    """It limits those who sign in. DRF authenticates first and counts afterwards: a wrong token is
    refused every time and never counted, and a 429 has already cost the query for the user. A
    flood has to be stopped in front of Django."""
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
    """How much traffic it bears no unit test can tell; that takes a load test. What a test can pin
    down is the price of a request: 4 queries, 5 with a category, 1 once the page is cached, in a
    small shop as in a large one."""
    stock_tagged_products(products)
    headers = bearer(token_of(ann))

    with django_assert_num_queries(4):
        first = anonymous.get("/21/products/", headers=headers)
    with django_assert_num_queries(1):
        again = anonymous.get("/21/products/", headers=headers)
    with django_assert_num_queries(5):
        anonymous.get("/21/products/?category=category-7", headers=headers)

    assert first.json() == again.json()


@claim("Caching improves the performance", verdict=Verdict.DEPENDS)
def test_a_cached_page_costs_no_query_and_shows_the_old_price(
    api, stage, django_assert_num_queries
):
    """No query instead of three, but no longer the truth: after a change the page shows the old
    price until it expires. How old it may be is a decision, here 60 seconds."""
    stock_the_shelf()
    api.get("/21/products/cached/")
    Product.objects.filter(sku="ASSAM").update(price="9.00")
    stage.say("Assam costs 9.00 now, no longer 3.00.")

    with django_assert_num_queries(0) as counted:
        cached = api.get("/21/products/cached/")
    fresh = api.get("/21/products/prefetched/")

    assert cached.json() == page_of(ASSAM, OOLONG, ROBUSTA)
    assert fresh.json() == page_of({**ASSAM, "price": "9.00"}, OOLONG, ROBUSTA)
    stage.bar("/21/products/cached/", len(counted), QUERIES)


@trap("Cached at its URL, the listing no longer asks who you are")
@pytest.mark.parametrize(
    ("url", "answers"),
    [
        ("/21/products/cached-at-the-url/", [200, 200, 200, 200, 200, 200, 200]),
        ("/21/products/", [200, 200, 200, 200, 200, 429, 401]),
    ],
)
def test_a_hit_in_front_of_the_view_skips_token_and_throttle(stage, ann, url, answers):
    """`cache_page` around `as_view()` answers before DRF begins. Whoever was locked out reads on
    with the old token, as often as they like. Cache inside the view, behind its checks."""
    stock_the_shelf()
    headers = bearer(token_of(ann))

    six_in_a_row = statuses(url, headers, 6)
    ann.user.is_active = False
    ann.user.save()
    locked_out = statuses(url, headers, 1)

    stage.say(f"`{url}`, six requests in a row, and one once Ann is locked out:")
    stage.table([*SIX, "locked out"], [[*six_in_a_row, *locked_out]])
    assert [*six_in_a_row, *locked_out] == answers


@trap("With JWT, cache_page keeps a copy for every token")
@pytest.mark.parametrize(
    ("url", "queries"),
    [("/21/products/cache-page/", [4, 1, 4, 4]), ("/21/products/", [4, 1, 1, 1])],
)
def test_a_new_token_finds_no_page_of_an_old_one(
    anonymous, stage, django_assert_num_queries, ann, bob, url, queries
):
    """Django makes a page vary on `Authorization` where the request has one: what answered Ann must
    not answer Bob. But this listing is the same for all, so it keeps its pages by the URL alone."""
    stock_the_shelf()
    anns, anns_next, bobs = bearer(token_of(ann)), bearer(token_of(ann)), bearer(token_of(bob))
    stage.say("Ann's token, the same again, Ann's next token, Bob's:")

    for headers, count in zip([anns, anns, anns_next, bobs], queries, strict=True):
        with django_assert_num_queries(count):
            response = anonymous.get(url, headers=headers)

        assert response.json() == page_of(ASSAM, OOLONG, ROBUSTA)


@trap("A parameter that nobody reads gets past the cache")
def test_every_spelling_of_a_url_is_a_page_of_its_own(api, django_assert_num_queries):
    """The URL is the key, so `?utm=1` and even `?page=1` miss, and each takes up room. Whoever
    wants to get to the database just counts up."""
    stock_the_shelf()

    with django_assert_num_queries(3):
        plain = api.get("/21/products/cached/")
    with django_assert_num_queries(3):
        spelt_out = api.get("/21/products/cached/?page=1")
    with django_assert_num_queries(3):
        tagged = api.get("/21/products/cached/?utm=1")

    assert plain.json() == spelt_out.json() == tagged.json()


@trap("The generated schema promises nothing but success")
def test_drf_spectacular_infers_the_filters_but_no_error(stage):
    """drf-spectacular reads the FilterSet, the paginator and the token off the view. It knows of
    no error, nor of a parameter that `get_queryset()` reads by hand: those you declare, and then
    the schema is complete."""
    inferred = APIClient().get("/21/schema/inferred/").json()["paths"]
    complete = APIClient().get("/21/schema/complete/").json()["paths"]

    rows = [
        ["inferred", "FilterSet", *promises(inferred["/21/products/"])],
        ["inferred", "by hand", *promises(inferred["/21/products/by-hand/"])],
        ["complete", "FilterSet", *promises(complete["/21/products/"])],
        ["complete", "by hand", *promises(complete["/21/products/by-hand/"])],
    ]
    stage.table(["schema", "filters", "parameters", "responses"], rows)
    all_filters = "brand, category, max_price, min_price, page, page_size"
    all_responses = "200, 400, 401, 404, 429"
    assert rows == [
        ["inferred", "FilterSet", all_filters, "200"],
        ["inferred", "by hand", "page, page_size", "200"],
        ["complete", "FilterSet", all_filters, all_responses],
        ["complete", "by hand", "category, page, page_size", all_responses],
    ]


@trap("A fuzz finds the 500 that no test asked for")
def test_requests_made_up_from_the_schema_find_what_breaks_its_promises(
    api, stage, monkeypatch, tmp_path, ann
):
    """schemathesis makes up requests, some that the schema allows and some that it forbids. It
    finds the errors that the schema leaves out, and the category looked up by hand, which an
    unknown one breaks. Raise the rate for it, or after five requests it only learns 429."""
    monkeypatch.setattr(views.FivePerMinute, "rate", "1000/min")
    monkeypatch.setenv("HYPOTHESIS_STORAGE_DIRECTORY", str(tmp_path))  # not the checkout
    stock_the_shelf()
    api.raise_request_exception = False

    undeclared = fuzz("/21/schema/inferred/", "/21/products/", bearer(token_of(ann)), requests=50)
    by_hand = fuzz(
        "/21/schema/complete/", "/21/products/by-hand/", bearer(token_of(ann)), requests=50
    )
    finished = fuzz("/21/schema/complete/", "/21/products/", bearer(token_of(ann)), requests=50)

    rows = [
        ["inferred", "FilterSet", ", ".join(undeclared.faults)],
        ["complete", "by hand", ", ".join(by_hand.faults)],
        ["complete", "FilterSet", ", ".join(finished.faults) or "nothing"],
    ]
    stage.table(["schema", "filters", "what the fuzz found"], rows)
    broken = api.get("/21/products/by-hand/?category=beer")
    assert rows == [
        ["inferred", "FilterSet", "Undocumented status code"],
        ["complete", "by hand", "Server error, Undocumented status code"],
        ["complete", "FilterSet", "nothing"],
    ]
    assert len(finished.statuses) == 50
    assert {200, 400} <= set(finished.statuses)
    assert broken.status_code == 500
    assert isinstance(broken.exc_info[1], Category.DoesNotExist)


def keys(response):
    return ", ".join(sorted(response.json()))


def promises(path):
    """The parameters and the responses of its GET."""
    parameters = sorted(parameter["name"] for parameter in path["get"]["parameters"])
    return ", ".join(parameters), ", ".join(sorted(path["get"]["responses"]))
