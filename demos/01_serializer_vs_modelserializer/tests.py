import pytest
from django.db import IntegrityError

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Brand, Order

from .models import Voucher
from .serializers import (
    ModelBrandSerializer,
    ModelOrderSerializer,
    PlainBrandSerializer,
)

pytestmark = pytest.mark.django_db


@claim("A ModelSerializer makes its fields from the model")
def test_three_lines_of_meta_give_the_fields_written_by_hand(api, stage):
    """Three names in `Meta.fields` answer as three fields written by hand do. The table shows what
    was made of each: not only its type, but what the model says of its values. `repr()` of a
    serializer tells you the same."""
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


@claim("A plain Serializer is for data that belongs to no model, such as a quote at the checkout")
def test_what_is_kept_in_no_table_needs_a_plain_serializer(api):
    """It checks and shapes any data and needs no model: nothing is saved, so nothing is to be
    written for it. A ModelSerializer without a model does not start."""
    factories.product.make(sku="P-0001", price=10)
    api.raise_request_exception = False

    quoted = api.post("/01/quotes/plain/", {"product": "P-0001", "quantity": 3})
    refused = api.post("/01/quotes/plain/", {"product": "P-0001", "quantity": 0})
    modelless = api.post("/01/quotes/model/", {"product": "P-0001", "quantity": 3})

    assert quoted.status_code == 200
    assert quoted.json() == {"product": "P-0001", "quantity": 3, "total": "30.00"}
    assert refused.status_code == 400
    assert refused.json() == {"quantity": ["Ensure this value is greater than or equal to 1."]}
    assert modelless.status_code == 500
    assert str(modelless.exc_info[1]) == (
        'Class ModelessQuoteSerializer missing "Meta.model" attribute'
    )


@claim("A ModelSerializer provides create() and update()")
def test_a_model_serializer_saves_by_itself(api):
    """POST and PATCH reach the table, though the serializer is three lines of `Meta`."""
    created = api.post("/01/brands/model/", {"name": "Uji"})
    renamed = api.patch("/01/brands/Uji/model/", {"name": "Kyoto"})

    assert created.status_code == 201
    assert renamed.status_code == 200
    assert renamed.json() == {"name": "Kyoto"}
    assert Brand.objects.get().name == "Kyoto"


@claim("A plain Serializer needs its own create() and update()")
def test_a_plain_serializer_saves_only_what_you_write(api):
    """Without them the request passes validation, and `save()` raises NotImplementedError: the
    client sees a 500. With them it works as the other one does."""
    factories.brand.make(name="Uji")
    api.raise_request_exception = False

    not_created = api.post("/01/brands/bare/", {"name": "Assam"})
    not_updated = api.patch("/01/brands/Uji/bare/", {"name": "Kyoto"})
    created = api.post("/01/brands/plain/", {"name": "Assam"})
    updated = api.patch("/01/brands/Uji/plain/", {"name": "Kyoto"})

    assert not_created.status_code == not_updated.status_code == 500
    assert str(not_created.exc_info[1]) == "`create()` must be implemented."
    assert str(not_updated.exc_info[1]) == "`update()` must be implemented."
    assert created.status_code == 201
    assert updated.status_code == 200
    assert [brand.name for brand in Brand.objects.all()] == ["Assam", "Kyoto"]


@claim("Take a plain Serializer for custom validation", verdict=Verdict.WRONG)
@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        ({"note": "HURRY"}, {"note": ["Please do not shout."]}),
        (
            {"status": "CANCELLED"},
            {"non_field_errors": ["Say in the note why it is cancelled."]},
        ),
    ],
    ids=["validate_note()", "validate()"],
)
def test_both_validate_with_the_same_methods(api, sent, errors):
    """`validate_<field>()` and `validate()` are the same in both: here one class with the two
    methods is mixed into both serializers. A ModelSerializer is a Serializer."""
    factories.order.make(reference="A-0001")

    plain = api.patch("/01/orders/A-0001/plain/", sent)
    model = api.patch("/01/orders/A-0001/model/", sent)

    assert plain.status_code == model.status_code == 400
    assert plain.json() == model.json() == errors


@claim("Take a plain Serializer for a nested response", verdict=Verdict.WRONG)
def test_both_nest_what_they_show(api):
    """A serializer as a field, with `many=True, read_only=True`, nests in a ModelSerializer as
    well: the two bodies are equal. It is nested input that needs code of yours."""
    product = factories.product.make(sku="P-0001")
    order = factories.order.make(reference="A-0001")
    factories.order_item.make(order=order, product=product, quantity=2)

    plain = api.get("/01/orders/A-0001/nested/plain/")
    model = api.get("/01/orders/A-0001/nested/model/")

    assert plain.json() == model.json()
    assert model.json() == {
        "reference": "A-0001",
        "items": [{"product": "P-0001", "quantity": 2}],
    }


