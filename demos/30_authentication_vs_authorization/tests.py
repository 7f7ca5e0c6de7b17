from datetime import timedelta
from time import time

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.signing import b62_encode
from rest_framework.settings import DEFAULTS
from rest_framework.test import APIClient

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Order, OrderItem
from shop.people import basic, bearer, token_of

from .views import links

pytestmark = [pytest.mark.django_db, pytest.mark.not_about_sql]


@pytest.fixture(autouse=True)
def anns_order(ann):
    return factories.order.make(reference="A-0001", customer=ann)


def sent(url, headers=None, **query):
    """The response to a GET by a client that is not recorded: a table shows it."""
    return APIClient().get(url, query, headers=headers or {})


def answer(response):
    """The status, and the user whom the view saw: "200 ann"."""
    seen = response.json().get("user") or "—"
    return f"200 {seen}" if response.status_code == 200 else str(response.status_code)


@claim("Authentication confirms that users are who they say they are")
def test_the_password_gives_the_request_a_name(anonymous, passwords):
    """The password proves who the caller is, and `request.user` says it from then on. A wrong
    password is refused with 401. Without any credentials, the user is AnonymousUser: that is an
    answer to "who?" too, and no refusal."""
    right = anonymous.get("/30/whoami/", headers=basic("ann"))
    wrong = anonymous.get("/30/whoami/", headers=basic("ann", "wrong"))
    none = anonymous.get("/30/whoami/")

    assert right.status_code == none.status_code == 200
    assert right.json() == {"user": "ann"}
    assert wrong.status_code == 401
    assert wrong.json() == {"detail": "Invalid username/password."}
    assert none.json() == {"user": None}


@claim("Authorization gives users permission to access a resource", verdict=Verdict.DEPENDS)
def test_only_a_check_of_the_row_keeps_bob_out(stage, passwords):
    """It is true only if a check looks at the resource. `IsAuthenticated` is authorization too, and
    it lets Bob read Ann's order. An object permission refuses Bob with 403. A queryset that holds
    only Bob's orders does not find this one, so Bob gets 404."""
    callers = {"anonymous": {}, "Bob": basic("bob"), "Ann": basic("ann")}
    designs = ["signed-in", "owner", "own"]

    rows = [
        [caller, *(sent(f"/30/orders/{design}/A-0001/", headers).status_code for design in designs)]
        for caller, headers in callers.items()
    ]
    stolen = sent("/30/orders/signed-in/A-0001/", basic("bob"))

    stage.say("GET /30/orders/…/A-0001/, an order that belongs to Ann:")
    stage.table(["caller", "signed in?", "object permission", "own orders only"], rows)
    stage.say(f"What Bob got with 200: {stolen.content.decode()}")
    assert rows == [
        ["anonymous", 401, 401, 401],
        ["Bob", 200, 403, 404],
        ["Ann", 200, 200, 200],
    ]
    assert stolen.json() == {"reference": "A-0001", "customer": "Ann", "read_by": "bob"}


@claim("Authorization must always follow authentication", verdict=Verdict.DEPENDS)
def test_a_signed_link_authorizes_without_any_user(stage, monkeypatch, django_assert_num_queries):
    """It must if the decision needs to know who asks. DRF does it in this order. But a signed link
    authorizes without any user: the view has no authentication class, and a permission checks the
    signature, the order and the age. The one query loads the order."""
    factories.order.make(reference="A-0002")
    link = links.sign("A-0001")
    an_hour_ago = b62_encode(int(time()) - 3601)
    with monkeypatch.context() as earlier:
        earlier.setattr(type(links), "timestamp", lambda signer: an_hour_ago)
        old_link = links.sign("A-0001")
    keys = {
        "as it was sent": link,
        "none": "",
        "with one letter more": f"{link}x",
        "of order A-0002": links.sign("A-0002"),
        "one hour and a second old": old_link,
    }

    with django_assert_num_queries(1):
        statuses = [sent("/30/orders/shared/A-0001/", key=key).status_code for key in keys.values()]

    rows = [*map(list, zip(keys, statuses, strict=True))]
    stage.say("GET /30/orders/shared/A-0001/?key=…, by an anonymous caller:")
    stage.table(["key", "status"], rows)
    assert rows == [
        ["as it was sent", 200],
        ["none", 403],
        ["with one letter more", 403],
        ["of order A-0002", 403],
        ["one hour and a second old", 403],
    ]


@claim("Users prove their identity before an administrator grants access", verdict=Verdict.WRONG)
def test_the_grant_is_older_than_the_login(anonymous, stage, passwords, bob):
    """A grant is a row in a table. Here it is made before Bob has ever signed in, and it is removed
    while Bob is signed in. Each request is authorized again: Bob's next request gets 403, and the
    session still says who Bob is."""
    orders = ContentType.objects.get_for_model(Order)
    view_order, _ = Permission.objects.get_or_create(content_type=orders, codename="view_order")
    bob.user.user_permissions.add(view_order)
    stage.say(f"Bob may view orders. Bob's last login: {bob.user.last_login}.")

    anonymous.login(username="bob", password="right")
    stage.say("Bob signs in:")
    granted = anonymous.get("/30/reports/orders/")
    bob.user.user_permissions.remove(view_order)
    stage.say("The permission is removed, and Bob stays signed in:")
    removed = anonymous.get("/30/reports/orders/")
    known = anonymous.get("/30/signed-in/session-jwt/")

    assert bob.user.last_login is None
    assert granted.status_code == 200
    assert granted.json() == {"orders": 1}
    assert removed.status_code == 403
    assert known.json() == {"user": "bob"}


