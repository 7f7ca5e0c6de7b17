from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from redis import ConnectionError as RedisConnectionError
from redis import Redis
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
NO_REDIS = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": "unix:///nowhere/redis.sock",
    }
}
PATIENCE = 30  # seconds until a request that waits for the others is given up
LET_IN = "requests let in at 3 a day"
PERIODS = ("/sec", "/min", "/hour", "/day")
THROTTLED = {"detail": "Request was throttled. Expected available in 60 seconds."}
ANNS_ATTEMPTS = (
    "throttle_login-account_49915e0d7d4b402e3017d010bc1c0e83cac6c797d6c16e66340fe3268693a6a1"
)


def statuses(client, url, times, **how):
    return [client.get(url, **how).status_code for _ in range(times)]


def rates():
    """Each rate in views.py, by its class or its scope."""
    of_classes = {name: one.rate for name, one in vars(views).items() if hasattr(one, "rate")}
    return of_classes | views.RatePerScope.THROTTLE_RATES


@claim("Throttling limits how often a user may call the API")
def test_each_user_has_a_separate_limit(api, ann, bob):
    """Ann may call 2 times a minute, and so may Bob. DRF keeps the times of the calls in the cache,
    under a key for each scope and user. By default nothing is limited: `DEFAULT_THROTTLE_CLASSES`
    is empty."""
    stock_products(5)

    api.force_authenticate(ann.user)
    anns = statuses(api, "/18/products/", 3)
    api.force_authenticate(bob.user)
    bobs = statuses(api, "/18/products/", 1)

    assert anns == [200, 200, 429]
    assert bobs == [200]
    assert cache.get(f"throttle_user_{ann.user.pk}") == [0, 0]
    assert cache.get(f"throttle_user_{bob.user.pk}") == [0]
    assert APIView.throttle_classes == []


@claim("A client that is refused is told when to come back")
def test_retry_after_counts_from_the_oldest_call_that_still_counts(api, stage, throttle_clock):
    """The window slides. The cache keeps the time of each call that was let in, and a call counts
    until it is a minute old. So at second 60 one call is free again, not two. The refused call does
    not count."""
    stock_products(5)

    def at_second(second):
        stage.say(f"At second {second}:")
        throttle_clock.now = second
        response = api.get("/18/products/")
        return response.status_code, response.headers.get("Retry-After")

    answers = [at_second(second) for second in (0, 20, 30, 60, 61)]

    assert answers == [(200, None), (200, None), (429, "30"), (200, None), (429, "19")]


