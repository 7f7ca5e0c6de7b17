from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from rest_framework.test import APIClient
from rest_framework.views import APIView

from runner import Verdict, claim, trap
from shop.factories import stock_products
from shop.people import basic

from . import views

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("empty_cache", "throttle_clock"),
]

MEMORY = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "throttling",
    }
}
PATIENCE = 30  # seconds until a request that waits for the others is given up
LET_IN = "requests let in at 3 a day"


def statuses(client, url, times, **how):
    return [client.get(url, **how).status_code for _ in range(times)]


@claim("Throttling limits how often a user may call the API")
def test_each_user_has_a_limit_of_his_own(api, ann, bob):
    """2 a minute for Ann and 2 a minute for Bob: the calls are kept in the cache, below a key for
    each scope and user. By default nothing is limited: `DEFAULT_THROTTLE_CLASSES` is empty."""
    stock_products(5)

    api.force_authenticate(ann.user)
    anns = statuses(api, "/18/products/", 3)
    api.force_authenticate(bob.user)
    bobs = statuses(api, "/18/products/", 1)

    assert anns == [200, 200, 429]
    assert bobs == [200]
    assert APIView.throttle_classes == []


@claim("A client that is refused is told when to come back")
def test_retry_after_counts_from_the_oldest_call_that_still_counts(api, stage, throttle_clock):
    """The window slides: the cache keeps the time of each call let in, and a call counts until it
    is a minute old. At second 60 that frees one place, not two. The refused call does not count."""
    stock_products(5)

    def at_second(second):
        stage.say(f"At second {second}:")
        throttle_clock.now = second
        response = api.get("/18/products/")
        return response.status_code, response.headers.get("Retry-After")

    answers = [at_second(second) for second in (0, 20, 30, 60, 61)]

    assert answers == [(200, None), (200, None), (429, "30"), (200, None), (429, "19")]


@claim("Whoever is not signed in is limited by IP address", verdict=Verdict.DEPENDS)
@pytest.mark.parametrize(
    ("num_proxies", "forger", "neighbour"),
    [(None, [200, 200], 200), (0, [200, 429], 429), (1, [200, 429], 200)],
)
def test_the_address_is_what_a_header_says(
    anonymous, stage, settings, num_proxies, forger, neighbour
):
    """Only with the right `NUM_PROXIES`. By default it is None, and the whole header is taken for
    the address: 203.0.113.7 forges a new beginning each time and is never refused. 0 takes your
    proxy for the client, so that all who come through it share one limit. 1 reads what your one
    proxy appended. That is right here, as long as nobody gets past the proxy."""
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": num_proxies}

    def through_proxy(header):
        return anonymous.get(
            "/18/hours/once-a-minute/",
            REMOTE_ADDR="10.0.0.1",
            headers={"X-Forwarded-For": header},
        ).status_code

    stage.say(f"`NUM_PROXIES = {num_proxies}`, 203.0.113.7 twice, then 203.0.113.9:")
    forged = [
        through_proxy("198.51.100.1, 203.0.113.7"),
        through_proxy("198.51.100.2, 203.0.113.7"),
    ]
    honest = through_proxy("203.0.113.9")

    assert forged == forger
    assert honest == neighbour


@claim("Throttling reduces the load on the server", verdict=Verdict.DEPENDS)
def test_a_refused_request_still_pays_for_its_authentication(
    anonymous, passwords, django_assert_num_queries
):
    """It saves what the view would do, and only that. Authentication and permissions come first:
    a refused request still costs the query for its user and, with Basic, a password hash."""
    stock_products(5)

    with django_assert_num_queries(2):
        let_in = anonymous.get("/18/products/basic/", headers=basic("ann", "right"))
    with django_assert_num_queries(1):
        refused = anonymous.get("/18/products/basic/", headers=basic("ann", "right"))

    assert let_in.status_code == 200
    assert refused.status_code == 429


@claim("A busy endpoint such as the search can have a limit of its own")
def test_a_scope_gives_the_search_its_own_limit(api):
    """`ScopedRateThrottle` reads `throttle_scope` from the view and the rate of that scope from the
    settings: 1 a minute for the search, 2 for the listing, and neither counts for the other."""
    stock_products(5)

    searches = statuses(api, "/18/search/?search=product", 2)
    listings = statuses(api, "/18/products/scoped/", 3)

    assert searches == [200, 429]
    assert listings == [200, 200, 429]


