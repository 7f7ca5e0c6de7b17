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

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.redis,
    pytest.mark.usefixtures("redis_cache"),
]

OLD = {"P-0001": "10.00"}
NEW = {"P-0001": "12.00"}
ANNS, BOBS = {"offers for": "ann"}, {"offers for": "bob"}
EVERYBODYS = {"offers for": "everybody"}
REFUSED = {"detail": "Authentication credentials were not provided."}


@pytest.fixture
def product():
    return factories.product.make(sku="P-0001", name="Green tea", price="10.00")


@pytest.fixture
def trips(monkeypatch):
    """The names of the commands that went to Redis."""
    trips = []
    execute = Redis.execute_command

    def count_and_execute(self, *args, **options):
        trips.append(args[0])
        return execute(self, *args, **options)

    monkeypatch.setattr(Redis, "execute_command", count_and_execute)
    return trips


@pytest.fixture
def computed(monkeypatch):
    """Grows by one whenever the prices are computed."""
    computed = []
    compute = views.price_list

    def count_and_compute():
        computed.append(None)
        return compute()

    monkeypatch.setattr(views, "price_list", count_and_compute)
    return computed


@pytest.fixture
def three_look_first(monkeypatch):
    """Holds each of three requests after its first look into the cache until all have looked."""
    all_have_looked = threading.Barrier(3, timeout=60)
    this_thread = threading.local()
    get = RedisCache.get

    def get_and_wait(self, *args, **kwargs):
        found = get(self, *args, **kwargs)
        if not hasattr(this_thread, "has_looked"):
            this_thread.has_looked = True
            all_have_looked.wait()
        return found

    def start():
        monkeypatch.setattr(RedisCache, "get", get_and_wait)

    return start


@pytest.fixture
def interrupt(monkeypatch):
    """Lets a request of somebody else's run, from start to end, as soon as a function returned."""

    def interrupt(owner, name, send):
        function = getattr(owner, name)
        waiting = [send]

        def send_and_disconnect(send):
            try:
                send()
            finally:
                connections.close_all()

        def call_and_be_interrupted(*args, **kwargs):
            result = function(*args, **kwargs)
            if waiting:
                with ThreadPoolExecutor(1) as pool:
                    pool.submit(send_and_disconnect, waiting.pop()).result()
            return result

        monkeypatch.setattr(owner, name, call_and_be_interrupted)

    return interrupt


@pytest.fixture
def forget_on_save():
    """The receiver, connected as an `AppConfig.ready()` would."""
    post_save.connect(views.forget_prices, sender=Product)
    yield
    post_save.disconnect(views.forget_prices, sender=Product)


@claim("With Redis the product catalogue costs the database less", verdict=Verdict.DEPENDS)
@pytest.mark.parametrize(
    ("url", "queries"),
    [
        ("/19/prices/uncached/", 1),
        ("/19/prices/get-or-set/", 0),
        ("/19/prices/cache-page/", 0),
    ],
)
def test_only_what_a_view_keeps_is_there_the_second_time(
    api, django_assert_num_queries, product, url, queries
):
    """Redis is in `CACHES` for all three, and keeps nothing by itself. A view has to ask it:
    `cache.get_or_set()` keeps a value, `cache_page` a whole response."""
    with django_assert_num_queries(1):
        first = api.get(url)
    with django_assert_num_queries(queries):
        second = api.get(url)

    assert first.json() == second.json() == OLD


@claim("Redis caches search results as well", verdict=Verdict.DEPENDS)
def test_a_search_is_kept_under_a_key_that_tells_it_from_others(
    api, stage, django_assert_num_queries, product
):
    """It is only as good as its key. Leave the term out, and who looks for coffee gets tea.
    `cache_page` takes the URL as it is written: parameters in another order, or the tag of a
    newsletter, and the same search is made again."""
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
    stage.say("`cache_page`, one search written in three ways, then as at first:")
    with django_assert_num_queries(3):
        api.get("/19/search/cache-page/?q=tea&page=1")
        api.get("/19/search/cache-page/?page=1&q=tea")
        api.get("/19/search/cache-page/?q=tea&page=1&tag=mail")
    with django_assert_num_queries(0):
        api.get("/19/search/cache-page/?q=tea&page=1")

    assert mistaken.json() == found_again.json() == tea
    assert found.json() == coffee


