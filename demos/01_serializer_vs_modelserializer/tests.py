import pytest
from django.db import IntegrityError

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Brand, Order

from .models import Price, Voucher
from .serializers import (
    DeclaredNameSerializer,
    ExtraKwargsNameSerializer,
    GuardedBrandSerializer,
    ModelBrandSerializer,
    ModelOrderSerializer,
    PlainBrandSerializer,
    PlainOrderSerializer,
    PriceSerializer,
    QuoteSerializer,
    VoucherSerializer,
)

pytestmark = pytest.mark.django_db


@claim("A ModelSerializer makes its fields from the model")
def test_three_lines_of_meta_give_the_fields_written_by_hand(api, stage):
    """Three names in `Meta.fields` give the same response as three fields written by hand. The
    table shows what DRF makes of each name: the type, and also the rules of the model.
    `repr(serializer)` prints the same."""
    factories.order.make(reference="A-0001", note="ring twice")

    by_hand = api.get("/01/orders/A-0001/plain/")
    derived = api.get("/01/orders/A-0001/model/")

    assert by_hand.json() == {"reference": "A-0001", "status": "PENDING", "note": "ring twice"}
    assert derived.json() == by_hand.json()
    made = {name: repr(field) for name, field in ModelOrderSerializer().fields.items()}
    stage.table(["field", "made from the model"], list(made.items()))
    assert made == {
        "reference": "CharField(max_length=20, validators="
        "[<UniqueValidator(queryset=Order.objects.all())>])",
        "status": "ChoiceField(choices=[('PENDING', 'Pending'), ('PAID', 'Paid'), "
        "('SHIPPED', 'Shipped'), ('CANCELLED', 'Cancelled')], required=False)",
        "note": "CharField(allow_blank=True, max_length=200, required=False)",
    }
    written = PlainOrderSerializer().fields
    assert repr(written["reference"]) == "CharField(max_length=20)"
    assert repr(written["note"]) == "CharField(allow_blank=True, max_length=200, required=False)"


@claim("A plain Serializer is for data that belongs to no model, such as a quote at the checkout")
def test_what_is_kept_in_no_table_needs_a_plain_serializer(api):
    """A plain Serializer validates and formats any data, without a model. Nothing is saved here, so
    it needs no `create()`. A ModelSerializer without a model raises AssertionError."""
    factories.product.make(sku="P-0001", price=10)
    api.raise_request_exception = False

    quoted = api.post("/01/quotes/plain/", {"product": "P-0001", "quantity": 3})
    refused = api.post("/01/quotes/plain/", {"product": "P-0001", "quantity": 0})
    too_many = api.post("/01/quotes/plain/", {"product": "P-0001", "quantity": 1001})
    modelless = api.post("/01/quotes/model/", {"product": "P-0001", "quantity": 3})

    assert quoted.status_code == 200
    assert quoted.json() == {"product": "P-0001", "quantity": 3, "total": "30.00"}
    assert repr(QuoteSerializer().fields["total"]) == (
        "DecimalField(decimal_places=2, max_digits=None, read_only=True)"
    )
    assert refused.status_code == too_many.status_code == 400
    assert refused.json() == {"quantity": ["Ensure this value is greater than or equal to 1."]}
    assert too_many.json() == {"quantity": ["Ensure this value is less than or equal to 1000."]}
    assert modelless.status_code == 500
    assert str(modelless.exc_info[1]) == (
        'Class ModelessQuoteSerializer missing "Meta.model" attribute'
    )


@claim("A ModelSerializer provides create() and update()")
def test_a_model_serializer_saves_by_itself(api):
    """POST and PATCH save the brand, and the serializer is only three lines of `Meta`."""
    created = api.post("/01/brands/model/", {"name": "Uji"})
    renamed = api.patch("/01/brands/Uji/model/", {"name": "Kyoto"})

    assert created.status_code == 201
    assert renamed.status_code == 200
    assert renamed.json() == {"name": "Kyoto"}
    assert Brand.objects.get().name == "Kyoto"


@claim("A plain Serializer needs its own create() and update()")
def test_a_plain_serializer_saves_only_what_you_write(api):
    """Without them, `save()` raises NotImplementedError after validation, and the client gets 500.
    With them it works like a ModelSerializer, if you remember that a PATCH can leave out any
    field."""
    factories.brand.make(name="Uji")
    api.raise_request_exception = False

    not_created = api.post("/01/brands/bare/", {"name": "Assam"})
    not_updated = api.patch("/01/brands/Uji/bare/", {"name": "Kyoto"})
    created = api.post("/01/brands/plain/", {"name": "Assam"})
    updated = api.patch("/01/brands/Uji/plain/", {"name": "Kyoto"})
    unchanged = api.patch("/01/brands/Kyoto/plain/", {})

    assert not_created.status_code == not_updated.status_code == 500
    assert str(not_created.exc_info[1]) == "`create()` must be implemented."
    assert str(not_updated.exc_info[1]) == "`update()` must be implemented."
    assert created.status_code == 201
    assert updated.status_code == unchanged.status_code == 200
    assert unchanged.json() == {"name": "Kyoto"}
    assert [brand.name for brand in Brand.objects.all()] == ["Assam", "Kyoto"]


