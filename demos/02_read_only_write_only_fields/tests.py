import pytest
from django.contrib.auth import get_user_model

from runner import Verdict, claim, trap

from .models import GiftCard, Redemption

pytestmark = pytest.mark.django_db
User = get_user_model()


@pytest.fixture
def card():
    return GiftCard.objects.create(code="TEA", pin="1234", points=50)


@claim(
    "read_only_fields are shown in the response, and the user cannot modify them",
    verdict=Verdict.DEPENDS,
)
@pytest.mark.parametrize(
    ("points_are", "left"), [("generated", 50), ("read-only", 50), ("declared", 999999)]
)
def test_read_only_fields_reaches_generated_fields_only(api, stage, card, points_are, left):
    """It holds for a field that is made from the model: what a client sends for it is dropped, and
    that is no error. A field that you declare does not hear of `Meta.read_only_fields`: the 999999
    points are written. Declare it with `read_only=True`."""
    response = api.patch(f"/02/cards/TEA/{points_are}/", {"points": 999999})

    assert response.status_code == 200
    assert response.json() == {"code": "TEA", "points": left}
    card.refresh_from_db()
    stage.say(f"In the table: {card.points} points.")
    assert card.points == left


@claim(
    "write_only_fields are accepted in the request and not shown in the response",
    verdict=Verdict.OUTDATED,
)
def test_write_only_fields_leaks_the_secret_without_a_word(api):
    """Up to DRF 3.1 `Meta.write_only_fields` did that. Since 3.2 there is no such option, and an
    option that does not exist is ignored in silence: the pin is in the response. `extra_kwargs`
    with `write_only` takes the pin in and keeps it out of sight."""
    leaking = api.post("/02/cards/write-only-fields/", {"code": "TEA", "pin": "1234"})
    hiding = api.post("/02/cards/extra-kwargs/", {"code": "CUP", "pin": "5678"})

    assert leaking.status_code == hiding.status_code == 201
    assert leaking.json() == {"code": "TEA", "pin": "1234"}
    assert hiding.json() == {"code": "CUP"}
    assert GiftCard.objects.get(code="CUP").pin == "5678"


@claim("A transaction ID that is kept read-only cannot be misused")
def test_a_read_only_field_is_set_by_the_server_alone(api, card):
    """Read-only binds the client, not the server: `serializer.save(transaction_id=…)` writes what
    the client cannot. Left writable, the field stores what anybody makes up."""
    sent = {"card": "TEA", "points": 5, "transaction_id": "MADE-UP"}

    trusting = api.post("/02/redemptions/trusting/", sent)
    server_side = api.post("/02/redemptions/", sent)

    assert trusting.status_code == server_side.status_code == 201
    assert trusting.json() == {"transaction_id": "MADE-UP", "card": "TEA", "points": 5}
    assert server_side.json() == {"transaction_id": "TEA-0001", "card": "TEA", "points": 5}


@claim("Write-only fields protect sensitive data", verdict=Verdict.DEPENDS)
def test_write_only_protects_in_one_serializer_not_in_the_next(api, card):
    """It belongs to one serializer, not to the data. `depth = 1` builds a serializer of its own for
    the card, with all fields of the model, and the pin is out. It is protected where every way
    out goes through a serializer that hides it."""
    Redemption.objects.create(transaction_id="TEA-0001", card=card, points=5)

    hidden = api.get("/02/cards/TEA/extra-kwargs/")
    depth = api.get("/02/redemptions/TEA-0001/depth/")
    nested = api.get("/02/redemptions/TEA-0001/nested/")

    assert hidden.json() == {"code": "TEA"}
    assert depth.json() == {
        "transaction_id": "TEA-0001",
        "card": {"code": "TEA", "pin": "1234", "points": 50},
    }
    assert nested.json() == {"transaction_id": "TEA-0001", "card": {"code": "TEA"}}