@claim("Redis improves the response time", verdict=Verdict.DEPENDS)
def test_a_hit_trades_queries_for_trips_to_redis(stage, trips, product):
    """On what the queries cost. A hit saves them and makes a trip to Redis instead, or two; a miss
    makes the queries and three trips or more. To save one query trades one trip for another."""
    client = APIClient()
    rows = []
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
    """On the moment when a popular entry expires: everybody misses it and computes it, and
    `get_or_set` does not keep them from it. Let one compute while the others wait at a lock, or
    serve them the old value meanwhile."""
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
    ("engine", "queries", "status_afterwards", "queries_afterwards"),
    [("db", 2, 200, 2), ("cached_db", 1, 200, 2), ("cache", 1, 403, 0)],
)
def test_sessions_that_are_in_redis_alone_are_lost_with_it(
    anonymous,
    stage,
    settings,
    django_assert_num_queries,
    ann,
    engine,
    queries,
    status_afterwards,
    queries_afterwards,
):
    """In front of the database, not instead of it. `cache` and `cached_db` both save the query for
    the session; the one for the user stays. But a cache may lose everything at any time: then
    `cache` has signed everybody out, and `cached_db` reads the sessions from their table again."""
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    anonymous.force_login(ann.user)

    stage.say(f"Ann has signed in; `{engine}` keeps her session.")
    with django_assert_num_queries(queries):
        before = anonymous.get("/19/offers/")
    cache.clear()
    stage.say("Redis has lost everything.")
    with django_assert_num_queries(queries_afterwards):
        afterwards = anonymous.get("/19/offers/")

    assert before.json() == ANNS
    assert afterwards.status_code == status_afterwards


@claim("Redis improves scalability")
@pytest.mark.parametrize(
    ("backend", "found"), [("locmem.LocMemCache", None), ("redis.RedisCache", OLD)]
)
def test_what_one_process_keeps_another_one_finds(api, stage, settings, product, backend, found):
    """All processes, on all machines, share it. Django's default, `LocMemCache`, is in the
    memory of one process: each has to fill its own, and none can empty that of another."""
    settings.CACHES = {
        "default": {
            **settings.CACHES["default"],
            "BACKEND": f"django.core.cache.backends.{backend}",
        }
    }

    api.get("/19/prices/get-or-set/")
    found_elsewhere = in_another_process(settings.CACHES)

    assert found_elsewhere == found
    stage.say(f"`{backend}`: another process finds {found_elsewhere or 'nothing'}.")


def in_another_process(caches):
    script = Path(__file__).with_name("other_process.py")
    command = [sys.executable, script, json.dumps(caches)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


@claim("Redis improves the user experience", verdict=Verdict.DEPENDS)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("sale", "answer"), [("in-bulk", OLD), ("forgetting-on-commit", NEW)])
def test_the_customer_reads_the_old_price_until_somebody_forgets_it(api, product, sale, answer):
    """The fast answer may be an old one. Whoever writes has to take away what is no longer true;
    else the customer reads the old price until the entry's time is over, here an hour."""
    api.get("/19/prices/get-or-set/")
    api.post(f"/19/sale/{sale}/", {"price": "12.00"})
    cached = api.get("/19/prices/get-or-set/")
    stored = api.get("/19/prices/uncached/")
    api.raise_request_exception = False
    refused = api.post(f"/19/sale/{sale}/", {"price": "-1.00"})

    assert refused.status_code == 400
    assert refused.json() == {"price": ["Ensure this value is greater than or equal to 0.01."]}
    assert cached.json() == answer
    assert stored.json() == NEW


@trap("A signal does not hear of an update in bulk")
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("forget_on_save")
def test_queryset_update_sends_no_post_save(api, stage, product):
    """`save()` sends `post_save`; `queryset.update()`, `bulk_update()` and `bulk_create()` send
    nothing, so nobody forgets the prices. Say it in the code that writes, as above."""
    stage.say("A receiver of `post_save` forgets the prices.")
    api.get("/19/prices/get-or-set/")
    api.post("/19/sale/one-by-one/", {"price": "11.00"})
    saved = api.get("/19/prices/get-or-set/")
    api.post("/19/sale/in-bulk/", {"price": "12.00"})
    updated = api.get("/19/prices/get-or-set/")

    assert saved.json() == updated.json() == {"P-0001": "11.00"}
    assert Product.objects.get().price == 12


@trap("An entry forgotten before the commit comes back, old")
@pytest.mark.django_db(transaction=True)
@pytest.mark.database("sqlite")
@pytest.mark.parametrize(
    ("sale", "answer"), [("forgetting-at-once", OLD), ("forgetting-on-commit", NEW)]
)
def test_a_reader_fills_the_cache_before_the_commit(
    api, anonymous, stage, interrupt, product, sale, answer
):
    """Until the commit, all others read the old price from the database, and whoever does so after
    the delete puts it back into the cache. `transaction.on_commit()` deletes when they no longer
    can."""
    anonymous.get("/19/prices/get-or-set/")
    stage.say("The moment the sale deletes the entry, somebody reads the prices:")
    interrupt(RedisCache, "delete", lambda: anonymous.get("/19/prices/get-or-set/"))
    api.post(f"/19/sale/{sale}/", {"price": "12.00"})
    stage.say("The sale has been committed.")
    cached = anonymous.get("/19/prices/get-or-set/")
    stored = anonymous.get("/19/prices/uncached/")

    assert cached.json() == answer
    assert stored.json() == NEW


