import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.cache.backends.redis import RedisCache
from django.db import connection, connections
from django.db.models.signals import post_save
from django.test.utils import CaptureQueriesContext
from redis import ConnectionError as RedisConnectionError
from redis import Redis
from rest_framework.test import APIClient

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Product
from shop.people import basic

from . import views

pytestmark = [pytest.mark.django_db, pytest.mark.redis, pytest.mark.usefixtures("redis_cache")]

OLD, NEW = {"P-0001": "10.00"}, {"P-0001": "12.00"}
ANNS, BOBS, EVERYBODYS = ({"offers for": name} for name in ("ann", "bob", "everybody"))
REFUSED = {"detail": "Authentication credentials were not provided."}


@pytest.fixture
def product():
    return factories.product.make(sku="P-0001", name="Green tea", price="10.00")


@pytest.fixture
def trips(monkeypatch):
    """The names of the commands that went to Redis."""
    trips, execute = [], Redis.execute_command

    def note_and_execute(self, *args, **options):
        trips.append(args[0])
        return execute(self, *args, **options)

    monkeypatch.setattr(Redis, "execute_command", note_and_execute)
    return trips


@pytest.fixture
def computed(monkeypatch):
    """Grows by one each time the prices are computed."""
    computed, compute = [], views.price_list
    monkeypatch.setattr(views, "price_list", lambda: computed.append(None) or compute())
    return computed


@pytest.fixture
def three_look_first(monkeypatch):
    """Holds each of three requests after it first reads the cache, until all have read it."""
    all_have_looked, have_looked, get = threading.Barrier(3, timeout=60), set(), RedisCache.get

    def get_and_wait(self, *args, **kwargs):
        found = get(self, *args, **kwargs)
        if threading.get_ident() not in have_looked:
            have_looked.add(threading.get_ident())
            all_have_looked.wait()
        return found

    return lambda: monkeypatch.setattr(RedisCache, "get", get_and_wait)


@pytest.fixture
def interrupt(monkeypatch):
    """Sends another request, from start to end, when a function returns for the first time."""

    def interrupt(owner, name, send):
        function = getattr(owner, name)

        def call_and_be_interrupted(*args, **kwargs):
            monkeypatch.setattr(owner, name, function)
            result = function(*args, **kwargs)
            with ThreadPoolExecutor(1) as pool:
                sent = pool.submit(send)
                pool.submit(connections.close_all).result()
                sent.result()
            return result

        monkeypatch.setattr(owner, name, call_and_be_interrupted)

    return interrupt


@claim("With Redis the product catalogue costs the database less", verdict=Verdict.DEPENDS)
@pytest.mark.parametrize(
    ("way", "queries"), [("uncached", 1), ("get-or-set", 0), ("cache-page", 0)]
)
def test_only_what_a_view_saves_is_a_hit(api, django_assert_num_queries, product, way, queries):
    """It depends on the view. Redis is in `CACHES` for all three, but it saves nothing by itself.
    `get_or_set()` is cache-aside: read the cache, and after a miss read the database and fill the
    cache. `cache_page` saves a whole response."""
    with django_assert_num_queries(1):
        first = api.get(f"/19/prices/{way}/")
    with django_assert_num_queries(queries):
        second = api.get(f"/19/prices/{way}/")

    assert first.json() == second.json() == OLD


@claim("Redis caches search results as well", verdict=Verdict.DEPENDS)
def test_a_search_needs_a_key_with_its_term(api, stage, django_assert_num_queries, product):
    """It depends on the key. Without the term in the key, a search for coffee finds tea. For
    `cache_page`, the same parameters in another order are another URL, so the search runs again."""
    factories.product.make(sku="P-0002", name="Black coffee")
    tea, coffee = {"found": ["Green tea"]}, {"found": ["Black coffee"]}

    stage.say("One key for all searches:")
    api.get("/19/search/one-key/?q=tea")
    mistaken = api.get("/19/search/one-key/?q=coffee")
    stage.say("A key for each term, in small letters:")
    with django_assert_num_queries(2):
        api.get("/19/search/its-term/?q=tea")
        found = api.get("/19/search/its-term/?q=coffee")
    with django_assert_num_queries(0):
        found_again = api.get("/19/search/its-term/?q=Tea")
    stage.say("`cache_page`, one search written in three ways, then the first one again:")
    with django_assert_num_queries(3):
        api.get("/19/search/cache-page/?q=tea&page=1")
        api.get("/19/search/cache-page/?page=1&q=tea")
        api.get("/19/search/cache-page/?q=tea&page=1&tag=mail")
    with django_assert_num_queries(0):
        page = api.get("/19/search/cache-page/?q=tea&page=1")
    cache.clear()
    stage.say("Without a term, and with an empty cache:")
    ways = ("one-key", "its-term", "cache-page")
    without = [api.get(f"/19/search/{way}/").json() for way in ways]

    assert without == [{"found": ["Green tea", "Black coffee"]}] * 3
    assert mistaken.json() == found_again.json() == page.json() == tea
    assert found.json() == coffee