@trap("The same duplicate is a 400 from one and a crash from the other")
def test_the_real_difference_is_the_derived_validators(api, stage):
    """Brand.name is unique. From that the ModelSerializer derives a UniqueValidator, which asks the
    table before saving. A plain Serializer has it only where you write it; else the name is valid,
    and the database is the first to object."""
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
    assert forgotten.status_code == 500
    assert isinstance(forgotten.exc_info[1], IntegrityError)
    assert names == {
        "model": "CharField(max_length=100, validators="
        "[<UniqueValidator(queryset=Brand.objects.all())>])",
        "plain": "CharField(max_length=100)",
    }


@trap("A field written by hand stores what the model would refuse")
def test_choices_are_no_rule_of_the_database(api, stage):
    """`choices` are checked by what is derived from them and by nobody else: neither by the plain
    CharField nor by the table. The slip of the pen is stored, and answered with 200."""
    order = factories.order.make(reference="A-0001")

    refused = api.patch("/01/orders/A-0001/model/", {"status": "PAYED"})
    stored = api.patch("/01/orders/A-0001/plain/", {"status": "PAYED"})

    assert refused.status_code == 400
    assert refused.json() == {"status": ['"PAYED" is not a valid choice.']}
    assert stored.status_code == 200
    order.refresh_from_db()
    stage.say(f"In the table: `{order.status}`.")
    assert order.status == "PAYED"


@trap("Declare one field of a ModelSerializer, and its validators are gone")
def test_a_declared_field_derives_nothing(api):
    """Both want two letters at least. A declared field replaces the derived one whole, and with it
    goes the UniqueValidator; `extra_kwargs` changes the derived field and keeps the rest of it."""
    factories.brand.make(name="Uji")
    api.raise_request_exception = False

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


@trap("Unique together is checked only if the serializer has all of the fields")
def test_a_field_handed_over_at_save_comes_too_late(api):
    """A product stands in an order only once, and the order is in the URL. Handed to
    `save(order=…)`, it comes after validation, so no validator was derived. As a HiddenField, which
    no client can set, it is among the fields, and the pair is checked."""
    product = factories.product.make(sku="P-0001")
    order = factories.order.make(reference="A-0001")
    factories.order_item.make(order=order, product=product)
    api.raise_request_exception = False

    checked = api.post("/01/orders/A-0001/items/hidden/", {"product": "P-0001"})
    unchecked = api.post("/01/orders/A-0001/items/at-save/", {"product": "P-0001"})

    assert checked.status_code == 400
    assert checked.json() == {
        "non_field_errors": ["The fields order, product must make a unique set."]
    }
    assert unchecked.status_code == 500
    assert isinstance(unchecked.exc_info[1], IntegrityError)


@trap("A nested body passes validation and is refused when it is saved")
def test_a_nested_write_needs_its_own_create(api):
    """Whether a nested object is to be made, changed or replaced is for you to say, so the default
    `create()` declines: not with a 400, but with an AssertionError after `is_valid()`."""
    factories.customer.make(name="Mei")
    factories.product.make(sku="P-0001")
    api.raise_request_exception = False
    sent = {
        "reference": "A-0001",
        "customer": "Mei",
        "items": [{"product": "P-0001", "quantity": 2}],
    }

    declined = api.post("/01/orders/without-create/", sent)
    written = api.post("/01/orders/with-create/", sent)

    assert declined.status_code == 500
    assert isinstance(declined.exc_info[1], AssertionError)
    assert str(declined.exc_info[1]).splitlines()[0] == (
        "The `.create()` method does not support writable nested fields by default."
    )
    assert written.status_code == 201
    assert written.json() == sent
    assert Order.objects.get().items.get().quantity == 2


@trap("Model.clean() is never called")
def test_the_rule_in_clean_is_not_asked(api):
    """`clean()` belongs to `full_clean()`, which Django's forms call and serializers do not: the
    voucher that takes 50 off an order of 10 is stored. Call it in `validate()`, or write the rule
    there."""
    api.raise_request_exception = False

    stored = api.post(
        "/01/vouchers/model/", {"code": "TEA", "discount": "50.00", "minimum": "10.00"}
    )
    refused = api.post(
        "/01/vouchers/full-clean/", {"code": "CUP", "discount": "50.00", "minimum": "10.00"}
    )

    assert stored.status_code == 201
    assert refused.status_code == 400
    assert refused.json() == {"__all__": ["The discount exceeds the minimum."]}
    assert Voucher.objects.get().code == "TEA"


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
    """From a CheckConstraint and from a UniqueConstraint over an expression nothing is derived: the
    crash is back, in a ModelSerializer. `full_clean()` asks them too."""
    Voucher.objects.create(code="TEA", discount=5, minimum=10)
    api.raise_request_exception = False
    sent = {"code": code, "discount": discount, "minimum": "10.00"}

    refused = api.post("/01/vouchers/full-clean/", sent)
    crashed = api.post("/01/vouchers/model/", sent)

    assert refused.status_code == 400
    assert refused.json() == {"__all__": errors}
    assert crashed.status_code == 500
    assert isinstance(crashed.exc_info[1], IntegrityError)