@trap("On a declared field extra_kwargs is ignored as well")
def test_a_declared_pin_is_shown(api):
    """Somebody declares the pin to demand four digits, and it is in every response from that day
    on. A declared field has the arguments you declare and no others: `write_only=True` is one."""
    refused = api.post("/02/cards/declared-extra-kwargs/", {"code": "TEA", "pin": "abcd"})
    leaking = api.post("/02/cards/declared-extra-kwargs/", {"code": "TEA", "pin": "1234"})
    hiding = api.post("/02/cards/declared-write-only/", {"code": "CUP", "pin": "5678"})

    assert refused.status_code == 400
    assert refused.json() == {"pin": ["This value does not match the required pattern."]}
    assert leaking.json() == {"code": "TEA", "pin": "1234"}
    assert hiding.json() == {"code": "CUP"}


@trap("A slip of the pen in read_only_fields opens the field")
def test_only_the_misspelt_option_is_noticed(api, card):
    """`readonly_fields`, as in Django's admin, is refused by name. A misspelt field name in the
    right list is not: `read_only_fields = ["point"]` protects a field that does not exist."""
    api.raise_request_exception = False

    option = api.patch("/02/cards/TEA/misspelt-option/", {"points": 999999})
    name = api.patch("/02/cards/TEA/misspelt-name/", {"points": 999999})

    assert option.status_code == 500
    assert str(option.exc_info[1]).endswith(
        "the correct spelling for the option is `read_only_fields`."
    )
    assert name.status_code == 200
    assert name.json() == {"code": "TEA", "points": 999999}


@trap("A default on a read-only field is never stored")
def test_a_read_only_default_is_lost(api, stage):
    """Since DRF 3.8 it is used for validators alone: the card gets the model's own default, 0. To
    store a value that no client can send, pass it to `save()`; a HiddenField stores its default
    too, and does not show it."""
    lost = api.post("/02/presents/read-only-default/", {"code": "LOST"})
    hidden = api.post("/02/presents/hidden-field/", {"code": "HIDDEN", "points": 999999})
    saved = api.post("/02/presents/save/", {"code": "SAVED", "points": 999999})

    assert lost.json() == {"code": "LOST", "points": 0}
    assert hidden.json() == {"code": "HIDDEN"}
    assert saved.json() == {"code": "SAVED", "points": 50}
    stored = dict(GiftCard.objects.order_by("code").values_list("code", "points"))
    stage.table(["card", "points in the table"], list(stored.items()))
    assert stored == {"HIDDEN": 50, "LOST": 0, "SAVED": 50}


@trap("What GET shows cannot be PUT back")
def test_put_asks_for_the_secret_again(api, card):
    """PUT wants every required field, and the response did not hold the pin. A client that edits
    what it has read sends PATCH, or `required` is switched off for updates."""
    shown = api.get("/02/cards/TEA/extra-kwargs/")
    put = api.put("/02/cards/TEA/extra-kwargs/", shown.json())
    patch = api.patch("/02/cards/TEA/extra-kwargs/", shown.json())

    assert put.status_code == 400
    assert put.json() == {"pin": ["This field is required."]}
    assert patch.status_code == 200
    card.refresh_from_db()
    assert card.pin == "1234"


@trap("write_only hides a password and stores it as it came")
def test_a_password_needs_hashing_as_well(api, stage):
    """The default `create()` writes what was sent: the password lies in the table for all to read,
    and the user cannot log in, for Django compares hashes. `create_user()` hashes it."""
    as_sent = api.post("/02/users/as-sent/", {"username": "ann", "password": "tea-and-cake"})
    hashed = api.post("/02/users/hashed/", {"username": "mei", "password": "tea-and-cake"})

    assert as_sent.json() == {"username": "ann"}
    assert hashed.json() == {"username": "mei"}
    stored = [
        [user.username, user.password.partition("$")[0], user.check_password("tea-and-cake")]
        for user in User.objects.order_by("username")
    ]
    stage.table(["user", "stored, up to the first $", "check_password()"], stored)
    assert stored == [["ann", "tea-and-cake", False], ["mei", "pbkdf2_sha256", True]]
