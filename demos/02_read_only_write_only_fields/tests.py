import pytest
from django.contrib.auth import get_user_model

from runner import Verdict, claim, trap

from .models import GiftCard, Redemption
from .serializers import (
    ExtraKwargsSerializer,
    HiddenDefaultSerializer,
    MisspeltNameSerializer,
    MisspeltOptionSerializer,
    ReadOnlyDefaultSerializer,
    WriteOnlyFieldsSerializer,
)

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
    """It holds for a field that is made from the model: DRF ignores what a client sends, and the
    response is 200. `Meta.read_only_fields` does not reach a field that you declare, so the 999999
    points are stored. Declare that field with `read_only=True`."""
    response = api.patch(f"/02/cards/TEA/{points_are}/", {"points": 999999})

    assert response.status_code == 200
    assert response.json() == {"code": "TEA", "points": left}
    card.refresh_from_db()
    stage.say(f"In the table: {card.points} points.")
    assert card.points == left


@claim(
    "write_only_fields are accepted in the request and not shown in the response",
    verdict=Verdict.OUTDATED,
    since="DRF 3.2",
)
def test_write_only_fields_leaks_the_secret_silently(api):
    """`Meta.write_only_fields` did that up to DRF 3.1. Since DRF 3.2 the option does not exist. DRF
    silently ignores it, so the pin is in the response. `extra_kwargs` with `write_only` accepts the
    pin and does not show it."""
    leaking = api.post("/02/cards/write-only-fields/", {"code": "TEA", "pin": "1234"})
    hiding = api.post("/02/cards/extra-kwargs/", {"code": "CUP", "pin": "5678"})

    assert leaking.status_code == hiding.status_code == 201
    assert leaking.json() == {"code": "TEA", "pin": "1234"}
    assert hiding.json() == {"code": "CUP"}
    stored = {str(card): card.pin for card in GiftCard.objects.all()}
    assert stored == {"TEA": "1234", "CUP": "5678"}
    assert WriteOnlyFieldsSerializer.Meta.write_only_fields == ["pin"]


@claim("A transaction ID that is kept read-only cannot be misused")
def test_a_read_only_field_is_set_by_the_server_alone(api, card):
    """Read-only limits the client, not the server. `serializer.save(transaction_id=…)` sets the
    field. If the field is writable, it stores what the client made up."""
    api.raise_request_exception = False
    sent = {"card": "TEA", "points": 5, "transaction_id": "MADE-UP"}

    trusting = api.post("/02/redemptions/trusting/", sent)
    server_side = api.post("/02/redemptions/", sent)
    next_one = api.post("/02/redemptions/", sent)

    assert [trusting.status_code, server_side.status_code, next_one.status_code] == [201, 201, 201]
    assert trusting.json() == {"transaction_id": "MADE-UP", "card": "TEA", "points": 5}
    assert server_side.json() == {"transaction_id": "TEA-0002", "card": "TEA", "points": 5}
    assert next_one.json() == {"transaction_id": "TEA-0003", "card": "TEA", "points": 5}
    stored = sorted(str(redemption) for redemption in Redemption.objects.all())
    assert stored == ["MADE-UP", "TEA-0002", "TEA-0003"]


@claim("Write-only fields protect sensitive data", verdict=Verdict.DEPENDS)
def test_write_only_protects_in_one_serializer_not_in_the_next(api, card):
    """Write-only belongs to one serializer, not to the data. `depth = 1` makes another serializer
    for the card, with all fields of the model, and the response shows the pin. The pin is safe only
    if each serializer that shows a card hides it."""
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


@trap("A declared field ignores extra_kwargs as well")
def test_a_declared_pin_is_shown(api):
    """You declare the pin to require four digits, and now each response shows it. A declared field
    has only the arguments that you write there, so add `write_only=True`."""
    bad, good = {"code": "TEA", "pin": "abcd"}, {"code": "TEA", "pin": "1234"}
    refused = api.post("/02/cards/declared-extra-kwargs/", bad)
    leaking = api.post("/02/cards/declared-extra-kwargs/", good)
    refused_too = api.post("/02/cards/declared-write-only/", {"code": "CUP", "pin": "abcd"})
    hiding = api.post("/02/cards/declared-write-only/", {"code": "CUP", "pin": "5678"})

    assert refused.status_code == refused_too.status_code == 400
    assert refused.json() == {"pin": ["This value does not match the required pattern."]}
    assert refused_too.json() == refused.json()
    assert leaking.json() == {"code": "TEA", "pin": "1234"}
    assert hiding.json() == {"code": "CUP"}


