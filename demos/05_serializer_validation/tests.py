import pytest
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import IntegrityError

from runner import Verdict, claim, trap
from shop import factories

pytestmark = pytest.mark.django_db


@claim("validate_<field>() checks the value of one field")
def test_a_rule_for_one_field_answers_below_its_name(api):
    """It gets the value after the field's own checks, and what it returns is saved. Its error
    stands below the name of the field."""
    factories.product.make(sku="P-0001")

    refused = api.put("/05/products/P-0001/rules/", {"price": "9.99", "stock": 10})
    accepted = api.put("/05/products/P-0001/rules/", {"price": "9.00", "stock": 10})

    assert refused.status_code == 400
    assert refused.json() == {"price": ["Whole amounts only."]}
    assert accepted.status_code == 200
    assert accepted.json() == {"price": "9.00", "stock": 10}


@claim("validate() checks several fields together")
def test_a_rule_for_two_fields_answers_for_none_of_them(api):
    """9.00 is a good price and 200 a good stock; only together they are too much. The error
    stands below `non_field_errors`, unless you raise a dict that names a field."""
    factories.product.make(sku="P-0001")

    refused = api.put("/05/products/P-0001/rules/", {"price": "9.00", "stock": 200})
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
def test_two_requests_pass_the_same_validation(api, race, stage):
    """It does while nobody else writes. Two requests both find 100 points and both spend them, in
    spite of `atomic()`. So the rule must also stand in the write: `UPDATE … WHERE points >= 100`
    makes the second one wait, look again and find no row."""
    trusting = factories.order.make(reference="A-0001", customer__points=100)
    asking_again = factories.order.make(reference="A-0002", customer__points=100)

    def spend_validated(client):
        return client.post("/05/orders/A-0001/points/validated/", {"points": 100})

    def spend_conditionally(client):
        return client.post("/05/orders/A-0002/points/conditional/", {"points": 100})

    described = api.options("/05/orders/A-0001/points/validated/")
    alone = api.post("/05/orders/A-0001/points/validated/", {"points": 101})
    both = race(spend_validated, spend_validated)
    trusting.refresh_from_db()
    stage.say(f"Of 100 points, {trusting.points_used} were spent.")
    one = race(spend_conditionally, spend_conditionally)
    asking_again.refresh_from_db()
    stage.say(f"Of 100 points, {asking_again.points_used} were spent.")

    assert described.status_code == 200
    assert described.json()["actions"]["POST"]["points"]["min_value"] == 1
    assert alone.status_code == 400
    assert alone.json() == {"points": ["Not enough points."]}
    assert [response.status_code for response in both] == [200, 200]
    assert trusting.points_used == 200
    assert sorted(response.status_code for response in one) == [200, 400]
    assert asking_again.points_used == 100


@claim("If validation fails, DRF answers 400 by itself", verdict=Verdict.DEPENDS)
def test_a_bare_is_valid_answers_200(api):
    """Only where somebody raises. `is_valid()` returns False and nothing more; who does not look
    answers 200 and sends the bad values back. `is_valid(raise_exception=True)` raises, and the
    generic views call it so."""
    factories.product.make(sku="P-0001")

    bare = api.post("/05/products/check/bare/", {"price": "-1.00", "stock": 10})
    raising = api.post("/05/products/check/raising/", {"price": "-1.00", "stock": 10})
    generic = api.put("/05/products/P-0001/rules/", {"price": "-1.00", "stock": 10})

    assert bare.status_code == 200
    assert bare.json() == {"price": "-1.00", "stock": 10}
    assert raising.status_code == generic.status_code == 400
    assert raising.json() == {"price": ["Ensure this value is greater than or equal to 0.01."]}
    assert generic.json() == raising.json()


@trap("validate() is not called at all when any field has failed")
def test_the_order_of_validation(api, stage):
    """Field by field: `to_internal_value`, the validators, then `validate_<field>`. A failure
    skips the rest of its own field only, so the errors of all fields come together. If there are
    none, `Meta.validators` follow, then `validate()`: a client may have to mend twice."""
    good = api.post("/05/products/check/recorded/", {"price": 20, "stock": 10})
    low = api.post("/05/products/check/recorded/", {"price": 0, "stock": 10})
    words = api.post("/05/products/check/recorded/", {"price": "dear", "stock": "many"})
    logs = [response.json()["calls"] for response in (good, low, words)]
    stage.table(
        ["called", "both good", "price 0", "both words"],
        [
            [step, *(log.index(step) + 1 if step in log else "–" for log in logs)]
            for step in logs[0]
        ],
    )

    assert good.json() == {
        "errors": {},
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
    }
    assert low.json() == {
        "errors": {"price": ["At least 1."]},
        "calls": [
            "price: to_internal_value",
            "price: validators",
            "stock: to_internal_value",
            "stock: validators",
            "validate_stock",
        ],
    }
    assert words.json() == {
        "errors": {
            "price": ["A valid integer is required."],
            "stock": ["A valid integer is required."],
        },
        "calls": ["price: to_internal_value", "stock: to_internal_value"],
    }


