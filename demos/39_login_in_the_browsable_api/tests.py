import re

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import NoReverseMatch, reverse

from runner import Verdict, claim, trap

pytestmark = [pytest.mark.django_db, pytest.mark.not_about_sql]

LOGIN = "/39/api-auth/login/"
LOGOUT = "/39/api-auth/logout/?next=/39/me/"


@pytest.fixture
def project(settings):
    """Gives the project the URLs of this module of the demo."""

    def project(module):
        settings.ROOT_URLCONF = f"{__package__}.{module}"

    return project


@pytest.fixture
def visitor(passwords):
    """A browser as Django sees it: it wants HTML, keeps cookies and has to send CSRF tokens."""
    return Client(
        enforce_csrf_checks=True,
        headers={"Accept": "text/html"},
        raise_request_exception=False,
    )


def sent(visitor, url, **fields):
    """The response to the form of a page, which holds the CSRF token."""
    cookie = visitor.cookies.get("csrftoken")
    return visitor.post(url, {"csrfmiddlewaretoken": cookie.value if cookie else "", **fields})


def sign_in(visitor, **fields):
    visitor.get(LOGIN)
    return sent(visitor, LOGIN, username="ann", **{"password": "right", **fields})


def told(response):
    """The status, and what a user sees: the link in the corner, or where the browser goes."""
    if response.status_code == 302:
        return [302, f"→ {response['Location']}"]
    html = response.content.decode()
    if link := re.search("<a [^>]+>(Log in|Log out)</a>", html):
        return [response.status_code, link[1]]
    return [response.status_code, "the form" if 'name="password"' in html else "—"]


def target(response, pattern):
    """The URL behind a link or a form of the page."""
    found = re.search(pattern, response.content.decode())
    return found[1] if found else "—"


@claim("One route that includes rest_framework.urls adds the login to the pages")
def test_the_pages_show_a_link_and_the_login_opens_them(stage, project, visitor):
    """The page looks up the URL of the login, and shows a link only if there is one. After the
    login the same page shows Ann's data, and the link in its corner is "Log out"."""
    without = [told(visitor.get("/39/me/")), told(visitor.get(LOGIN))]
    project("with_login")
    steps = [
        told(visitor.get("/39/me/")),
        told(visitor.get(f"{LOGIN}?next=/39/me/")),
        told(sign_in(visitor, next="/39/me/")),
        told(page := visitor.get("/39/me/")),
    ]

    requests = ["GET /39/me/", f"GET {LOGIN}", f"POST {LOGIN}", "GET /39/me/"]
    stage.say("Without the route:")
    rows = [[one, *answer] for one, answer in zip(requests, without, strict=False)]
    stage.table(["request", "status", "the page shows"], rows)
    stage.say("With path('39/api-auth/', include('rest_framework.urls')):")
    rows = [[one, *answer] for one, answer in zip(requests, steps, strict=True)]
    stage.table(["request", "status", "the page shows"], rows)
    assert without == [[403, "—"], [404, "—"]]
    assert steps == [
        [403, "Log in"],
        [200, "the form"],
        [302, "→ /39/me/"],
        [200, "Log out"],
    ]
    assert target(page, '"logoutForm" method="post" action="([^"]+)"') == LOGOUT
    cookie = visitor.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert Session.objects.count() == 1


@claim("The route has to be api-auth/ in the project-level urls.py", verdict=Verdict.WRONG)
def test_the_route_works_at_any_path_and_in_an_included_file(stage, project, visitor):
    """Any path will do, and so will a list of URLs that the project includes. DRF finds the login
    by its name, `rest_framework:login`, so the link follows the route."""
    rows = []
    for module, url in (
        ("with_login", "/39/api-auth/login/"),
        ("in_an_included_file", "/39/shop/door/login/"),
    ):
        project(module)
        link = target(visitor.get("/39/me/"), "href='([^']+)'>Log in")
        rows.append([url, link, *told(visitor.get(url))])

    stage.table(["route", "link on /39/me/", "the login page"], [row[:3] for row in rows])
    assert rows == [
        ["/39/api-auth/login/", "/39/api-auth/login/?next=/39/me/", 200, "the form"],
        ["/39/shop/door/login/", "/39/shop/door/login/?next=/39/me/", 200, "the form"],
    ]


@claim("After the login the API knows you", verdict=Verdict.DEPENDS)
def test_the_login_counts_only_where_the_session_does(stage, project, visitor):
    """Only in a view with SessionAuthentication. The login makes a session and sets its cookie. A
    view that knows tokens alone ignores the cookie: it answers 401, and its page says "Log in"
    again."""
    project("with_login")
    sign_in(visitor)

    rows = [[url, *told(visitor.get(url))] for url in ("/39/me/", "/39/me/by-token/")]
    data = visitor.get("/39/me/", headers={"Accept": "application/json"}).json()

    stage.say("Ann has signed in. SessionAuthentication, then TokenAuthentication:")
    stage.table(["GET", "status", "the page shows"], rows)
    assert rows == [
        ["/39/me/", 200, "Log out"],
        ["/39/me/by-token/", 401, "Log in"],
    ]
    assert data == {"user": "ann"}