@claim("Redis improves the response time", verdict=Verdict.DEPENDS)
def test_a_hit_trades_queries_for_trips_to_redis(stage, trips, product):
    """It depends on the cost of the queries. A hit saves them, but it needs 1 or 2 round trips to
    Redis. A miss runs the queries and needs 3 round trips or more."""
    client, rows = APIClient(), []
    for way in ("uncached", "get-or-set", "cache-page", "versioned"):
        row = [f"/19/prices/{way}/"]
        for _ in ("first", "again"):
            trips.clear()
            with CaptureQueriesContext(connection) as queries:
                client.get(f"/19/prices/{way}/")
            row += [len(queries), len(trips)]
        rows.append(row)
    stage.table(["GET", "first: queries", "trips", "again: queries", "trips"], rows)

    assert rows == [
        ["/19/prices/uncached/", 1, 0, 1, 0],
        ["/19/prices/get-or-set/", 1, 3, 0, 1],
        ["/19/prices/cache-page/", 1, 3, 0, 2],
        ["/19/prices/versioned/", 1, 6, 0, 2],
    ]


@claim("A cache is essential where traffic is high", verdict=Verdict.DEPENDS)
@pytest.mark.django_db(transaction=True)
@pytest.mark.database("sqlite")
@pytest.mark.parametrize(
    ("way", "expires", "computations", "answers"),
    [
        ("get-or-set", "prices", 3, ["12.00", "12.00", "12.00"]),
        ("locked", "prices", 1, ["12.00", "12.00", "12.00"]),
        ("stale-while-refreshed", "prices:fresh", 1, ["10.00", "10.00", "12.00"]),
    ],
)
def test_all_who_miss_compute_unless_one_does_it_for_all(
    api, race, stage, computed, three_look_first, product, way, expires, computations, answers
):
    """It depends on what happens when a popular entry expires. With `get_or_set`, three parallel
    requests compute it. Let one compute. The others wait for a lock, or they get the old value."""
    api.get(f"/19/prices/{way}/")
    Product.objects.update(price="12.00")
    cache.delete(expires)
    computed.clear()
    stage.say("The price changes, the entry expires, three requests come.")

    three_look_first()
    responses = race(*[lambda client: client.get(f"/19/prices/{way}/")] * 3)

    assert len(computed) == computations
    assert sorted(response.json()["P-0001"] for response in responses) == answers
    stage.bar(way, len(computed), "computations for 3 requests at once")


@claim("Redis is the place for sessions", verdict=Verdict.DEPENDS)
@pytest.mark.parametrize(
    ("engine", "queries", "afterwards"),
    [("db", 2, (200, 2)), ("cached_db", 1, (200, 2)), ("cache", 1, (403, 0))],
)
def test_sessions_that_are_in_redis_alone_are_lost_with_it(
    anonymous, stage, settings, django_assert_num_queries, ann, engine, queries, afterwards
):
    """It depends on the engine. `cache` and `cached_db` both save the query for the session. But a
    cache may lose everything at any time. Then `cache` has signed all users out, and `cached_db`
    reads the sessions from the database."""
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    anonymous.force_login(ann.user)

    stage.say(f"Ann has signed in. `{engine}` keeps her session.")
    with django_assert_num_queries(queries):
        before = anonymous.get("/19/offers/")
    cache.clear()
    stage.say("Redis has lost everything.")
    with django_assert_num_queries(afterwards[1]):
        response = anonymous.get("/19/offers/")

    assert before.json() == ANNS
    assert response.status_code == afterwards[0]


