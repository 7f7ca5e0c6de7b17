import pytest
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import IntegrityError
from rest_framework.serializers import ValidationError

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Customer

from .serializers import MisspeltSerializer

pytestmark = pytest.mark.django_db


@claim("validate_<field>() checks the value of one field")
def test_a_rule_for_one_field_answers_below_its_name(api):
    """It gets the value after the field's own checks. The error stands below the name of the
    field. What the method returns is saved, so it can also change the value: a stock of 30 becomes
    24, two dozens."""
    product = factories.product.make(sku="P-0001")

    refused = api.put("/05/products/P-0001/rules/", {"price": "9.99", "stock": 10})
    accepted = api.put("/05/products/P-0001/rules/", {"price": "9.00", "stock": 10})
    changed = api.put("/05/products/P-0001/dozens/", {"price": "9.00", "stock": 30})

    assert refused.status_code == 400
    assert refused.json() == {"price": ["Whole amounts only."]}
    assert accepted.status_code == changed.status_code == 200
    assert accepted.json() == {"price": "9.00", "stock": 10}
    assert changed.json() == {"price": "9.00", "stock": 24}
    product.refresh_from_db()
    assert product.stock == 24


@claim("validate() checks several fields together")
def test_a_rule_for_two_fields_answers_for_none_of_them(api):
    """A price of 7.00 is good, and a stock of 143 is good. Together they are 1,001.00, and that is
    too much. The error stands below `non_field_errors`, unless you raise a dict that names a
    field."""
    factories.product.make(sku="P-0001")

    refused = api.put("/05/products/P-0001/rules/", {"price": "7.00", "stock": 143})
    accepted = api.put("/05/products/P-0001/rules/", {"price": "5.00", "stock": 200})

    assert refused.status_code == 400
    assert refused.json() == {"non_field_errors": ["Worth more than 1,000.00."]}
    assert accepted.status_code == 200
    assert accepted.json() == {"price": "5.00", "stock": 200}


@claim(
    "Validation keeps wrong data, such as points nobody has, from being saved",
    verdict=Verdict.DEPENDS,
)
@pytest.mark.database(
    "postgres",
    because="SQLite lets in one writing transaction at a time, which hides the race",
)
@pytest.mark.django_db(transaction=True)
def test_two_requests_pass_the_same_validation(
    api, ann, bob, race, stage, django_assert_num_queries
):
    """It does while no other request writes. Two requests both read 100 points and both spend them,
    even in `atomic()`. So put the rule in the write too: `UPDATE … WHERE points >= 100` makes the
    second request wait. Then it checks again and finds no row."""
    trusting = factories.order.make(reference="A-0001", customer=ann)
    checking_again = factories.order.make(reference="A-0002", customer=bob)
    factories.customer.make(name="Mei")

    def spend_validated(client):
        return client.post("/05/orders/A-0001/points/validated/", {"points": 100})

    def spend_conditionally(client):
        return client.post("/05/orders/A-0002/points/conditional/", {"points": 100})

    with django_assert_num_queries(6):  # BEGIN, SELECT, ROLLBACK for each
        too_many = api.post("/05/orders/A-0001/points/validated/", {"points": 101})
        negative = api.post("/05/orders/A-0001/points/validated/", {"points": -1})
    both = race(spend_validated, spend_validated)
    trusting.refresh_from_db()
    stage.say(f"Of 100 points, {trusting.points_used} were spent.")
    first, second = race(spend_conditionally, spend_conditionally)
    checking_again.refresh_from_db()
    stage.say(f"Of 100 points, {checking_again.points_used} were spent.")

    assert too_many.status_code == negative.status_code == 400
    assert too_many.json() == {"points": ["Not enough points."]}
    assert negative.json() == {"points": ["Ensure this value is greater than or equal to 1."]}
    assert [response.status_code for response in both] == [200, 200]
    assert [response.json() for response in both] == [{"spent": 100}, {"spent": 100}]
    assert trusting.points_used == 200
    assert (first.status_code, second.status_code) == (200, 400)
    assert first.json() == {"spent": 100}
    assert second.json() == {"points": ["Not enough points."]}
    assert checking_again.points_used == 100
    left = dict(Customer.objects.values_list("name", "points"))
    assert left == {"Ann": 0, "Bob": 0, "Mei": 100}