@trap("On a PATCH validate() sees only what was sent")
def test_a_patch_breaks_a_rule_about_two_fields(api):
    """The other value is in the database, not in `attrs`. `attrs["price"]` is a KeyError; asking
    whether both are there lets everything pass that comes alone. Take what is missing from
    `self.instance`."""
    factories.product.make(sku="P-0001", price=10, stock=50)
    api.raise_request_exception = False

    key_error = api.patch("/05/products/P-0001/key-error/", {"stock": 200})
    if_both = api.patch("/05/products/P-0001/if-both/", {"stock": 200})
    merged = api.patch("/05/products/P-0001/rules/", {"stock": 200})

    assert key_error.status_code == 500
    assert isinstance(key_error.exc_info[1], KeyError)
    assert if_both.status_code == 200
    assert if_both.json() == {"price": "10.00", "stock": 200}
    assert merged.status_code == 400
    assert merged.json() == {"non_field_errors": ["Worth more than 1,000.00."]}


@trap("A misspelt validate_<field>() is never called")
def test_a_misspelt_rule_lets_everything_pass(api):
    """DRF looks for a method named after each field and calls what it finds. `validate_prise`
    fits no field, so nobody calls it and nobody complains."""
    factories.product.make(sku="P-0001")

    misspelt = api.put("/05/products/P-0001/misspelt/", {"price": "9.99", "stock": 10})
    right = api.put("/05/products/P-0001/rules/", {"price": "9.99", "stock": 10})

    assert misspelt.status_code == 200
    assert misspelt.json() == {"price": "9.99", "stock": 10}
    assert right.status_code == 400
    assert right.json() == {"price": ["Whole amounts only."]}


@trap("A validate_<field>() without a return makes the value None")
def test_a_rule_that_returns_nothing(api):
    """What it returns is the value from then on. For the whole object DRF asserts that
    `validate()` returned something; for a field it takes the None, and only the database
    refuses it here: in a column that may be null it would be saved."""
    factories.product.make(sku="P-0001")
    api.raise_request_exception = False

    of_object = api.put(
        "/05/products/P-0001/object-returns-nothing/", {"price": "9.00", "stock": 10}
    )
    of_field = api.put("/05/products/P-0001/field-returns-nothing/", {"price": "9.00", "stock": 10})

    assert of_object.status_code == of_field.status_code == 500
    assert isinstance(of_object.exc_info[1], AssertionError)
    assert isinstance(of_field.exc_info[1], IntegrityError)


@trap("Django's own ValidationError is a 400 in validation and a 500 anywhere else")
def test_where_a_rule_of_django_is_called(api):
    """`full_clean()` and rules that know nothing of DRF raise Django's class, which is another one
    of the same name. Within `validate…` and validators DRF translates it; raised in `create()`,
    `update()` or the view, it is an error like any other."""
    factories.product.make(sku="P-0001")
    api.raise_request_exception = False

    in_validate = api.patch("/05/products/P-0001/checked-in-validate/", {"stock": 501})
    in_update = api.patch("/05/products/P-0001/checked-in-update/", {"stock": 501})
    price_only = api.patch("/05/products/P-0001/checked-in-update/", {"price": "9.00"})

    assert in_validate.status_code == 400
    assert in_validate.json() == {"stock": ["A shelf holds 500."]}
    assert in_update.status_code == 500
    assert isinstance(in_update.exc_info[1], DjangoValidationError)
    assert price_only.status_code == 200
    assert price_only.json() == {"price": "9.00", "stock": 100}


@trap("The errors of a list are told by position, in an object")
def test_a_list_names_only_its_bad_items(api):
    """Since DRF 3.18 the errors of `many=True` are an object whose keys are the positions, from 0.
    Before, they were a list as long as the data, with `{}` for each good item: a client that
    walks through both side by side breaks."""
    response = api.post(
        "/05/products/check/list/",
        [{"price": "9.00", "stock": 1}, {"price": "9.99", "stock": 1}],
    )

    assert response.status_code == 400
    assert response.json() == {"1": {"price": ["Whole amounts only."]}}
