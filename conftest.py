"""What a test may ask for."""

import pytest

pytest_plugins = [
    "runner.recording.stage",
    "runner.support.scratch",
    "runner.support.chosen_servers",
    "runner.support.databases",
    "runner.support.race",
    "runner.support.work",
    "runner.support.cache",
    "runner.support.throttling",
    "runner.support.worker",
    "runner.support.servers",
    "runner.support.names",
    "runner.support.browser",
    "runner.support.tls",
]


@pytest.fixture
def api(record):
    """An APIClient that is signed in as "ann", a user who is not stored: no query is added.

    As APIClient does, it raises the exception of a view instead of answering 500; a test that is
    about the 500 sets `api.raise_request_exception = False`.
    """
    from runner.recording.client import signed_in

    return signed_in(record)


@pytest.fixture
def anonymous(record):
    """An APIClient that is not signed in."""
    from runner.recording.client import new_client

    return new_client(record)


@pytest.fixture
def offstage():
    """A client like `api` that is never recorded: of many requests, a table shows more."""
    from runner.recording.client import signed_in

    return signed_in(None)


@pytest.fixture
def ann(db):
    """The stored customer Ann, whose user is "ann"; no client is signed in as her yet."""
    from shop import people

    return people.ann()


@pytest.fixture
def bob(db):
    """The stored customer Bob, whose user is "bob"; no client is signed in as him yet."""
    from shop import people

    return people.bob()


@pytest.fixture
def buyer(api, ann):
    """Ann, as whom `api` is signed in now, with 100 points."""
    api.force_authenticate(ann.user)
    return ann


@pytest.fixture
def passwords(settings, ann, bob):
    """Ann and Bob have `shop.people.PASSWORD`, with a hash that takes no time to check."""
    from shop.people import PASSWORD

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for user in (ann.user, bob.user):
        user.set_password(PASSWORD)
        user.save()


@pytest.fixture
def signed_in_browser(browser, anonymous, ann):
    """`signed_in_browser("http://api.shop.test/")`: the browser keeps Ann's session cookie for that
    host, as Django sets it."""

    def sign_in(url):
        anonymous.force_login(ann.user)
        session = anonymous.cookies["sessionid"].value
        browser.add_cookie(url, "sessionid", session, sameSite="Lax")

    return sign_in