@claim("If validation fails, DRF answers 400 by itself", verdict=Verdict.DEPENDS)
def test_a_bare_is_valid_answers_200(api):
    """Only if something raises the error. `is_valid()` only returns False. If you ignore it, you
    answer 200 and send the bad values back. `is_valid(raise_exception=True)` raises, and the
    generic views call it like that."""
    factories.product.make(sku="P-0001")

    bare = api.post("/05/check/bare/", {"price": "-1.00", "stock": 10})
    raising = api.post("/05/check/raising/", {"price": "-1.00", "stock": 10})
    generic = api.put("/05/products/P-0001/rules/", {"price": "-1.00", "stock": 10})
    no_stock = api.post("/05/check/raising/", {"price": "1001.00"})

    assert bare.status_code == 200
    assert bare.json() == {"price": "-1.00", "stock": 10}
    assert raising.status_code == generic.status_code == 400
    assert raising.json() == {"price": ["Ensure this value is greater than or equal to 0.01."]}
    assert generic.json() == raising.json()
    assert no_stock.status_code == 200
    assert no_stock.json() == {"price": "1001.00"}


@trap("validate() is not called at all when any field has failed")
def test_the_order_of_validation(api, stage):
    """For each field DRF calls `to_internal_value`, the validators, then `validate_<field>`. A
    failure skips the rest of its own field only, so the errors of all fields come together.
    `Meta.validators` and `validate()` run only if no field failed. So a client may have to fix its
    request twice."""
    good = api.post("/05/check/recorded/", {"price": 1, "stock": 10})
    low = api.post("/05/check/recorded/", {"price": 0, "stock": 10})
    words = api.post("/05/check/recorded/", {"price": "cheap", "stock": "many"})
    logs = [response.json()["calls"] for response in (good, low, words)]
    stage.table(
        ["called", "both good", "price 0", "both words"],
        [
            [step, *(log.index(step) + 1 if step in log else "–" for log in logs)]
            for step in logs[0]
        ],
    )

    assert [response.status_code for response in (good, low, words)] == [200, 400, 400]
    assert good.json() == {
        "calls": [
            "price: to_internal_value",
            "price: validators",
            "validate_price",
            "stock: to_internal_value",
            "stock: validators",
            "validate_stock",
            "Meta.validators",
            "validate",
        ],
        "errors": {},
        "values": {"price": 1, "stock": 10},
    }
    assert low.json() == {
        "calls": [
            "price: to_internal_value",
            "price: validators",
            "stock: to_internal_value",
            "stock: validators",
            "validate_stock",
        ],
        "errors": {"price": ["At least 1."]},
        "values": {},
    }
    assert words.json() == {
        "calls": ["price: to_internal_value", "stock: to_internal_value"],
        "errors": {
            "price": ["A valid integer is required."],
            "stock": ["A valid integer is required."],
        },
        "values": {},
    }


@trap("On a PATCH validate() sees only what was sent")
def test_a_patch_breaks_a_rule_about_two_fields(api):
    """The other value is in the database, not in `attrs`. `attrs["price"]` raises KeyError. A rule
    that runs only if both values were sent does not see a value that comes alone. Take the missing
    value from `self.instance`."""
    factories.product.make(sku="P-0001", price=10, stock=50)
    api.raise_request_exception = False
    both = {"price": "7.00", "stock": 143}

    key_error = api.patch("/05/products/P-0001/key-error/", {"stock": 200})
    merged_stock = api.patch("/05/products/P-0001/rules/", {"stock": 200})
    merged_price = api.patch("/05/products/P-0001/rules/", {"price": "21.00"})
    if_both_stock = api.patch("/05/products/P-0001/if-both/", {"stock": 200})
    if_both_price = api.patch("/05/products/P-0001/if-both/", {"price": "21.00"})
    all_there = [api.put(f"/05/products/P-0001/{way}/", both) for way in ("key-error", "if-both")]
    cheap = api.put("/05/products/P-0001/key-error/", {"price": "5.00", "stock": 200})

    assert key_error.status_code == 500
    assert isinstance(key_error.exc_info[1], KeyError)
    assert merged_stock.status_code == merged_price.status_code == 400
    assert merged_stock.json() == {"non_field_errors": ["Worth more than 1,000.00."]}
    assert merged_price.json() == {"non_field_errors": ["Worth more than 1,000.00."]}
    assert if_both_stock.status_code == if_both_price.status_code == 200
    assert if_both_stock.json() == {"price": "10.00", "stock": 200}
    assert if_both_price.json() == {"price": "21.00", "stock": 200}
    assert [response.status_code for response in all_there] == [400, 400]
    assert all_there[0].json() == {"non_field_errors": ["Worth more than 1,000.00."]}
    assert all_there[1].json() == {"non_field_errors": ["Worth more than 1,000.00."]}
    assert cheap.json() == {"price": "5.00", "stock": 200}