@trap("Even an entry forgotten after the commit can come back, old")
@pytest.mark.django_db(transaction=True)
@pytest.mark.database("sqlite")
@pytest.mark.parametrize(
    ("prices", "sale", "answer"),
    [("get-or-set", "forgetting-on-commit", OLD), ("versioned", "with-new-version", NEW)],
)
def test_a_slow_reader_keeps_what_it_read_before_the_sale(
    api, anonymous, stage, interrupt, product, prices, sale, answer
):
    """A reader who has missed may be slower than the whole sale, and keep the old price when nobody
    deletes any more. With a version in the key, which every sale changes, it is kept where nobody
    looks again."""
    stage.say("Somebody has read the prices, but not kept them yet, when a sale begins and ends:")
    interrupt(views, "price_list", lambda: api.post(f"/19/sale/{sale}/", {"price": "12.00"}))
    anonymous.get(f"/19/prices/{prices}/")
    stage.say("Afterwards:")
    cached = anonymous.get(f"/19/prices/{prices}/")
    stored = anonymous.get("/19/prices/uncached/")

    assert cached.json() == answer
    assert stored.json() == NEW


@trap("cache_page shows one customer what was meant for another")
@pytest.mark.parametrize(
    ("url", "answers"),
    [
        ("/19/offers/around-view/", [ANNS, ANNS, ANNS]),
        ("/19/offers/around-get/", [ANNS, ANNS, REFUSED]),
        ("/19/offers/per-caller/", [ANNS, BOBS, REFUSED]),
    ],
)
def test_a_page_kept_for_one_session_is_served_to_the_next(
    anonymous, stage, ann, bob, url, answers
):
    """`cache_page` on a view keeps the response before the session middleware adds `Vary: Cookie`,
    so all sessions share one page. Around the whole view it even answers who is not signed in.
    `vary_on_headers("Cookie")` gives each session its own."""
    stage.say("Ann, then Bob, then nobody is signed in:")
    anonymous.force_login(ann.user)
    for_ann = anonymous.get(url)
    anonymous.force_login(bob.user)
    for_bob = anonymous.get(url)
    anonymous.logout()
    for_nobody = anonymous.get(url)

    assert [for_ann.json(), for_bob.json(), for_nobody.json()] == answers


@trap("An Authorization header tells the pages apart only until somebody comes without")
@pytest.mark.parametrize(
    ("url", "answers"),
    [
        ("/19/open/around-get/", [ANNS, BOBS, EVERYBODYS, EVERYBODYS]),
        ("/19/open/per-caller/", [ANNS, BOBS, EVERYBODYS, ANNS]),
    ],
)
def test_an_anonymous_request_unlearns_the_vary_header(anonymous, stage, passwords, url, answers):
    """Django adds `Vary: Authorization` by itself, but only to the answer of a request that has the
    header. The last one kept decides for its URL: after an anonymous request Ann, too, gets
    everybody's page. `vary_on_headers("Authorization")` says it always."""
    stage.say("Ann, Bob, nobody, and Ann again:")
    responses = [
        anonymous.get(url, headers=basic("ann")),
        anonymous.get(url, headers=basic("bob")),
        anonymous.get(url),
        anonymous.get(url, headers=basic("ann")),
    ]

    assert [response.json() for response in responses] == answers


@trap("A hit skips whatever cache_page is wrapped around")
@pytest.mark.parametrize(
    ("url", "statuses"),
    [
        ("/19/throttled/around-view/", [200, 200, 200]),
        ("/19/throttled/around-get/", [200, 429, 401]),
    ],
)
def test_around_the_view_nobody_is_authenticated_or_throttled(
    anonymous, stage, monkeypatch, ann, passwords, url, statuses
):
    """Around the view, as in a URLconf or on `dispatch`, a hit answers before authentication,
    permissions and throttles are asked. Around `get` they all come first."""
    monkeypatch.setattr(views.OncePerDay, "timer", lambda self: 0)

    stage.say("Ann, who may ask once a day, asks twice:")
    first = anonymous.get(url, headers=basic("ann"))
    second = anonymous.get(url, headers=basic("ann"))
    ann.user.is_active = False
    ann.user.save()
    stage.say("Her account is closed. She asks again:")
    third = anonymous.get(url, headers=basic("ann"))

    assert [first.status_code, second.status_code, third.status_code] == statuses


@trap("Without Redis the site is down, although the database is up")
def test_without_redis_a_cached_view_fails_unless_it_expects_that(api, settings, product):
    """Django's Redis backend raises what the connection raises. A view that could do without the
    cache has to say so; sessions and throttles use it as well."""
    settings.CACHES = {
        "default": {**settings.CACHES["default"], "LOCATION": "unix:///nowhere/redis.sock"}
    }
    api.raise_request_exception = False

    failed = api.get("/19/prices/get-or-set/")
    served = api.get("/19/prices/fallback/")

    assert failed.status_code == 500
    assert isinstance(failed.exc_info[1], RedisConnectionError)
    assert served.status_code == 200
    assert served.json() == OLD