@claim("Redis improves scalability")
@pytest.mark.parametrize(("backend", "found"), [("locmem.LocMem", None), ("redis.Redis", OLD)])
def test_what_one_process_keeps_another_one_finds(api, stage, settings, product, backend, found):
    """All processes on all machines share one Redis. Django's default, `LocMemCache`, is the memory
    of one process, so no process can read or delete what another one saved."""
    backend = f"django.core.cache.backends.{backend}Cache"
    settings.CACHES = {"default": {**settings.CACHES["default"], "BACKEND": backend}}

    api.get("/19/prices/get-or-set/")
    found_elsewhere = in_another_process(settings.CACHES)

    assert found_elsewhere == found
    stage.say(f"`{backend}`: another process finds {found_elsewhere or 'nothing'}.")


def in_another_process(caches):
    command = [sys.executable, Path(__file__).with_name("other_process.py"), json.dumps(caches)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


@claim("Redis improves the user experience", verdict=Verdict.DEPENDS)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("sale", "answer"), [("in-bulk", OLD), ("forgetting-on-commit", NEW)])
def test_the_customer_reads_the_old_price_until_it_is_deleted(api, product, sale, answer):
    """It depends on the code that writes. That code must delete the entry. Otherwise customers read
    the old price until the TTL ends, here for an hour."""
    api.get("/19/prices/get-or-set/")
    sold = api.post(f"/19/sale/{sale}/", {"price": "12.00"})
    cached = api.get("/19/prices/get-or-set/")
    stored = api.get("/19/prices/uncached/")

    assert sold.status_code == 204
    assert cached.json() == answer
    assert stored.json() == NEW


@trap("A price that does not fit its column must not be a 500")
def test_the_price_of_a_sale_is_checked_first(api, product):
    """`queryset.update()` does not validate, so the serializer must check the price before it."""
    api.raise_request_exception = False
    prices = ("-1.00", "1.001", "123456789.00")
    responses = [api.post("/19/sale/in-bulk/", {"price": price}) for price in prices]

    assert [response.status_code for response in responses] == [400, 400, 400]
    assert [response.json()["price"] for response in responses] == [
        ["Ensure this value is greater than or equal to 0.01."],
        ["Ensure that there are no more than 2 decimal places."],
        ["Ensure that there are no more than 10 digits in total."],
    ]


@trap("Each entry has its own TTL")
@pytest.mark.django_db(transaction=True)
def test_an_entry_lives_as_long_as_its_ttl(api, stage, monkeypatch, redis_cache, product):
    """TTL means time to live: then Redis removes the entry, and the next reader misses. Prices live
    for 60 minutes here. A value that is served while it is old has no TTL, or there is nothing to
    serve. A version has no TTL either, because each sale replaces it."""
    monkeypatch.setattr(views, "new_version", lambda: "v1")
    entries = {}
    for way in ("get-or-set", "fallback", "locked", "stale-while-refreshed", "versioned"):
        cache.clear()
        api.get(f"/19/prices/{way}/")
        entries[way] = lifetimes(redis_cache)
    api.post("/19/sale/with-new-version/", {"price": "12.00"})
    entries["after a sale"] = lifetimes(redis_cache)
    rows = [[way, *entry] for way, found in entries.items() for entry in sorted(found.items())]
    stage.table(["way", "entry", "TTL"], rows)

    assert entries["get-or-set"] == entries["fallback"] == entries["locked"] == {"prices": "60 min"}
    assert entries["stale-while-refreshed"] == {"prices": "none", "prices:fresh": "60 min"}
    assert entries["versioned"] == {"prices:version": "none", "prices:v1": "60 min"}
    assert entries["after a sale"] == entries["versioned"]


def lifetimes(redis_url):
    """The TTL of each entry that is in the cache, in whole minutes."""
    prefix = cache.make_key("")
    with Redis.from_url(redis_url, decode_responses=True) as redis:
        left = {key.removeprefix(prefix): redis.ttl(key) for key in redis.scan_iter(f"{prefix}*")}
    return {key: "none" if ttl == -1 else f"{round(ttl / 60)} min" for key, ttl in left.items()}