@trap("A typo in read_only_fields leaves the field writable", since="DRF 3.6")
def test_only_the_misspelt_option_is_noticed(api, card):
    """DRF knows one typo: `readonly_fields`, the name from Django's admin, raises AssertionError
    since DRF 3.6. It does not check the names in the list. `read_only_fields = ["point"]` protects
    a field that does not exist, and 999999 points are stored."""
    api.raise_request_exception = False

    option = api.patch("/02/cards/TEA/misspelt-option/", {"points": 999999})
    name = api.patch("/02/cards/TEA/misspelt-name/", {"points": 999999})

    assert option.status_code == 500
    assert str(option.exc_info[1]).endswith(
        "the correct spelling for the option is `read_only_fields`."
    )
    listed, fields = MisspeltNameSerializer.Meta.read_only_fields, MisspeltNameSerializer().fields
    assert [field for field in listed if field not in fields] == ["point"]
    assert name.status_code == 200
    assert name.json() == {"code": "TEA", "points": 999999}
    assert MisspeltOptionSerializer.Meta.readonly_fields == ["points"]


@trap("A read-only field that is sent is ignored, unless you refuse it")
def test_a_read_only_field_can_be_refused(api, card):
    """DRF ignores the value, so a client can believe that it changed something. In `validate()`,
    `self.initial_data` still holds what was sent. If a read-only field is in it, you can answer
    400."""
    ignored = api.patch("/02/cards/TEA/generated/", {"points": 999999})
    refused = api.patch("/02/cards/TEA/refusing/", {"points": 999999})
    accepted = api.patch("/02/cards/TEA/refusing/", {"code": "TEA"})

    assert ignored.status_code == accepted.status_code == 200
    assert ignored.json() == accepted.json() == {"code": "TEA", "points": 50}
    assert refused.status_code == 400
    assert refused.json() == {"points": ["You cannot set this."]}


@trap("A default on a read-only field is never stored", since="DRF 3.8")
def test_a_read_only_default_is_lost(api, stage):
    """Since DRF 3.8 only validators see it: the card gets the default of the model, 0. To store a
    value that no client can send, pass it to `save()`. A HiddenField also stores its default, and
    no response shows it."""
    lost = api.post("/02/presents/read-only-default/", {"code": "LOST"})
    hidden = api.post("/02/presents/hidden-field/", {"code": "HIDDEN", "points": 999999})
    saved = api.post("/02/presents/save/", {"code": "SAVED", "points": 999999})

    assert lost.json() == {"code": "LOST", "points": 0}
    assert hidden.json() == {"code": "HIDDEN"}
    assert saved.json() == {"code": "SAVED", "points": 50}
    stored = dict(GiftCard.objects.values_list("code", "points"))
    rows = [
        [repr(ReadOnlyDefaultSerializer().fields["points"]), stored["LOST"]],
        [repr(HiddenDefaultSerializer().fields["points"]), stored["HIDDEN"]],
        ["save(points=50)", stored["SAVED"]],
    ]
    stage.table(["points", "stored"], rows)
    assert rows == [
        ["IntegerField(default=50, read_only=True)", 0],
        ["HiddenField(default=50)", 50],
        ["save(points=50)", 50],
    ]


@trap("A PUT resets a HiddenField to its default, a PATCH does not")
def test_a_hidden_field_overwrites_on_put(api, card):
    """A HiddenField takes its default at each POST and at each PUT, and never reads what was sent.
    So a PUT that only repeats the code gives a card with 7 points 50 points again. A PATCH skips
    each default."""
    GiftCard.objects.update(points=7)
    left = []

    for send in (api.patch, api.put):
        response = send("/02/cards/TEA/hidden-field/", {"code": "TEA"})
        card.refresh_from_db()
        left.append([response.status_code, response.json(), card.points])

    assert left == [[200, {"code": "TEA"}, 7], [200, {"code": "TEA"}, 50]]