@claim("It adds a link to log out", verdict=Verdict.OUTDATED, since="Django 5.0")
def test_log_out_is_a_form_since_a_get_is_refused(stage, project, visitor):
    """A GET logged out until Django 5.0. Now it answers 405, and Ann stays signed in. DRF's page
    holds a form since 3.15, with a CSRF token in it, and the link submits it by JavaScript. So a
    link or a bookmark of your own to the logout no longer works."""
    project("with_login")
    sign_in(visitor)

    steps = []
    for request, response in (
        ("GET", lambda: visitor.get(LOGOUT)),
        ("POST without CSRF token", lambda: visitor.post(LOGOUT)),
        ("POST by the form", lambda: sent(visitor, LOGOUT)),
    ):
        answer = response()
        me = visitor.get("/39/me/").status_code
        steps.append([request, answer.status_code, Session.objects.count(), me])
        if request == "GET":
            allowed = answer.headers.get("Allow")

    stage.table([LOGOUT, "status", "sessions", "then GET /39/me/"], steps)
    assert steps == [
        ["GET", 405, 1, 200],
        ["POST without CSRF token", 403, 1, 200],
        ["POST by the form", 302, 0, 403],
    ]
    assert allowed == "POST, OPTIONS"


@trap("Inside a namespace the link disappears, and the login page is a 500")
def test_the_name_of_the_login_must_not_have_a_namespace_before_it(
    anonymous, stage, project, visitor
):
    """Then the name is `v1:rest_framework:login`, and DRF does not find it. The link is left out
    silently. The template of the login page asks for the same name, and there it is an error.
    Include the route outside of the namespace."""
    project("in_a_namespace")
    anonymous.raise_request_exception = False

    page = told(visitor.get("/39/me/"))
    stage.say("The route is inside include((…, 'v1')). The page of /39/me/:")
    stage.table(["status", "the page shows"], [page])
    login = anonymous.get("/39/v1/api-auth/login/")

    assert page == [403, "—"]
    assert login.status_code == 500
    assert isinstance(login.exc_info[1], NoReverseMatch)
    assert reverse("v1:rest_framework:login") == "/39/v1/api-auth/login/"


@trap("A wrong password answers 200")
def test_the_login_is_a_page_and_no_endpoint(stage, project, visitor):
    """It is Django's login page: it shows its form again, with 200. So a count of 401 answers sees
    no attack. After the login the browser goes to `next`, but not to another host. Without `next`
    it goes to /accounts/profile/, which this project does not have: set LOGIN_REDIRECT_URL."""
    project("with_login")

    rows = [
        ["wrong password", *told(sign_in(visitor, password="wrong", next="/39/me/"))],
        ["no CSRF token", *told(visitor.post(LOGIN, {"username": "ann", "password": "right"}))],
        ["next=/39/me/", *told(sign_in(visitor, next="/39/me/"))],
        ["next=https://evil.test/", *told(sign_in(visitor, next="https://evil.test/"))],
        ["no next", *told(sign_in(visitor))],
    ]
    lost = visitor.get("/accounts/profile/").status_code

    stage.table([f"POST {LOGIN}", "status", "answer"], rows)
    stage.say(f"GET /accounts/profile/: {lost}")
    assert rows == [
        ["wrong password", 200, "the form"],
        ["no CSRF token", 403, "—"],
        ["next=/39/me/", 302, "→ /39/me/"],
        ["next=https://evil.test/", 302, "→ /accounts/profile/"],
        ["no next", 302, "→ /accounts/profile/"],
    ]
    assert lost == 404


@trap("A logout without next is a 500, and the user is out all the same")
def test_the_page_after_the_logout_has_no_template(stage, project, visitor):
    """DRF's form sends `next`. Without it Django shows a page, and its template comes with the
    admin, which is not installed here. The session is deleted before that. Set
    LOGOUT_REDIRECT_URL."""
    project("with_login")
    sign_in(visitor)

    response = sent(visitor, "/39/api-auth/logout/")
    sessions, me = Session.objects.count(), visitor.get("/39/me/").status_code

    rows = [[response.status_code, sessions, me]]
    stage.table(["POST /39/api-auth/logout/", "sessions", "then GET /39/me/"], rows)
    assert rows == [[500, 0, 403]]
    assert response.exc_info[1].args[0] == "registration/logged_out.html"


@trap("LoginRequiredMiddleware sends no one from the API to the login", since="DRF 3.16")
def test_the_middleware_leaves_drf_views_alone(stage, settings, project, visitor):
    """With this middleware, new in Django 5.1, a plain view sends an anonymous caller to LOGIN_URL.
    Since DRF 3.16 the middleware leaves the views of DRF alone: the permission answers, with 403.
    Before, the API redirected too. The user has to click on "Log in"."""
    project("with_login")
    middleware = "django.contrib.auth.middleware.LoginRequiredMiddleware"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, middleware]
    settings.LOGIN_URL = "rest_framework:login"

    plain = visitor.get("/39/basket/")
    api = visitor.get("/39/me/")
    sign_in(visitor)
    signed_in = visitor.get("/39/basket/")

    rows = [["a plain Django view", *told(plain)], ["a DRF view", *told(api)]]
    stage.table(["anonymous", "status", "answer"], rows)
    assert rows == [
        ["a plain Django view", 302, "→ /39/api-auth/login/?next=/39/basket/"],
        ["a DRF view", 403, "Log in"],
    ]
    assert signed_in.json() == {"basket_of": "ann"}
