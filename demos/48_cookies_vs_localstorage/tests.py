import pytest
from django.contrib.sessions.models import Session
from rest_framework.test import APIClient

from runner import Verdict, claim, trap

pytestmark = [
    pytest.mark.browser,
    pytest.mark.database("sqlite"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.not_about_sql,
]

TOKEN = "localStorage.getItem('token')"


@pytest.fixture
def shop(browser, servers):
    """A page of the shop in the browser. The other origins are served, too; those with a port by
    a server of its own."""
    [server, other] = servers(2)
    names = ["http://api.shop.test", "http://evil.test", "http://evil.shop.localhost"]
    browser.serve(
        {
            **dict.fromkeys(["http://shop.test", "http://shop.localhost", *names], server),
            **dict.fromkeys(["http://shop.test:8001", "http://shop.localhost:8001"], other),
        }
    )
    return browser.open("http://shop.test/48/page/")


@pytest.fixture
def kept(browser):
    """The cookies that the browser keeps, as name and value."""
    return lambda: sorted((cookie["name"], cookie["value"]) for cookie in browser.cookies())


def set_cookies(page, *names):
    return page.fetch("/48/cookies/", method="POST", body={"names": list(names)})


def answered(size):
    return APIClient().post("/48/cookies/big/", {"size": size}).status_code


@claim("Cookies are used for reading server-side information", verdict=Verdict.DEPENDS)
def test_a_cookie_is_in_the_browser_and_may_be_a_key_or_the_data(shop, kept, stage):
    """It depends on what the server puts into it. The session cookie is a key, and the data is in
    the database. A theme cookie is the data itself. The browser keeps both."""
    set_cookies(shop, "theme")
    shop.fetch("/48/visits/", method="POST")
    seen = shop.fetch("/48/visits/", method="POST")
    stage.say(f"The script reads document.cookie: {shop.run('document.cookie')}")

    assert seen.text == '{"visits":2}'
    assert [session.get_decoded() for session in Session.objects.all()] == [{"visits": 2}]
    assert kept() == [("sessionid", Session.objects.get().session_key), ("theme", "dark")]
    assert shop.run("document.cookie") == "theme=dark"


@claim("Cookies are smaller (4KB)")
def test_a_byte_too_many_and_the_cookie_is_dropped_silently(shop, kept, stage):
    """Name and value together may have 4096 bytes. If a cookie is longer, the browser drops it. The
    server has answered 200 and does not notice."""
    rows = []
    for size in (4093, 4094):
        status = shop.fetch("/48/cookies/big/", method="POST", body={"size": size}).status
        [(name, value)] = kept() or [("", "")]
        rows.append([f"big, {size} bytes", status, f"{name} {len(value)}".strip("0 ") or "-"])
        shop.run("document.cookie = 'big=; Max-Age=0; Path=/'")
    stage.table(["name and value", "status", "the browser keeps"], rows)

    assert rows == [["big, 4093 bytes", 200, "big 4093"], ["big, 4094 bytes", 200, "-"]]
    assert [answered(size) for size in (0, 1, 5000, 5001)] == [400, 200, 200, 400]
    assert APIClient().post("/48/cookies/big/", {"size": 1}).json() == {"size": 1}


@claim("Cookies are automatically sent with each HTTP request", verdict=Verdict.DEPENDS)
def test_the_attributes_decide_where_a_cookie_goes(browser, shop, kept, stage):
    """It depends on the attributes. The browser sends a cookie by itself where Path, Domain,
    Secure and SameSite match. It needs no script for that, and it asks no script."""
    set_cookies(shop, "host", "deep", "wide")
    rows, statuses = [], set()
    for url in ("/48/received/", "/48/deep/received/", "http://api.shop.test/48/received/"):
        [exchange] = shop.fetch(url, credentials="include", mode="no-cors").exchanges
        rows.append([url, " ".join(sorted(exchange.attached))])
        statuses.add(exchange.status)
    evil = browser.open("http://evil.test/48/page/")
    seen = evil.submit("http://shop.test/48/received/", {})
    rows.append(["a form of http://evil.test", " ".join(seen.exchanges[0].attached) or "-"])
    stage.table(["request", "cookies that are sent"], rows)

    assert rows == [
        ["/48/received/", "host wide"],
        ["/48/deep/received/", "deep host wide"],
        ["http://api.shop.test/48/received/", "wide"],
        ["a form of http://evil.test", "-"],
    ]
    assert statuses == {200}
    assert seen.json() == {"cookies": {}, "authorization": None}
    assert kept() == [("deep", "1"), ("host", "1"), ("wide", "1")]
    client = APIClient()
    client.post("/48/cookies/", {"names": ["deep", "host", "wide"]})
    assert [cookie["samesite"] for cookie in client.cookies.values()] == ["Lax", "Lax", "Lax"]


@claim("localStorage is much larger (5120KB)", verdict=Verdict.DEPENDS)
def test_chromium_counts_characters_and_then_raises(shop, stage):
    """It depends on the browser. Chromium allows 5120 x 1024 UTF-16 code units for an origin, keys
    and values together. One more, and the script gets an error. A cookie gives no error."""
    rows = []
    for character in ("a", "€"):
        for count in (5_242_879, 5_242_880):
            shop.run("localStorage.clear()")
            result = shop.run(f"keep('k', '{character}'.repeat({count}))")
            rows.append([f"k and {count:,} x {character}", result])
    stage.table(["key and value", "the script sees"], rows)

    assert rows == [
        ["k and 5,242,879 x a", "stored"],
        ["k and 5,242,880 x a", "QuotaExceededError"],
        ["k and 5,242,879 x €", "stored"],
        ["k and 5,242,880 x €", "QuotaExceededError"],
    ]


@claim("The contents of localStorage are not sent by default with each HTTP request")
def test_only_a_script_sends_what_is_in_local_storage(shop):
    """The browser sends the cookie and nothing of localStorage. A script of the page must read the
    token and put it into a header."""
    set_cookies(shop, "theme")
    shop.run("keep('token', 'abc')")

    by_itself = shop.fetch("/48/received/")
    by_script = shop.run("sendToken()")

    assert by_itself.text == '{"cookies":{"theme":"dark"},"authorization":null}'
    assert by_script == '{"cookies":{"theme":"dark"},"authorization":"Bearer abc"}'


@trap("A cookie knows no port, localStorage does")
def test_two_ports_share_the_cookie_and_not_the_storage(shop, stage):
    """A cookie belongs to a host, and with Domain to its subdomains too. localStorage belongs to an
    origin: scheme, host and port. So two apps on one host share cookies."""
    set_cookies(shop, "host", "wide")
    shop.run("keep('token', 'abc')")
    rows = []
    for origin in ("http://shop.test", "http://shop.test:8001", "http://api.shop.test"):
        seen = shop.goto(f"{origin}/48/page/")
        attached = " ".join(sorted(seen.exchanges[0].attached))
        rows.append([origin, attached, shop.run(TOKEN) or "null"])
    stage.table(["page of", "cookies", "localStorage"], rows)

    assert rows == [
        ["http://shop.test", "host wide", "abc"],
        ["http://shop.test:8001", "host wide", "null"],
        ["http://api.shop.test", "wide", "null"],
    ]


@trap("A script neither reads nor writes an HttpOnly cookie")
def test_http_only_keeps_scripts_away(shop, kept, stage):
    """With HttpOnly the browser hides a cookie from scripts and still sends it. A script can
    neither change it nor create one. localStorage has no such protection."""
    set_cookies(shop, "theme", "hidden")
    shop.run("document.cookie = 'hidden=changed; Path=/'")
    shop.run("document.cookie = 'mine=1; HttpOnly; Path=/'")
    stage.say(f"A script tries to set both. Then it reads: {shop.run('document.cookie')}")

    assert shop.run("document.cookie") == "theme=dark"
    assert kept() == [("hidden", "1"), ("theme", "dark")]
    assert shop.fetch("/48/received/").json()["cookies"] == {"theme": "dark", "hidden": "1"}


@trap("Secure cookies work on localhost without HTTPS")
def test_localhost_hides_that_secure_needs_https(shop, stage):
    """A browser drops a Secure cookie that arrives over http. But Chromium trusts localhost without
    HTTPS. So the login works on your machine, and on a test server without TLS it does not."""
    rows = []
    for origin in ("http://shop.test", "http://shop.localhost"):
        shop.goto(f"{origin}/48/page/")
        set_cookies(shop, "login")
        seen = shop.fetch("/48/received/")
        rows.append([origin, " ".join(seen.exchanges[0].attached) or "-"])
    stage.table(["page of", "cookies that are sent"], rows)

    assert rows == [["http://shop.test", "-"], ["http://shop.localhost", "login"]]
    assert seen.json()["cookies"] == {"login": "1"}


@trap("A subdomain can plant a cookie, unless its name begins with __Host-")
def test_the_host_prefix_refuses_what_a_subdomain_plants(browser, shop, kept, stage):
    """The server gets two cookies of one name and does not see who set them. With `__Host-` the
    browser refuses a Domain, so only the host itself sets the cookie. It must be Secure. Another
    port of the host can still set it."""
    shop.goto("http://shop.localhost/48/page/")
    set_cookies(shop, "basket", "__Host-basket")
    evil = browser.open("http://evil.shop.localhost/48/page/")
    for name in ("basket", "__Host-basket"):
        planted = f"{name}=planted; Domain=shop.localhost; Path=/; Secure"
        stage.say(f"Its script sets {planted}")
        evil.run("cookie => { document.cookie = cookie }", planted)

    seen = shop.fetch("/48/received/")
    port = browser.open("http://shop.localhost:8001/48/page/")
    port.run("document.cookie = '__Host-basket=of the port; Path=/; Secure'")

    assert seen.json()["cookies"] == {"basket": "planted", "__Host-basket": "ours"}
    assert kept() == [("__Host-basket", "of the port"), ("basket", "ours"), ("basket", "planted")]
    assert all(cookie["secure"] for cookie in browser.cookies())


@trap("localStorage holds text only")
def test_an_object_becomes_text(shop, stage):
    """An object becomes "[object Object]", and its data is lost without an error. So make it JSON
    before, and parse it after."""
    shop.run("keep('naive', {tea: 2})")
    shop.run("keepAsJson('json', {tea: 2})")

    rows = [
        [key, shop.run(f"localStorage.getItem('{key}')") or "null"] for key in ("naive", "json")
    ]
    stage.table(["{tea: 2} kept as", "localStorage has"], rows)

    assert rows == [["naive", "[object Object]"], ["json", '{"tea":2}']]


@trap("sessionStorage belongs to one tab")
def test_another_tab_has_another_session_storage(browser, shop, stage):
    """A second tab shares localStorage with the first, and has a sessionStorage of its own. A tab
    that `window.open` opens begins with a copy, and a change there stays there."""
    read = "sessionStorage.getItem('step')"
    shop.run("keep('token', 'abc')")
    shop.run("keepInTab('step', '1')")
    other = browser.open("http://shop.test/48/page/")
    opened = shop.popup("window.open('/48/page/')")
    rows = [
        [name, tab.run(TOKEN) or "null", tab.run(read) or "null"]
        for name, tab in {"first": shop, "second": other, "opened by a script": opened}.items()
    ]
    opened.run("keepInTab('step', '2')")
    rows.append(
        [
            "first, after the opened one changed it",
            shop.run(TOKEN) or "null",
            shop.run(read) or "null",
        ]
    )
    stage.table(["tab", "localStorage", "sessionStorage"], rows)

    assert rows == [
        ["first", "abc", "1"],
        ["second", "abc", "null"],
        ["opened by a script", "abc", "1"],
        ["first, after the opened one changed it", "abc", "1"],
    ]


@trap("`set_cookie` protects nothing by itself")
def test_django_protects_its_own_session_cookie_only(anonymous, stage):
    """Django gives its session cookie HttpOnly and SameSite=Lax, and Secure only if you set
    SESSION_COOKIE_SECURE. A cookie of your own has none of them until you write them."""
    anonymous.post("/48/cookies/", {"names": ["theme"]})
    anonymous.post("/48/visits/")

    rows = [
        [name, *(str(cookie[key] or "-") for key in ("httponly", "samesite", "secure"))]
        for name, cookie in sorted(anonymous.cookies.items())
    ]
    stage.table(["cookie", "HttpOnly", "SameSite", "Secure"], rows)

    assert rows == [["sessionid", "True", "Lax", "-"], ["theme", "-", "-", "-"]]
    client = APIClient()
    assert client.post("/48/cookies/", {"names": ["theme"]}).json() == {"names": ["theme"]}
    for names in ([], ["another"]):
        assert client.post("/48/cookies/", {"names": names}).status_code == 400