@trap("A client cannot PUT back what GET shows")
def test_put_asks_for_the_secret_again(api, card):
    """A PUT needs each required field, and no response shows the pin. A client that edits what it
    has read sends PATCH. Or the serializer requires the pin only if it has no instance."""
    shown = api.get("/02/cards/TEA/extra-kwargs/")
    put = api.put("/02/cards/TEA/extra-kwargs/", shown.json())
    patch = api.patch("/02/cards/TEA/extra-kwargs/", shown.json())
    optional = api.put("/02/cards/TEA/pin-at-creation/", shown.json())
    new = api.post("/02/cards/pin-at-creation/", {"code": "CUP"})

    assert put.status_code == new.status_code == 400
    assert put.json() == new.json() == {"pin": ["This field is required."]}
    assert patch.status_code == optional.status_code == 200
    card.refresh_from_db()
    assert card.pin == "1234"


@trap("A hidden value can be found out by sorting and searching")
def test_a_hidden_pin_is_sorted_and_searched_by(api):
    """`ordering_fields = "__all__"` and `search_fields` do not know what is write-only. Sorting
    compares two pins, and a search for "12" finds the card whose pin begins with 12. Without
    `ordering_fields`, OrderingFilter refuses write-only fields. An invalid serializer also keeps
    the pin in `.data`, so do not log that."""
    GiftCard.objects.create(code="TEA", pin="1234")
    GiftCard.objects.create(code="CUP", pin="9876")

    by_pin = api.get("/02/cards/leaking/?ordering=pin")
    guessed = api.get("/02/cards/leaking/?search=12")
    ignored = api.get("/02/cards/listed/?ordering=pin&search=12")
    by_code = api.get("/02/cards/listed/?ordering=-code")
    invalid = ExtraKwargsSerializer(data={"code": "", "pin": "1234"})

    assert by_pin.json() == [{"code": "TEA"}, {"code": "CUP"}]
    assert guessed.json() == [{"code": "TEA"}]
    assert ignored.json() == [{"code": "CUP"}, {"code": "TEA"}]
    assert by_code.json() == [{"code": "TEA"}, {"code": "CUP"}]
    assert not invalid.is_valid()
    assert invalid.data == {"code": "", "pin": "1234"}


@trap("OPTIONS does not say that a field is write-only")
def test_options_tells_read_only_and_not_write_only(api, stage):
    """The metadata of DRF has `read_only` for each field and no `write_only`. A client that reads
    it cannot know that no response shows the pin."""
    card = api.options("/02/cards/extra-kwargs/").json()["actions"]["POST"]
    redemption = api.options("/02/redemptions/").json()["actions"]["POST"]
    trusting = api.options("/02/redemptions/trusting/").json()["actions"]["POST"]

    fields = {
        "the write-only pin": card["pin"],
        "the read-only transaction ID": redemption["transaction_id"],
        "the writable transaction ID": trusting["transaction_id"],
    }
    rows = [[name, told["read_only"], ", ".join(told)] for name, told in fields.items()]
    stage.table(["field", "read_only", "what OPTIONS tells"], rows)
    assert card == {
        "code": {
            "type": "string",
            "required": True,
            "read_only": False,
            "label": "Code",
            "max_length": 20,
        },
        "pin": {
            "type": "string",
            "required": True,
            "read_only": False,
            "label": "Pin",
            "max_length": 4,
        },
    }
    assert redemption["transaction_id"] == {
        "type": "string",
        "required": False,
        "read_only": True,
        "label": "Transaction id",
    }
    assert trusting["transaction_id"] == {
        "type": "string",
        "required": True,
        "read_only": False,
        "label": "Transaction id",
        "max_length": 40,
    }


@trap("write_only hides a password and stores it unhashed")
def test_a_password_needs_hashing_as_well(api, stage):
    """The default `create()` stores what was sent: anyone who reads the table reads the password.
    And the user cannot log in, because Django compares hashes. `create_user()` hashes it."""
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