@claim("Take a plain Serializer for custom validation", verdict=Verdict.WRONG)
@pytest.mark.parametrize(
    ("sent", "status", "body"),
    [
        ({"note": "HURRY"}, 400, {"note": ["Please do not shout."]}),
        (
            {"status": "CANCELLED"},
            400,
            {"non_field_errors": ["Say in the note why it is cancelled."]},
        ),
        (
            {"status": "CANCELLED", "note": "sold out"},
            200,
            {"reference": "A-0001", "status": "CANCELLED", "note": "sold out"},
        ),
    ],
    ids=["validate_note()", "validate()", "valid"],
)
def test_both_validate_with_the_same_methods(api, sent, status, body):
    """A ModelSerializer is a Serializer, so `validate_<field>()` and `validate()` work the same way
    in both. Here both serializers inherit the two methods from one class."""
    factories.order.make(reference="A-0001")

    plain = api.patch("/01/orders/A-0001/plain/", sent)
    model = api.patch("/01/orders/A-0001/model/", sent)

    assert plain.status_code == model.status_code == status
    assert plain.json() == model.json() == body


@claim("Take a plain Serializer for a nested response", verdict=Verdict.WRONG)
def test_both_nest_what_they_show(api):
    """A ModelSerializer can have a serializer as a field too, here with `many=True,
    read_only=True`. The two bodies are equal, and a PATCH ignores the items. Only nested input
    needs your own code."""
    product = factories.product.make(sku="P-0001")
    order = factories.order.make(reference="A-0001")
    factories.order_item.make(order=order, product=product, quantity=2)
    api.raise_request_exception = False

    plain = api.get("/01/orders/A-0001/nested/plain/")
    model = api.get("/01/orders/A-0001/nested/model/")
    patched = api.patch("/01/orders/A-0001/nested/model/", {"items": []})

    assert patched.status_code == 200
    assert plain.json() == model.json() == patched.json()
    assert model.json() == {
        "reference": "A-0001",
        "items": [{"product": "P-0001", "quantity": 2}],
    }


@trap("A duplicate is a 400 from a ModelSerializer and a 500 from a plain one")
def test_the_real_difference_is_the_derived_validators(api, stage):
    """`Brand.name` is unique. A ModelSerializer derives a UniqueValidator from that, and it queries
    the table before saving. A plain Serializer has one only if you write it. Without it the name is
    valid, and the database raises IntegrityError."""
    factories.brand.make(name="Uji")
    api.raise_request_exception = False
    names = {
        "model": repr(ModelBrandSerializer().fields["name"]),
        "plain": repr(PlainBrandSerializer().fields["name"]),
    }
    stage.table(["serializer", "its field name"], list(names.items()))

    derived = api.post("/01/brands/model/", {"name": "Uji"})
    by_hand = api.post("/01/brands/guarded/", {"name": "Uji"})
    forgotten = api.post("/01/brands/plain/", {"name": "Uji"})

    assert derived.status_code == by_hand.status_code == 400
    assert derived.json() == {"name": ["brand with this name already exists."]}
    assert by_hand.json() == {"name": ["This field must be unique."]}
    assert GuardedBrandSerializer().fields["name"].max_length == 100
    assert forgotten.status_code == 500
    assert isinstance(forgotten.exc_info[1], IntegrityError)
    assert names == {
        "model": "CharField(max_length=100, validators="
        "[<UniqueValidator(queryset=Brand.objects.all())>])",
        "plain": "CharField(max_length=100)",
    }


@trap("Two requests at once both pass the UniqueValidator")
@pytest.mark.database("sqlite")
@pytest.mark.django_db(transaction=True)
def test_the_constraint_decides_a_race_of_two_duplicates(race, stage):
    """The validator asks before the row is written, and at that moment the name is free for both.
    The unique constraint refuses the second row. So keep the constraint, and expect IntegrityError
    even with the validator."""

    def create(client):
        client.raise_request_exception = False
        return client.post("/01/brands/model/", {"name": "Uji"})

    responses = race(create, create)

    created, crashed = sorted(responses, key=lambda response: response.status_code)
    assert (created.status_code, crashed.status_code) == (201, 500)
    assert isinstance(crashed.exc_info[1], IntegrityError)
    assert Brand.objects.count() == 1
    stage.say(f"Brands in the table: {Brand.objects.count()}.")