@claim("Throttling protects against DDoS attacks", verdict=Verdict.WRONG)
def test_as_many_addresses_have_as_many_limits(anonymous, stage):
    """Every address has a limit of its own, and a distributed attack has many. What is refused has
    reached Python by then and kept a worker busy. That is work for the network, the proxy or a
    firewall; DRF says itself that its throttles are no security measure."""
    stage.say("Four addresses, one request each:")
    first_calls = [
        anonymous.get("/18/hours/once-a-minute/", REMOTE_ADDR="203.0.113.1").status_code,
        anonymous.get("/18/hours/once-a-minute/", REMOTE_ADDR="203.0.113.2").status_code,
        anonymous.get("/18/hours/once-a-minute/", REMOTE_ADDR="203.0.113.3").status_code,
        anonymous.get("/18/hours/once-a-minute/", REMOTE_ADDR="203.0.113.4").status_code,
    ]
    stage.say("The first one again:")
    second_call = anonymous.get("/18/hours/once-a-minute/", REMOTE_ADDR="203.0.113.1")

    assert first_calls == [200, 200, 200, 200]
    assert second_call.status_code == 429


@claim("Throttling protects the login", verdict=Verdict.DEPENDS)
def test_a_wrong_password_is_counted_only_by_a_login_view(anonymous, stage, passwords):
    """Where the password comes with every request, as with Basic, a wrong one is a 401 before any
    throttle is asked: guess on. A login view, which takes it in the body and asks for no other
    authentication, counts every attempt, and the third is refused though the password is right."""
    stage.say("The listing allows 1 a minute:")
    guesses = statuses(anonymous, "/18/products/basic/", 3, headers=basic("ann", "guess"))
    stage.say("The login allows 2 a minute:")
    logins = [
        anonymous.post("/18/login/", {"username": "ann", "password": "guess"}).status_code,
        anonymous.post("/18/login/", {"username": "ann", "password": "guess"}).status_code,
        anonymous.post("/18/login/", {"username": "ann", "password": "right"}).status_code,
    ]

    assert guesses == [401, 401, 401]
    assert logins == [400, 400, 429]


@trap("A limit for each address does not protect the account")
@pytest.mark.parametrize(
    ("url", "attempts"),
    [("/18/login/", [400, 400, 400, 200]), ("/18/login/per-account/", [400, 400, 429, 429])],
)
def test_one_account_is_guessed_at_from_many_addresses(anonymous, stage, passwords, url, attempts):
    """Three addresses have three limits, and all guess at Ann's password. Limit the name that is
    tried as well. The price: during an attack Ann, who knows her password, is kept out too."""

    def attempt(password, address):
        body = {"username": "ann", "password": password}
        return anonymous.post(url, body, REMOTE_ADDR=address).status_code

    stage.say("Three attackers, then Ann:")
    answers = [
        attempt("guess", "203.0.113.1"),
        attempt("guess", "203.0.113.2"),
        attempt("guess", "203.0.113.3"),
        attempt("right", "203.0.113.9"),
    ]

    assert answers == attempts


@trap("What a permission refuses is never counted")
def test_a_403_comes_before_the_throttle(anonymous):
    """Permissions are checked before throttles as well. Two a minute are allowed here, and whoever
    is not allowed in may knock as often as he likes."""
    answers = statuses(anonymous, "/18/products/", 3)

    assert answers == [403, 403, 403]


@trap("N worker processes allow N times the rate")
@pytest.mark.redis
def test_each_worker_counts_in_its_own_memory(servers, redis_cache, settings, stage):
    """Django's default cache is the memory of one process, so each worker counts for itself, and
    from nothing after a restart. It is one limit when all of them share a cache, such as Redis."""

    def call_both(caches):
        first, second = servers(2, caches)
        url = "/18/hours/history/"
        return [
            [first.status_of(url) for _ in range(4)],
            [second.status_of(url) for _ in range(4)],
        ]

    apart = call_both(MEMORY)
    together = call_both(settings.CACHES)

    assert apart == [[200, 200, 200, 429], [200, 200, 200, 429]]
    assert together == [[200, 200, 200, 429], [429, 429, 429, 429]]
    stage.say("3 a day are allowed; 4 calls to each of two server processes:")
    rows = []
    for cache_of, (first, second) in {"the memory of each": apart, "one Redis": together}.items():
        rows.append([cache_of, " ".join(map(str, first)), " ".join(map(str, second))])
        stage.bar(f"2 workers, {cache_of}", (first + second).count(200), LET_IN)
    stage.table(["cache", "first worker", "second worker"], rows)