@trap("A misspelt validate_<field>() is never called")
def test_a_misspelt_rule_lets_everything_pass(api):
    """DRF looks for a method `validate_` plus the name of each field. `validate_prise` fits no
    field, so DRF silently ignores it. This one refuses every price, and yet 9.99 is saved."""
    factories.product.make(sku="P-0001")

    misspelt = api.put("/05/products/P-0001/misspelt/", {"price": "9.99", "stock": 10})
    right = api.put("/05/products/P-0001/rules/", {"price": "9.99", "stock": 10})

    assert misspelt.status_code == 200
    assert misspelt.json() == {"price": "9.99", "stock": 10}
    assert right.status_code == 400
    assert right.json() == {"price": ["Whole amounts only."]}
    with pytest.raises(ValidationError) as error:
        MisspeltSerializer().validate_prise(9)
    assert error.value.detail == ["No price is good."]


@trap("A validate_<field>() without a return makes the value None")
def test_a_rule_that_returns_nothing(api):
    """The value of the field is what the method returns, here None. Only the NOT NULL constraint
    refuses it: in a nullable column it would be saved. DRF does check that `validate()` returned
    something, and raises AssertionError."""
    factories.product.make(sku="P-0001")
    api.raise_request_exception = False

    cents = api.put("/05/products/P-0001/field-returns-nothing/", {"price": "9.99"})
    too_much = api.put(
        "/05/products/P-0001/object-returns-nothing/", {"price": "7.00", "stock": 143}
    )
    of_object = api.put(
        "/05/products/P-0001/object-returns-nothing/", {"price": "9.00", "stock": 10}
    )
    of_field = api.put("/05/products/P-0001/field-returns-nothing/", {"price": "9.00", "stock": 10})

    assert cents.status_code == too_much.status_code == 400
    assert cents.json() == {"price": ["Whole amounts only."]}
    assert too_much.json() == {"non_field_errors": ["Worth more than 1,000.00."]}
    assert of_object.status_code == of_field.status_code == 500
    assert isinstance(of_object.exc_info[1], AssertionError)
    assert isinstance(of_field.exc_info[1], IntegrityError)


@trap(
    "validate_<field>() is called with None if null was sent, and with the default if nothing was"
)
def test_when_the_method_of_an_optional_field_is_called(api):
    """DRF skips a field that was not sent, and its method too. A field with a default is not
    skipped: the method gets the default. A null skips the validators of the field but not its
    method, so a method for a nullable field must accept None."""
    nothing = api.post("/05/check/optional/", {})
    null = api.post("/05/check/optional/", {"nullable": None})
    sent = api.post("/05/check/optional/", {"optional": 5, "nullable": 6, "defaulted": 7})
    refused = api.post("/05/check/optional/", {"optional": None})

    assert nothing.json() == {
        "calls": ["validate_defaulted"],
        "errors": {},
        "values": {"defaulted": 1},
    }
    assert null.json() == {
        "calls": ["validate_nullable", "validate_defaulted"],
        "errors": {},
        "values": {"nullable": None, "defaulted": 1},
    }
    assert sent.json() == {
        "calls": ["validate_optional", "validate_nullable", "validate_defaulted"],
        "errors": {},
        "values": {"optional": 5, "nullable": 6, "defaulted": 7},
    }
    assert refused.json() == {
        "calls": ["validate_defaulted"],
        "errors": {"optional": ["This field may not be null."]},
        "values": {},
    }


@trap("Your own validators in extra_kwargs replace those of the model")
def test_a_reusable_validator_replaces_the_unique_one(api):
    """A rule that several serializers need is a validator: a function, or a class with `__call__`.
    Here two serializers use `StartsWith("P-")`. In `extra_kwargs` it replaces the derived
    UniqueValidator, so a duplicate passes and the database raises IntegrityError. List both."""
    factories.product.make(sku="P-0001")
    factories.product.make(sku="P-0002")
    api.raise_request_exception = False

    wrong = api.put("/05/products/P-0001/validators-replaced/", {"sku": "X-0001"})
    wrong_too = api.put("/05/products/P-0001/validators-complete/", {"sku": "X-0001"})
    refused = api.patch("/05/products/P-0001/validators-complete/", {"sku": "P-0002"})
    crashed = api.patch("/05/products/P-0001/validators-replaced/", {"sku": "P-0002"})

    assert wrong.status_code == wrong_too.status_code == refused.status_code == 400
    assert wrong.json() == wrong_too.json() == {"sku": ["Must start with P-."]}
    assert refused.json() == {"sku": ["This field must be unique."]}
    assert crashed.status_code == 500
    assert isinstance(crashed.exc_info[1], IntegrityError)