@trap("A field written by hand saves a value that is not one of the choices")
def test_choices_are_no_rule_of_the_database(api, stage):
    """Only the derived ChoiceField checks `choices`. A plain CharField does not, and the table does
    not. The typo is saved, and the response is 200."""
    order = factories.order.make(reference="A-0001")

    refused = api.patch("/01/orders/A-0001/model/", {"status": "PAYED"})
    stored = api.patch("/01/orders/A-0001/plain/", {"status": "PAYED"})

    assert refused.status_code == 400
    assert refused.json() == {"status": ['"PAYED" is not a valid choice.']}
    assert stored.status_code == 200
    order.refresh_from_db()
    stage.say(f"In the table: `{order.status}`.")
    assert order.status == "PAYED"
    assert repr(PlainOrderSerializer().fields["status"]) == (
        "CharField(max_length=10, required=False)"
    )


@trap("A field that you declare loses its derived validators")
def test_a_declared_field_derives_nothing(api, stage):
    """Both serializers require at least two letters. A declared field replaces the whole derived
    field, so the UniqueValidator is lost. `extra_kwargs` changes the derived field and keeps the
    UniqueValidator."""
    factories.brand.make(name="Uji")
    api.raise_request_exception = False
    names = {
        "extra_kwargs": repr(ExtraKwargsNameSerializer().fields["name"]),
        "declared": repr(DeclaredNameSerializer().fields["name"]),
    }
    stage.table(["serializer", "its field name"], list(names.items()))

    too_short = api.post("/01/brands/extra-kwargs/", {"name": "U"})
    too_short_too = api.post("/01/brands/declared/", {"name": "U"})
    kept = api.post("/01/brands/extra-kwargs/", {"name": "Uji"})
    lost = api.post("/01/brands/declared/", {"name": "Uji"})

    assert too_short.status_code == too_short_too.status_code == 400
    assert too_short.json() == too_short_too.json()
    assert too_short.json() == {"name": ["Ensure this field has at least 2 characters."]}
    assert kept.status_code == 400
    assert kept.json() == {"name": ["brand with this name already exists."]}
    assert lost.status_code == 500
    assert isinstance(lost.exc_info[1], IntegrityError)
    assert names == {
        "extra_kwargs": "CharField(max_length=100, min_length=2, validators="
        "[<UniqueValidator(queryset=Brand.objects.all())>])",
        "declared": "CharField(max_length=100, min_length=2)",
    }


@trap("A unique set is checked only if the serializer has all of its fields")
def test_a_field_handed_over_at_save_comes_too_late(api):
    """An order has each product only once, and the order is in the URL. With `save(order=…)` the
    order arrives after validation, so DRF derives no validator. As a HiddenField the order is one
    of the fields: no client can set it, and the pair is checked."""
    product, _, _ = factories.product.make(_quantity=3, price=25)
    order, _ = factories.order.make(_quantity=2)
    factories.order_item.make(order=order, product=product)
    api.raise_request_exception = False

    hidden = api.post("/01/orders/A-0001/items/hidden/", {"product": "P-0002", "quantity": 3})
    at_save = api.post("/01/orders/A-0001/items/at-save/", {"product": "P-0003", "quantity": 4})
    rows = list(order.items.values_list("product__sku", "quantity", "unit_price"))
    checked = api.post("/01/orders/A-0001/items/hidden/", {"product": "P-0001"})
    unchecked = api.post("/01/orders/A-0001/items/at-save/", {"product": "P-0001"})

    assert hidden.status_code == at_save.status_code == 201
    assert hidden.json() == {"product": "P-0002", "quantity": 3}
    assert at_save.json() == {"product": "P-0003", "quantity": 4}
    assert rows == [("P-0001", 1, 10), ("P-0002", 3, 25), ("P-0003", 4, 25)]
    assert checked.status_code == 400
    assert checked.json() == {
        "non_field_errors": ["The fields order, product must make a unique set."]
    }
    assert unchecked.status_code == 500
    assert isinstance(unchecked.exc_info[1], IntegrityError)


@trap("A PUT resets a field of a unique set to its default")
def test_a_default_in_a_unique_set_overwrites_on_put(api):
    """A field with a model default is optional. If a PUT leaves it out, the old value stays: 6
    pieces. A field of a unique set is different. DRF gives it the default, so the PUT changes USD
    to EUR. A PATCH changes neither."""
    price = Price.objects.create(sku="P-0001", currency="USD", pieces=6)

    patched = api.patch("/01/prices/P-0001/", {"sku": "P-0001"})
    put = api.put("/01/prices/P-0001/", {"sku": "P-0001"})

    assert patched.status_code == put.status_code == 200
    assert patched.json() == {"sku": "P-0001", "currency": "USD", "pieces": 6}
    assert put.json() == {"sku": "P-0001", "currency": "EUR", "pieces": 6}
    price.refresh_from_db()
    assert (str(price), price.currency, price.pieces) == ("P-0001", "EUR", 6)
    assert (Price().currency, Price().pieces) == ("EUR", 1)
    fields = PriceSerializer().fields
    assert repr(fields["sku"]) == "CharField(max_length=20, required=True)"
    assert repr(fields["currency"]) == "CharField(default='EUR', max_length=3)"