class Turnstile:
    """The cache, where nobody who has taken the first step goes on before all have taken it."""

    def __init__(self, callers):
        self.barrier = Barrier(callers)

    def get(self, *args):
        return self.together(cache.get(*args))

    def add(self, *args, **kwargs):
        return self.together(cache.add(*args, **kwargs))

    def together(self, result):
        self.barrier.wait(PATIENCE)
        return result

    def __getattr__(self, second_step):
        return getattr(cache, second_step)


@trap("Ten requests at once count as one, on Redis too")
@pytest.mark.redis
@pytest.mark.parametrize(
    ("url", "name", "let_in", "afterwards"),
    [
        ("/18/hours/history/", "DRF's history", 10, [200, 200, 429]),
        ("/18/hours/counter/", "add and incr", 3, [429]),
    ],
)
def test_the_history_is_read_and_written_in_two_steps(
    redis_cache, anonymous, monkeypatch, stage, url, name, let_in, afterwards
):
    """DRF gets the history, adds a line and sets it. Requests at once all get the same old one, and
    the last to set it wins. A counter that the cache itself increases, in one step, is exact."""
    with monkeypatch.context() as patch, ThreadPoolExecutor(10) as threads:
        patch.setattr(views.ThreeADay, "cache", Turnstile(10))
        answers = list(threads.map(lambda _: APIClient().get(url).status_code, range(10)))
    stage.say(f"{name}, 3 a day, 10 at once: {answers.count(200)} let in. And afterwards:")
    more = statuses(anonymous, url, len(afterwards))

    assert answers.count(200) == let_in
    assert answers.count(429) == 10 - let_in
    assert more == afterwards
    stage.bar(f"10 at once, {name}", answers.count(200), LET_IN)


@trap("'1/month' is once a minute")
def test_only_the_first_letter_of_the_period_is_read(anonymous, stage, throttle_clock):
    """It knows s, m, h and d, and m is a minute. '1/week' is an error, but only once a request
    comes. For a longer period override `parse_rate()`."""
    anonymous.raise_request_exception = False

    stage.say("At second 0:")
    monthly = statuses(anonymous, "/18/hours/once-a-month/", 2)
    stage.say("At second 60:")
    throttle_clock.now = 60
    monthly += statuses(anonymous, "/18/hours/once-a-month/", 1)
    weekly = anonymous.get("/18/hours/once-a-week/")

    assert monthly == [200, 429, 200]
    assert weekly.status_code == 500
    assert isinstance(weekly.exc_info[1], KeyError)


@trap("A throttle without its rate or scope limits nothing, and says nothing")
def test_a_missing_rate_or_scope_is_no_error(api, anonymous):
    """The rates of `anon` and `user` are None by default, and None means no limit; so does a view
    without `throttle_scope`. Only a new scope that has no rate is an error."""
    anonymous.raise_request_exception = False
    stock_products(5)

    without_rate = statuses(anonymous, "/18/hours/no-rate/", 3)
    without_scope = statuses(api, "/18/search/no-scope/", 3)
    new_scope = anonymous.get("/18/hours/new-scope/")

    assert without_rate == [200, 200, 200]
    assert without_scope == [200, 200, 200]
    assert new_scope.status_code == 500
    assert isinstance(new_scope.exc_info[1], ImproperlyConfigured)


@trap("A call that one throttle refuses still counts for the other")
@pytest.mark.parametrize(
    ("url", "later"),
    [("/18/products/two-limits/", (429, "3540")), ("/18/products/first-refusal/", (200, None))],
)
def test_refused_calls_use_up_the_hour(api, stage, throttle_clock, url, later):
    """1 a minute and 3 an hour: DRF asks all throttles, and the two calls that the first refuses
    use up the second's hour. Stop at the first refusal, the shortest period first, and only what
    is let in counts."""
    stock_products(5)

    stage.say("At second 0:")
    at_once = statuses(api, url, 3)
    stage.say("At second 60:")
    throttle_clock.now = 60
    response = api.get(url)

    assert at_once == [200, 429, 429]
    assert (response.status_code, response.headers.get("Retry-After")) == later