@trap("A lock can expire before the work is done")
@pytest.mark.django_db(transaction=True)
@pytest.mark.database("sqlite")
def test_an_expired_lock_is_not_a_500(
    api, anonymous, stage, computed, interrupt, trips, redis_cache, product
):
    """The lock has a timeout of 60 seconds, because a killed process cannot release it. If the work
    takes longer, a second request computes as well. That is harmless for a cache, but redis-py then
    raises LockNotOwnedError. `raise_on_release_error=False` only logs it."""
    api.raise_request_exception = False
    seen = {}

    def expire_and_read():
        seen.update(lifetimes(redis_cache))
        cache.delete("prices:lock")
        anonymous.get("/19/prices/locked/")

    stage.say("One request computes, its lock expires, and another request comes:")
    interrupt(views, "price_list", expire_and_read)
    slow = api.get("/19/prices/locked/")
    trips.clear()
    again = api.get("/19/prices/locked/")

    assert seen == {"prices:lock": "1 min"}
    assert views.redis_lock("prices:lock").timeout == 60
    assert slow.status_code == 200
    assert slow.json() == again.json() == OLD
    assert len(computed) == 2
    assert trips == ["GET"]


@trap("queryset.update() sends no signal")
@pytest.mark.django_db(transaction=True)
def test_queryset_update_sends_no_post_save(api, request, stage, product):
    """`save()` sends `post_save`, and the receiver deletes the entry. `queryset.update()` sends no
    signal, so the old price stays in the cache. Delete the entry in the code that writes."""
    post_save.connect(views.forget_prices, sender=Product)
    request.addfinalizer(lambda: post_save.disconnect(views.forget_prices, sender=Product))
    stage.say("A receiver of `post_save` deletes the prices from the cache.")
    api.get("/19/prices/get-or-set/")
    api.post("/19/sale/one-by-one/", {"price": "11.00"})
    saved = api.get("/19/prices/get-or-set/")
    api.post("/19/sale/in-bulk/", {"price": "12.00"})
    updated = api.get("/19/prices/get-or-set/")

    assert saved.json() == updated.json() == {"P-0001": "11.00"}
    assert Product.objects.get().price == 12


@trap("An entry deleted before the commit comes back with the old price")
@pytest.mark.django_db(transaction=True)
@pytest.mark.database("sqlite")
@pytest.mark.parametrize(("sale", "answer"), [("at-once", OLD), ("on-commit", NEW)])
def test_a_reader_fills_the_cache_before_the_commit(
    api, anonymous, stage, computed, interrupt, product, sale, answer
):
    """Until the commit, other requests read the old price from the database, and after the delete
    they put it back. `transaction.on_commit()` deletes after the commit."""
    anonymous.get("/19/prices/get-or-set/")
    stage.say("Right after the sale deletes the entry, another request reads the prices:")
    interrupt(RedisCache, "delete", lambda: anonymous.get("/19/prices/get-or-set/"))
    api.post(f"/19/sale/forgetting-{sale}/", {"price": "12.00"})
    stage.say("The sale has been committed.")
    cached = anonymous.get("/19/prices/get-or-set/")
    assert len(computed) == 2
    stored = anonymous.get("/19/prices/uncached/")

    assert cached.json() == answer
    assert stored.json() == NEW


@trap("An entry deleted after the commit can come back with the old price, too")
@pytest.mark.django_db(transaction=True)
@pytest.mark.database("sqlite")
@pytest.mark.parametrize(
    ("prices", "sale", "answer"),
    [("get-or-set", "forgetting-on-commit", OLD), ("versioned", "with-new-version", NEW)],
)
def test_a_slow_reader_keeps_what_it_read_before_the_sale(
    api, anonymous, stage, interrupt, product, prices, sale, answer
):
    """After a miss, a reader can be slower than the whole sale, and save the old price after the
    delete. Put a version into the key, and let each sale change it. Then the reader saves under the
    old key, which no request reads again."""
    stage.say("A reader has read the prices but not saved them. A sale begins and ends:")
    interrupt(views, "price_list", lambda: api.post(f"/19/sale/{sale}/", {"price": "12.00"}))
    anonymous.get(f"/19/prices/{prices}/")
    stage.say("Afterwards:")
    cached = anonymous.get(f"/19/prices/{prices}/")
    stored = anonymous.get("/19/prices/uncached/")

    assert cached.json() == answer
    assert stored.json() == NEW