@trap("A nested body passes validation, and then saving it raises AssertionError")
def test_a_nested_write_needs_its_own_create(api, django_assert_num_queries):
    """DRF cannot know whether to create, change or replace the nested objects, so the default
    `create()` raises AssertionError. Your own `create()` saves them, in one transaction. Check the
    list as a whole too: no derived validator notices one product twice in one body."""
    factories.customer.make(name="Mei")
    factories.product.make(sku="P-0001")
    api.raise_request_exception = False
    sent = {
        "reference": "A-0001",
        "customer": "Mei",
        "items": [{"product": "P-0001", "quantity": 2}],
    }

    declined = api.post("/01/orders/without-create/", sent)
    with django_assert_num_queries(9) as counted:
        written = api.post("/01/orders/with-create/", sent)
    statements = [query["sql"].split()[0] for query in counted.captured_queries]
    twice = {**sent, "reference": "A-0002", "items": sent["items"] * 2}
    refused = api.post("/01/orders/with-create/", twice)

    assert declined.status_code == 500
    assert isinstance(declined.exc_info[1], AssertionError)
    assert str(declined.exc_info[1]).splitlines()[0] == (
        "The `.create()` method does not support writable nested fields by default."
    )
    assert written.status_code == 201
    assert written.json() == sent
    assert statements[3:7] == ["SAVEPOINT", "INSERT", "INSERT", "RELEASE"]
    assert refused.status_code == 400
    assert refused.json() == {"items": ["Send each product only once."]}
    assert Order.objects.get().items.get().quantity == 2


@trap("A serializer never calls Model.clean()")
def test_the_rule_in_clean_is_not_asked(api):
    """Django's forms call `full_clean()`, which calls `clean()`. Serializers do not, so a voucher
    that takes 50 off an order of 10 is saved. Call `full_clean()` in `validate()`, or write the
    rule there."""
    api.raise_request_exception = False

    accepted = api.post(
        "/01/vouchers/full-clean/", {"code": "MUG", "discount": "5.00", "minimum": "10.00"}
    )
    stored = api.post(
        "/01/vouchers/model/", {"code": "TEA", "discount": "50.00", "minimum": "10.00"}
    )
    refused = api.post(
        "/01/vouchers/full-clean/", {"code": "CUP", "discount": "50.00", "minimum": "10.00"}
    )

    assert accepted.status_code == stored.status_code == 201
    assert accepted.json() == {"code": "MUG", "discount": "5.00", "minimum": "10.00"}
    assert refused.status_code == 400
    assert refused.json() == {"__all__": ["The discount exceeds the minimum."]}
    assert [str(voucher) for voucher in Voucher.objects.order_by("code")] == ["MUG", "TEA"]


@trap("Not every constraint has a validator")
@pytest.mark.parametrize(
    ("code", "discount", "errors"),
    [
        ("CUP", "0.00", ["Constraint “discount_above_zero” is violated."]),
        ("tea", "5.00", ["Constraint “one_code_in_any_case” is violated."]),
    ],
    ids=["CheckConstraint", "UniqueConstraint(Lower(code))"],
)
def test_constraints_that_name_no_fields_are_left_to_the_database(api, code, discount, errors):
    """DRF derives no validator from a CheckConstraint, and none from a UniqueConstraint over an
    expression. The ModelSerializer accepts the value, and the database raises IntegrityError.
    `full_clean()` checks both constraints."""
    Voucher.objects.create(code="TEA", discount="0.01", minimum=10)
    api.raise_request_exception = False
    sent = {"code": code, "discount": discount, "minimum": "10.00"}

    refused = api.post("/01/vouchers/full-clean/", sent)
    crashed = api.post("/01/vouchers/model/", sent)

    assert refused.status_code == 400
    assert refused.json() == {"__all__": errors}
    assert {name: repr(field) for name, field in VoucherSerializer().fields.items()} == {
        "code": "CharField(max_length=20)",
        "discount": "DecimalField(decimal_places=2, max_digits=6)",
        "minimum": "DecimalField(decimal_places=2, max_digits=6)",
    }
    assert crashed.status_code == 500
    assert isinstance(crashed.exc_info[1], IntegrityError)