@trap("Django's own ValidationError is a 400 in validation and a 500 anywhere else")
def test_where_a_rule_of_django_is_called(api):
    """`full_clean()` and other code that does not know DRF raises Django's class, which has the
    same name. DRF translates it in validators and in the validate methods. In `create()`,
    `update()` or the view it is an error like any other, so the client gets 500."""
    factories.product.make(sku="P-0001")
    api.raise_request_exception = False

    in_validate = api.patch("/05/products/P-0001/checked-in-validate/", {"stock": 501})
    full = api.patch("/05/products/P-0001/checked-in-validate/", {"stock": 500})
    in_update = api.patch("/05/products/P-0001/checked-in-update/", {"stock": 501})
    price_only = api.patch("/05/products/P-0001/checked-in-update/", {"price": "9.00"})

    assert in_validate.status_code == 400
    assert in_validate.json() == {"stock": ["A shelf holds 500."]}
    assert full.status_code == price_only.status_code == 200
    assert full.json() == {"price": "10.00", "stock": 500}
    assert in_update.status_code == 500
    assert isinstance(in_update.exc_info[1], DjangoValidationError)
    assert price_only.json() == {"price": "9.00", "stock": 500}


@trap("A key that no field knows is silently dropped")
def test_an_unknown_key_is_dropped_or_refused(api):
    """A client that sends `stok` gets 200, and the stock does not change. DRF has no setting for
    this. Compare the keys in `to_internal_value()`, which also works in a nested serializer and in
    a list."""
    factories.product.make(sku="P-0001")

    dropped = api.patch("/05/products/P-0001/rules/", {"stok": 5})
    refused = api.patch("/05/products/P-0001/strict/", {"stok": 5})
    accepted = api.patch("/05/products/P-0001/strict/", {"stock": 5})

    assert dropped.status_code == accepted.status_code == 200
    assert dropped.json() == {"price": "10.00", "stock": 100}
    assert refused.status_code == 400
    assert refused.json() == {"stok": ["Unknown field."]}
    assert accepted.json() == {"price": "10.00", "stock": 5}


@trap("Fields accept more than their type in JSON")
def test_fields_convert_what_they_can(api):
    """An IntegerField makes 3 of "3.0", a CharField makes "5" of 5, and a BooleanField makes false
    of "off". But 3.7 and true are no integers, true is no text, and "maybe" is no boolean."""
    converted = api.post("/05/check/types/", {"number": "3.0", "text": 5, "flag": "off"})
    refused = api.post("/05/check/types/", {"number": 3.7, "text": True, "flag": "maybe"})
    refused_too = api.post("/05/check/types/", {"number": True, "text": "5", "flag": True})

    assert converted.status_code == 200
    assert converted.json() == {"number": 3, "text": "5", "flag": False}
    assert refused.status_code == refused_too.status_code == 400
    assert refused.json() == {
        "number": ["A valid integer is required."],
        "text": ["Not a valid string."],
        "flag": ["Must be a valid boolean."],
    }
    assert refused_too.json() == {"number": ["A valid integer is required."]}


@trap("The errors of a list are an object with the positions as keys", since="DRF 3.18")
def test_a_list_names_only_its_bad_items(api):
    """Since DRF 3.18 the errors of `many=True` are an object. Its keys are the positions of the bad
    items, from 0. Before, they were a list as long as the data, with `{}` for each good item. A
    client that loops over that list breaks."""
    refused = api.post(
        "/05/check/list/",
        [{"price": "9.00", "stock": 1}, {"price": "9.99", "stock": 1}],
    )
    accepted = api.post("/05/check/list/", [{"price": "9.00", "stock": 1}])

    assert refused.status_code == 400
    assert refused.json() == {"1": {"price": ["Whole amounts only."]}}
    assert accepted.status_code == 200
    assert accepted.json() == [{"price": "9.00", "stock": 1}]