@claim("Authentication is like the key to a locked door", verdict=Verdict.WRONG)
def test_a_key_opens_for_anyone_and_names_no_one(stage, passwords):
    """A key opens for anyone who holds it, and the lock does not learn who that is. So it is
    authorization without authentication. A password is the opposite: it gives a name, and the name
    alone opens nothing."""
    link = links.sign("A-0001")
    callers = {"Ann": basic("ann"), "Bob": basic("bob"), "anonymous": {}}

    by_key = [sent("/30/orders/shared/A-0001/", who, key=link) for who in callers.values()]
    by_name = [sent("/30/orders/own/A-0001/", who) for who in callers.values()]

    rows = [
        [caller, key.status_code, key.json().get("read_by"), name.status_code]
        for caller, key, name in zip(callers, by_key, by_name, strict=True)
    ]
    headers = ["caller", "by link", "name that the view sees", "by password"]
    stage.say("Ann's order, by the same link for each caller, and by their own password:")
    stage.table(headers, [["—" if cell is None else cell for cell in row] for row in rows])
    assert rows == [
        ["Ann", 200, None, 200],
        ["Bob", 200, None, 404],
        ["anonymous", 200, None, 401],
    ]
    assert by_name[0].json() == {"reference": "A-0001", "customer": "Ann", "read_by": "ann"}


@claim("401 is for authentication, 403 is for authorization", verdict=Verdict.DEPENDS)
def test_the_first_authenticator_decides_between_401_and_403(stage, passwords, ann, bob):
    """It is true only if the first class in `authentication_classes` has a challenge for the
    WWW-Authenticate header, which a 401 must have. A session has none. So with the session first,
    missing and wrong credentials get 403 too. Credentials count only where their class is in the
    list: a session opens nothing in a view that knows only JWT."""
    by_session = APIClient()
    by_session.force_login(bob.user)
    headers = [{}, bearer("nonsense"), bearer(token_of(ann)), basic("ann")]

    rows, challenges = [], []
    for classes in ("jwt-session", "session-jwt", "session-basic", "jwt", "none"):
        url = f"/30/signed-in/{classes}/"
        answers = [*(sent(url, header) for header in headers), by_session.get(url)]
        rows.append([classes.replace("-", ", "), *(one.status_code for one in answers)])
        challenges.append(answers[0].headers.get("WWW-Authenticate"))
    detail = sent("/30/signed-in/none/").json()

    columns = ["authentication", "nothing", "wrong token", "token", "password", "session"]
    stage.table(columns, rows)
    default = [path.rpartition(".")[2] for path in DEFAULTS["DEFAULT_AUTHENTICATION_CLASSES"]]
    stage.say(f"DRF's default: {', '.join(default)}")
    assert rows == [
        ["jwt, session", 401, 401, 200, 401, 200],
        ["session, jwt", 403, 403, 200, 403, 200],
        ["session, basic", 403, 403, 403, 200, 200],
        ["jwt", 401, 401, 200, 401, 401],
        ["none", 403, 403, 403, 403, 403],
    ]
    assert challenges == ['Bearer realm="api"', None, None, 'Bearer realm="api"', None]
    assert default == ["SessionAuthentication", "BasicAuthentication"]
    assert detail == {"detail": "You do not have permission to perform this action."}


@trap("DRF checks the object permission only where the view asks for it")
def test_a_list_and_a_view_by_hand_skip_the_object_permission(stage, passwords, bob):
    """DRF authenticates, checks the permission, and then the throttle. `get_object()` checks the
    object permission. A list does not call it, and a `get()` written by hand must call
    `check_object_permissions()` itself: without it Bob reads Ann's order."""
    factories.order.make(reference="A-0002", customer=bob)
    steps = ["authentication", "permission", "throttle", "object permission"]

    rows = []
    for who, headers, url in (
        ("anonymous", {}, "traced/A-0001/"),
        ("Bob", basic("bob"), "traced/A-0001/"),
        ("Bob", basic("bob"), "traced/"),
        ("Bob", basic("bob"), "by-hand/A-0001/"),
        ("Bob", basic("bob"), "checked-by-hand/A-0001/"),
        ("Ann", basic("ann"), "checked-by-hand/A-0001/"),
    ):
        response = sent(f"/30/orders/{url}", headers)
        taken = response.headers["Steps"].split(", ")
        assert taken == steps[: len(taken)]
        rows.append([who, url, len(taken), response.status_code])
    listed = sent("/30/orders/traced/", basic("bob")).json()
    own = sent("/30/orders/checked-by-hand/A-0001/", basic("ann")).json()

    stage.say(f"Steps: 1 {steps[0]}, 2 {steps[1]}, 3 {steps[2]}, 4 {steps[3]}")
    stage.table(["caller", "GET /30/orders/…", "steps taken", "status"], rows)
    assert rows == [
        ["anonymous", "traced/A-0001/", 2, 401],
        ["Bob", "traced/A-0001/", 4, 403],
        ["Bob", "traced/", 3, 200],
        ["Bob", "by-hand/A-0001/", 3, 200],
        ["Bob", "checked-by-hand/A-0001/", 4, 403],
        ["Ann", "checked-by-hand/A-0001/", 4, 200],
    ]
    assert listed == [
        {"reference": "A-0001", "customer": "Ann", "read_by": "bob"},
        {"reference": "A-0002", "customer": "Bob", "read_by": "bob"},
    ]
    assert own == {"reference": "A-0001", "customer": "Ann", "read_by": "ann"}