@trap("cache_page can show one customer the page of another")
@pytest.mark.parametrize(
    ("url", "answers"),
    [
        ("/19/offers/around-view/", [ANNS, ANNS, ANNS]),
        ("/19/offers/around-get/", [ANNS, ANNS, REFUSED]),
        ("/19/offers/per-caller/", [ANNS, BOBS, REFUSED]),
    ],
)
def test_a_page_of_one_session_goes_to_the_next(anonymous, stage, ann, bob, url, answers):
    """`cache_page` on a view saves the response before the session middleware adds `Vary: Cookie`,
    so all sessions share one page. Around the whole view, even an anonymous caller gets it.
    `vary_on_headers("Cookie")` gives each session its own page."""
    stage.say("Ann, then Bob, then an anonymous caller:")
    anonymous.force_login(ann.user)
    for_ann = anonymous.get(url)
    anonymous.force_login(bob.user)
    for_bob = anonymous.get(url)
    anonymous.logout()
    for_anonymous = anonymous.get(url)

    assert [for_ann.json(), for_bob.json(), for_anonymous.json()] == answers
    assert for_ann.headers["Cache-Control"] == "max-age=3600"


@trap("cache_page keeps a page for each Accept header")
def test_another_accept_header_misses(api, django_assert_num_queries, product):
    """DRF has two renderers by default, and a view with several renderers sends `Vary: Accept`.
    `cache_page` compares the header as text, so clients with different headers share no page."""
    with django_assert_num_queries(2):
        api.get("/19/prices/cache-page/", headers={"Accept": "application/json"})
        api.get("/19/prices/cache-page/", headers={"Accept": "application/json, */*"})
    with django_assert_num_queries(0):
        again = api.get("/19/prices/cache-page/", headers={"Accept": "application/json"})

    assert again.headers["Vary"] == "Accept"


@trap(
    "An Authorization header separates the pages only until an anonymous caller comes",
    since="Django 5.2.15",
)
@pytest.mark.parametrize(
    ("url", "answers"),
    [
        ("/19/open/around-get/", [ANNS, BOBS, EVERYBODYS, EVERYBODYS]),
        ("/19/open/per-caller/", [ANNS, BOBS, EVERYBODYS, ANNS]),
    ],
)
def test_an_anonymous_request_unlearns_the_vary_header(anonymous, stage, passwords, url, answers):
    """Since Django 5.2.15, `cache_page` adds `Vary: Authorization`, but only if the request has the
    header. The last response decides for its URL, so after an anonymous request Ann gets the
    anonymous page. `vary_on_headers("Authorization")` adds it to every response."""
    stage.say("Ann, Bob, an anonymous caller, and Ann again:")
    responses = [
        anonymous.get(url, headers=basic("ann")),
        anonymous.get(url, headers=basic("bob")),
        anonymous.get(url),
        anonymous.get(url, headers=basic("ann")),
    ]

    assert [response.json() for response in responses] == answers


@trap("A hit skips everything inside cache_page")
@pytest.mark.usefixtures("throttle_clock")
@pytest.mark.parametrize(
    ("url", "statuses"),
    [
        ("/19/throttled/around-view/", [200, 200, 200]),
        ("/19/throttled/around-get/", [200, 429, 401]),
    ],
)
def test_a_hit_around_the_view_comes_first(anonymous, stage, ann, passwords, url, statuses):
    """Around the view, as in a URLconf or on `dispatch`, a hit comes before authentication,
    permissions and throttles. Around `get`, all of them come before the hit."""
    stage.say("Ann, who may ask once a day, asks twice:")
    first = anonymous.get(url, headers=basic("ann"))
    second = anonymous.get(url, headers=basic("ann"))
    ann.user.is_active = False
    ann.user.save()
    stage.say("Her account is closed. She asks again:")
    third = anonymous.get(url, headers=basic("ann"))

    assert [first.status_code, second.status_code, third.status_code] == statuses


@trap("When Redis is down, a cached view is a 500, although the database is up")
def test_without_redis_a_cached_view_fails_unless_it_expects_that(api, settings, product):
    """Django's Redis backend raises the ConnectionError. A view that can work without the cache
    must catch RedisError and read the database."""
    nowhere = "unix:///nowhere/redis.sock"
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": nowhere}}
    api.raise_request_exception = False

    failed = api.get("/19/prices/get-or-set/")
    served = api.get("/19/prices/fallback/")

    assert failed.status_code == 500
    assert isinstance(failed.exc_info[1], RedisConnectionError)
    assert served.status_code == 200
    assert served.json() == OLD