@claim("Anonymous callers are limited by IP address", verdict=Verdict.DEPENDS)
@pytest.mark.parametrize(
    ("num_proxies", "forger", "neighbour"),
    [(None, [200, 200], 200), (0, [200, 429], 429), (1, [200, 429], 200)],
)
def test_the_address_is_what_a_header_says(
    anonymous, stage, settings, num_proxies, forger, neighbour
):
    """It depends on `NUM_PROXIES`. By default it is None, and DRF uses the whole X-Forwarded-For
    header as the address: 203.0.113.7 sends a new beginning each time and is never refused. With 0,
    DRF uses the address of your proxy, so all its clients share one limit. With 1, DRF reads the
    address that your one proxy appended. That is right if every request comes through the proxy."""
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
    """A refused request saves only the work of the view. Authentication and permissions come first,
    so it still costs the query for its user and, with Basic, one password hash."""
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
    settings. Here the search has 1 a minute and the listing 3. A search does not count as a
    listing."""
    stock_products(5)

    found = api.get("/18/search/?search=3")
    again = api.get("/18/search/?search=3")
    listings = statuses(api, "/18/products/scoped/", 4)

    assert (found.status_code, again.status_code) == (200, 429)
    assert found.json() == [{"sku": "P-0003", "name": "Product 3"}]
    assert listings == [200, 200, 200, 429]


@claim("Throttling protects against DDoS attacks", verdict=Verdict.WRONG)
def test_as_many_addresses_have_as_many_limits(anonymous, stage):
    """Every address has a separate limit, and a distributed attack has many addresses. A refused
    request has also reached Python and kept a worker busy. The network, the proxy or a firewall
    must stop such an attack."""
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
def test_a_wrong_password_is_counted_only_by_a_login_view(anonymous, stage, passwords, bob):
    """It depends on where the password is checked. With Basic, every request carries the password,
    and a wrong one gets 401 before DRF asks any throttle. A login view takes the password in the
    body and uses no authentication class, so every attempt counts, even from Bob's session. The
    third one is refused with the right password, too."""
    guess = {"username": "ann", "password": "guess"}

    stage.say("The listing allows 1 a minute:")
    guesses = statuses(anonymous, "/18/products/basic/", 3, headers=basic("ann", "guess"))
    stage.say("The login allows 2 a minute:")
    first = anonymous.post("/18/login/", guess)
    stage.say("Now with the session of Bob:")
    anonymous.force_login(bob.user)
    second = anonymous.post("/18/login/", guess, headers=basic("ann", "guess"))
    third = anonymous.post("/18/login/", {"username": "ann", "password": "right"})

    assert guesses == [401, 401, 401]
    assert (first.status_code, second.status_code, third.status_code) == (400, 400, 429)
    assert first.json() == second.json() == {"detail": "Wrong username or password."}
    assert cache.get("throttle_login-address_127.0.0.1") == [0, 0]


@trap("A limit for each address does not protect the account")
@pytest.mark.parametrize(
    ("url", "attempts", "anns_answer", "counted"),
    [
        ("/18/login/", [400, 400, 400, 200], {"username": "ann"}, None),
        ("/18/login/per-account/", [400, 400, 429, 429], THROTTLED, [0, 0]),
    ],
)
def test_one_account_is_guessed_at_from_many_addresses(
    anonymous, stage, passwords, url, attempts, anns_answer, counted
):
    """Three addresses have three limits, and all three try passwords of Ann. So limit the username
    as well. The price: during an attack Ann is refused too, although she knows her password."""

    def attempt(address, **body):
        return anonymous.post(url, body, REMOTE_ADDR=address)

    stage.say("Three attackers, then Ann:")
    answers = [
        attempt("203.0.113.1", username="ann", password="guess"),
        attempt("203.0.113.2", username="ann", password="guess"),
        attempt("203.0.113.3", username="ann", password="guess"),
        attempt("203.0.113.9", username="ann", password="right"),
    ]
    stage.say("One attacker, three usernames:")
    names = [
        attempt("203.0.113.4", username="bob", password="guess").status_code,
        attempt("203.0.113.4", username="eve", password="guess").status_code,
        attempt("203.0.113.4", username="tom", password="guess").status_code,
    ]

    assert [answer.status_code for answer in answers] == attempts
    assert names == [400, 400, 429]
    assert cache.get(ANNS_ATTEMPTS) == counted
    assert answers[-1].json() == anns_answer


@trap("A login without a username is a 400 and counts for the address alone")
def test_an_invalid_login_has_no_account_to_count_for(anonymous):
    """The throttle runs before the view, so it reads input that nothing has validated yet. Here an
    invalid body has no account, and `get_cache_key()` returns None. The limit for each address
    still counts it."""
    answers = [anonymous.post("/18/login/per-account/", {}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [400, 400, 429]
    assert answers[0].json() == {
        "username": ["This field is required."],
        "password": ["This field is required."],
    }


@trap("What a permission refuses is never counted")
def test_a_403_comes_before_the_throttle(anonymous):
    """DRF also checks permissions before throttles. The limit here is 2 a minute, but a caller
    without permission can retry without limit."""
    answers = statuses(anonymous, "/18/products/", 3)

    assert answers == [403, 403, 403]


@trap("A call that fails after the throttle counts too")
def test_options_and_a_wrong_method_are_counted(api):
    """The throttle runs before the view. So OPTIONS, a wrong method and invalid data use up the
    limit, here 2 a minute."""
    options = api.options("/18/products/")
    wrong_method = api.post("/18/products/", {})
    listing = api.get("/18/products/")

    assert [options.status_code, wrong_method.status_code] == [200, 405]
    assert listing.status_code == 429


@trap("AnonRateThrottle does not limit a signed-in user")
@pytest.mark.parametrize("url", ["/18/hours/history/", "/18/hours/counter/"])
def test_the_limit_of_anonymous_callers_skips_a_user(api, anonymous, url):
    """Its `get_cache_key()` returns None for a signed-in user, and None means: do not count. Use
    UserRateThrottle to limit both, or override `get_cache_key()` to exempt the staff."""
    as_ann = statuses(api, url, 4)
    as_anonymous = statuses(anonymous, url, 4)

    assert as_ann == [200, 200, 200, 200]
    assert as_anonymous == [200, 200, 200, 429]


@trap("N worker processes allow N times the rate")
@pytest.mark.redis
def test_each_worker_counts_in_its_own_memory(servers, redis_cache, settings, stage):
    """Django's default cache is the memory of one process. So each worker counts only its own
    calls, and starts at zero after a restart. With a shared cache, such as Redis, all workers have
    one limit."""

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
    """The cache, but each caller waits after its first step until all have taken that step."""

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
    ("url", "name", "let_in", "afterwards", "key", "kept"),
    [
        ("/18/hours/history/", "DRF's history", 10, [200, 200, 429], "", 86400),
        ("/18/hours/counter/", "add and incr", 3, [429], "_0", 2 * 86400),
    ],
)
def test_the_history_is_read_and_written_in_two_steps(
    redis_cache, anonymous, monkeypatch, stage, url, name, let_in, afterwards, key, kept
):
    """DRF gets the history, adds the new call and sets it. Parallel requests all get the same old
    history, and the last one to set it overwrites the others. A counter that the cache itself
    increases, in one step, is exact."""
    with monkeypatch.context() as patch, ThreadPoolExecutor(10) as threads:
        patch.setattr(views.ThreeADay, "cache", Turnstile(10))
        answers = list(threads.map(lambda _: APIClient().get(url).status_code, range(10)))
    stage.say(f"{name}, 3 a day, 10 at once: {answers.count(200)} let in. And afterwards:")
    more = statuses(anonymous, url, len(afterwards))
    with Redis.from_url(redis_cache) as redis:
        left = redis.ttl(cache.make_key(f"throttle_anon_127.0.0.1{key}"))

    assert answers.count(200) == let_in
    assert answers.count(429) == 10 - let_in
    assert more == afterwards
    assert kept - 60 < left <= kept
    stage.bar(f"10 at once, {name}", answers.count(200), LET_IN)


@trap("A fixed window lets twice the rate through at its edge")
@pytest.mark.parametrize(
    ("url", "before", "after"),
    [
        ("/18/hours/history/", [200, 200, 200, "86400"], ["86399"] * 4),
        ("/18/hours/counter/", [200, 200, 200, "1"], [200, 200, 200, "86400"]),
    ],
)
def test_three_a_day_are_six_around_midnight(anonymous, stage, throttle_clock, url, before, after):
    """The counter has a window that ends at midnight (UTC), so 6 calls pass in 2 seconds. DRF's
    history has a sliding window, and only 3 pass. The counter saves one number, the history up to
    3 times."""

    def at_second(second):
        stage.say(f"At second {second}:")
        throttle_clock.now = second
        responses = [anonymous.get(url) for _ in range(4)]
        return [r.headers.get("Retry-After", r.status_code) for r in responses]

    assert at_second(86399) == before
    assert at_second(86400) == after


@trap("When Redis is down, every throttled endpoint is a 500")
def test_a_throttle_needs_its_cache(anonymous, stage, settings):
    """Django's Redis cache raises the ConnectionError, and DRF does not catch it. Decide what
    matters more. The second throttle lets every call in while Redis is down."""
    counted = statuses(anonymous, "/18/hours/without-redis/", 4)
    settings.CACHES = NO_REDIS
    anonymous.raise_request_exception = False
    stage.say("Redis is down:")
    failed = anonymous.get("/18/hours/history/")
    served = anonymous.get("/18/hours/without-redis/")

    assert counted == [200, 200, 200, 429]
    assert failed.status_code == 500
    assert isinstance(failed.exc_info[1], RedisConnectionError)
    assert served.status_code == 200
    assert served.json() == {"opens": "09:00", "closes": "18:00"}


@trap("'1/month' is once a minute")
def test_only_the_first_letter_of_the_period_is_read(anonymous, stage, throttle_clock):
    """DRF reads only the first letter of the period: s, m, h or d, and m is a minute. '1/week' is a
    KeyError, but only when a request comes. For a longer period override `parse_rate()`. A test
    that reads all your rates finds such periods."""
    anonymous.raise_request_exception = False

    stage.say("At second 0:")
    monthly = statuses(anonymous, "/18/hours/once-a-month/", 2)
    stage.say("At second 60:")
    throttle_clock.now = 60
    monthly += statuses(anonymous, "/18/hours/once-a-month/", 1)
    weekly = anonymous.get("/18/hours/once-a-week/")
    odd = {name: rate for name, rate in rates().items() if not rate.endswith(PERIODS)}
    stage.say(f"Rates with a period that DRF does not know: {', '.join(odd.values())}")

    assert monthly == [200, 429, 200]
    assert weekly.status_code == 500
    assert isinstance(weekly.exc_info[1], KeyError)
    assert odd == {"OnceAMonth": "1/month", "OnceAWeek": "1/week"}


@trap("A throttle without its rate or scope silently limits nothing")
def test_a_missing_rate_or_scope_is_no_error(api, anonymous):
    """The default rates of `anon` and `user` are None, and None means no limit. A view without
    `throttle_scope` has no limit either. Only a new scope without a rate raises
    ImproperlyConfigured, when a request comes."""
    anonymous.raise_request_exception = False
    stock_products(5)

    without_rate = statuses(anonymous, "/18/hours/no-rate/", 3)
    without_scope = statuses(api, "/18/search/no-scope/", 3)
    new_scope = anonymous.get("/18/hours/new-scope/")

    assert without_rate == [200, 200, 200]
    assert without_scope == [200, 200, 200]
    assert new_scope.status_code == 500
    assert isinstance(new_scope.exc_info[1], ImproperlyConfigured)
    assert str(new_scope.exc_info[1]) == "No default throttle rate set for 'hours' scope"


@trap("Two throttles with the same scope count each call twice")
@pytest.mark.parametrize(
    ("url", "answers", "retry_after", "in_user", "in_hourly"),
    [
        ("/18/products/same-scope/", [200, 200, 429, 429], None, [0] * 6, None),
        ("/18/products/other-scope/", [200, 200, 200, 429], "60", [0] * 3, [0] * 4),
    ],
)
def test_throttles_of_one_scope_share_a_history(
    api, buyer, url, answers, retry_after, in_user, in_hourly
):
    """3 a minute lets 2 in. The key of a history is made of the scope and the user. Two subclasses
    of UserRateThrottle that set only `rate` have the same scope, so both write into one history,
    and the 429 has no Retry-After. Give each throttle its own scope."""
    stock_products(5)

    calls = [api.get(url) for _ in range(4)]

    assert [call.status_code for call in calls] == answers
    assert calls[-1].headers.get("Retry-After") == retry_after
    assert cache.get(f"throttle_user_{buyer.user.pk}") == in_user
    assert cache.get(f"throttle_hourly_{buyer.user.pk}") == in_hourly


@trap("A call that one throttle refuses still counts for the other", since="DRF 3.10")
@pytest.mark.parametrize(
    ("url", "later", "hour"),
    [
        ("/18/products/two-limits/", (429, "3540"), [0, 0, 0]),
        ("/18/products/first-refusal/", (200, None), [60, 0]),
    ],
)
def test_refused_calls_use_up_the_hour(api, buyer, stage, throttle_clock, url, later, hour):
    """The limits are 1 a minute and 3 an hour. Since DRF 3.10, DRF asks all throttles, so the two
    calls that the first one refuses use up the hour of the second. To count only what is let in,
    stop at the first refusal, and ask the shortest period first."""
    stock_products(5)

    stage.say("At second 0:")
    at_once = statuses(api, url, 3)
    stage.say("At second 60:")
    throttle_clock.now = 60
    response = api.get(url)

    assert at_once == [200, 429, 429]
    assert (response.status_code, response.headers.get("Retry-After")) == later
    assert cache.get(f"throttle_burst_{buyer.user.pk}") == [60]
    assert cache.get(f"throttle_sustained_{buyer.user.pk}") == hour