@trap("A 404 can still tell that the order exists", since="DRF 3.15")
def test_two_texts_of_404_tell_two_cases_apart(anonymous, stage, passwords):
    """A 403 says that the order exists. `Http404` in the permission hides the status and not the
    text: since DRF 3.15 an unknown order has another text. With a filtered queryset both cases are
    one: the same status and the same body."""
    unknown_text = {"detail": "No Order matches the given query."}

    rows = []
    stage.say("Bob asks for Ann's order, then for an order that does not exist, three times:")
    for design in ("owner", "hidden", "own"):
        of_ann = anonymous.get(f"/30/orders/{design}/A-0001/", headers=basic("bob"))
        unknown = anonymous.get(f"/30/orders/{design}/A-0009/", headers=basic("bob"))
        assert unknown.status_code == 404
        assert unknown.json() == unknown_text
        by_ann = sent(f"/30/orders/{design}/A-0001/", basic("ann"))
        by_anonymous = sent(f"/30/orders/{design}/A-0009/")
        assert (by_ann.status_code, by_anonymous.status_code) == (200, 401)
        rows.append([of_ann.status_code, of_ann.json()])

    assert rows == [
        [403, {"detail": "You do not have permission to perform this action."}],
        [404, {"detail": "Not found."}],
        [404, unknown_text],
    ]


@trap("A wrong token is refused on a public endpoint too")
def test_an_expired_token_closes_a_public_page(stage, ann):
    """Authentication runs before the permission, and it refuses a token that it cannot read. So a
    client with an expired token gets 401 where an anonymous caller gets 200. A header of another
    scheme is no attempt. An empty `authentication_classes` opens the page, but then the view knows
    no user."""
    expired = bearer(token_of(ann, -timedelta(minutes=1)))
    sent_headers = {
        "no header": {},
        "Bearer, valid": bearer(token_of(ann)),
        "Bearer, expired": expired,
        "Token, expired": {"Authorization": expired["Authorization"].replace("Bearer", "Token")},
    }

    rows = [
        [name, *(answer(sent(f"/30/public/{view}/", headers)) for view in ("jwt", "none"))]
        for name, headers in sent_headers.items()
    ]

    stage.say("AllowAny, and the user whom the view saw:")
    stage.table(["Authorization", "[JWTAuthentication]", "[]"], rows)
    assert rows == [
        ["no header", "200 —", "200 —"],
        ["Bearer, valid", "200 ann", "200 —"],
        ["Bearer, expired", "401", "200 —"],
        ["Token, expired", "200 —", "200 —"],
    ]


@trap("No permission looks at an order that is named in the body")
def test_an_order_in_the_body_needs_its_own_check(anonymous, stage, passwords):
    """`IsOwner` is among the permissions, and Bob puts an item into Ann's order. The serializer
    finds the order by its reference, and DRF asks no permission for it. Give the field a queryset
    that holds only Bob's orders: then Ann's order does not exist for Bob."""
    product = factories.product.make()
    item = {"order": "A-0001", "product": "P-0001"}

    stage.say("Bob, for Ann's order:")
    any_order = anonymous.post("/30/items/any-order/", item, headers=basic("bob"))
    items_of_ann = [*OrderItem.objects.values_list("order__reference", "product", "unit_price")]
    OrderItem.objects.all().delete()
    own_order = anonymous.post("/30/items/own-order/", item, headers=basic("bob"))
    stage.say("Ann, for the same order:")
    by_ann = anonymous.post("/30/items/own-order/", item, headers=basic("ann"))
    by_anonymous = APIClient().post("/30/items/any-order/", item)

    assert by_anonymous.status_code == 401
    assert any_order.status_code == by_ann.status_code == 201
    assert any_order.json() == by_ann.json() == item
    assert items_of_ann == [("A-0001", product.pk, 10)]
    assert own_order.status_code == 400
    assert own_order.json() == {"order": ["Object with reference=A-0001 does not exist."]}
