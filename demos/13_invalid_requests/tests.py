import json

import pytest
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import IntegrityError

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Order, Payment

pytestmark = pytest.mark.django_db


@claim("Serializer validation answers 400 with errors per field", verdict=Verdict.DEPENDS)
def test_only_a_raised_error_becomes_a_400(api):
    """Only where the error is raised: `is_valid(raise_exception=True)`, as the generic views do
    it. A bare `is_valid()` returns False, and if nobody looks, the client gets its own input back
    with 200. Raised, all fields are reported at once."""
    unchecked = api.post("/13/payments/unchecked/", {"amount": "much"})
    checked = api.post("/13/payments/checked/", {"amount": "much"})

    assert unchecked.status_code == 200
    assert unchecked.json() == {"amount": "much"}
    assert checked.status_code == 400
    assert checked.json() == {
        "order": ["This field is required."],
        "amount": ["A valid number is required."],
        "transaction_id": ["This field is required."],
    }


@claim("DRF automatically answers an invalid request with 400", verdict=Verdict.DEPENDS)
def test_each_fault_has_a_status_of_its_own(api, anonymous, stage):
    """400 is for a body that cannot be read or whose values are wrong. Before that the generic
    views ask, in this order, what the client accepts (406), who it is (403), the method (405), the
    object (404), and the type of the body (415). A conflict with the state of the order (409) is
    an APIException of one's own."""
    factories.order.make(reference="A-0001", status=Order.Status.SHIPPED)
    factories.order.make(reference="A-0002")
    xml = {"data": "<order/>", "content_type": "text/xml"}
    not_json = {"data": "points_used=5", "content_type": "application/json"}
    stage.say("A request with every fault there is, then one fault fewer each time:")

    answers = [
        anonymous.post("/13/orders/A-0009/", **xml, headers={"accept": "text/xml"}),
        anonymous.post("/13/orders/A-0009/", **xml),
        api.post("/13/orders/A-0009/", **xml),
        api.patch("/13/orders/A-0009/", **xml),
        api.patch("/13/orders/A-0001/", **xml),
        api.patch("/13/orders/A-0001/", **not_json),
        api.patch("/13/orders/A-0001/", {"points_used": -5}),
        api.patch("/13/orders/A-0001/", {"points_used": 5}),
        api.patch("/13/orders/A-0002/", {"points_used": 5}),
    ]

    assert [(answer.status_code, answer.json()) for answer in answers] == [
        (406, {"detail": "Could not satisfy the request Accept header."}),
        (403, {"detail": "Authentication credentials were not provided."}),
        (405, {"detail": 'Method "POST" not allowed.'}),
        (404, {"detail": "No Order matches the given query."}),
        (415, {"detail": 'Unsupported media type "text/xml" in request.'}),
        (400, {"detail": "JSON parse error - Expecting value: line 1 column 1 (char 0)"}),
        (400, {"points_used": ["Ensure this value is greater than or equal to 0."]}),
        (409, {"detail": "A shipped order no longer changes."}),
        (200, {"reference": "A-0002", "status": "PENDING", "points_used": 5, "note": ""}),
    ]


@claim("For an error of my own I raise ValidationError", verdict=Verdict.DEPENDS)
def test_in_a_view_the_validation_error_of_django_is_a_500(api):
    """Two classes have that name. A serializer turns both into a 400; in a view only that of DRF
    is one. Django's is no APIException, so it is a bug like any other."""
    api.raise_request_exception = False

    in_serializer = api.post("/13/points/serializer/", {"points": 500})
    django_in_serializer = api.post("/13/points/serializer/django/", {"points": 500})
    in_view = api.post("/13/points/by-hand/", {"points": 500})
    django_in_view = api.post("/13/points/by-hand/django/", {"points": 500})

    assert in_serializer.status_code == django_in_serializer.status_code == 400
    assert in_serializer.json() == django_in_serializer.json() == {"points": ["Not enough points."]}
    assert in_view.status_code == 400
    assert in_view.json() == ["Not enough points."]
    assert django_in_view.status_code == 500
    assert isinstance(django_in_view.exc_info[1], DjangoValidationError)


@claim("ValidationError gives the client a clear message", verdict=Verdict.DEPENDS)
def test_the_shape_of_the_body_follows_what_was_raised(api, stage):
    """The text is clear, its place is not. Raised with a text, it names no field, and the body is
    a list. With a text for a field, the field has a string where a serializer has a list. Raise
    what a serializer would: `{"points": ["…"]}`."""
    text = api.post("/13/points/by-hand/", {"points": 500})
    stage.say(f"The body: {json.dumps(text.json())}")
    text_for_field = api.post("/13/points/by-hand/text/", {"points": 500})
    list_for_field = api.post("/13/points/by-hand/list/", {"points": 500})

    assert text.json() == ["Not enough points."]
    assert text_for_field.json() == {"points": "Not enough points."}
    assert list_for_field.json() == {"points": ["Not enough points."]}


@claim("Custom messages go into error_messages", verdict=Verdict.DEPENDS)
def test_error_messages_do_not_reach_the_unique_validator(api):
    """Those of the field itself do: required, blank, max_length. Whether a name is taken is asked
    by a UniqueValidator, which has a message of its own: give it there, or on the model's
    field."""
    factories.category.make(name="Tea", slug="tea")

    missing = api.post("/13/categories/", {"slug": "herbs"})
    taken = api.post("/13/categories/", {"slug": "herbs", "name": "Tea"})
    own_message = api.post("/13/categories/own-validator/", {"slug": "herbs", "name": "Tea"})

    assert missing.json() == {"name": ["Give the shelf a name."]}
    assert taken.json() == {"name": ["category with this name already exists."]}
    assert own_message.json() == {"name": ["We have a shelf of that name."]}


@claim("Validation maintains data integrity", verdict=Verdict.WRONG)
@pytest.mark.django_db(transaction=True)
def test_only_the_constraint_keeps_the_data_whole(api):
    """The database does. A ModelSerializer takes over the validators of a field, but no
    CheckConstraint: the negative amount passes validation, the database refuses it, and the
    client gets a 500. Said in the serializer as well, the same rule is a 400."""
    factories.order.make(reference="A-0001")
    payment = {"order": "A-0001", "amount": "-5.00", "transaction_id": "T-1"}
    api.raise_request_exception = False

    unsaid = api.post("/13/payments/checked/", payment)
    said = api.post("/13/payments/positive/", payment)

    assert unsaid.status_code == 500
    assert isinstance(unsaid.exc_info[1], IntegrityError)
    assert said.status_code == 400
    assert said.json() == {"amount": ["Ensure this value is greater than or equal to 0.01."]}
    assert Payment.objects.count() == 0


@trap("A declared relation loses the UniqueValidator of its one-to-one field")
@pytest.mark.django_db(transaction=True)
def test_a_second_payment_is_a_500_until_the_declared_field_asks(api):
    """A ModelSerializer gives a UniqueValidator to the fields that it makes, and none to a field
    that you declare. The second payment of one order passes validation, and the unique column
    answers 500. Name the validator in the declared field."""
    factories.order.make(_quantity=2)
    api.raise_request_exception = False

    factories.payment.make(order=Order.objects.get(reference="A-0001"), transaction_id="T-0")
    payment = {"order": "A-0001", "amount": "5.00", "transaction_id": "T-1"}
    declared = api.post("/13/payments/checked/", payment)
    validated = api.post("/13/payments/positive/", payment)
    other_order = api.post("/13/payments/positive/", {**payment, "order": "A-0002"})

    assert declared.status_code == 500
    assert isinstance(declared.exc_info[1], IntegrityError)
    assert validated.status_code == 400
    assert validated.json() == {"order": ["This order is paid already."]}
    assert other_order.status_code == 201
    assert Payment.objects.count() == 2


@trap("A misspelt field is no error, nor is a read-only one")
def test_what_the_serializer_does_not_know_is_dropped(api):
    """DRF reads the fields it knows and drops the rest: 200, and nothing has changed. A serializer
    that refuses what it will not write has to be written by oneself; it takes a few lines."""
    factories.order.make(reference="A-0001")

    dropped = api.patch("/13/orders/A-0001/", {"nota": "ring twice", "status": "PAID"})
    refused = api.patch("/13/orders/strict/A-0001/", {"nota": "ring twice", "status": "PAID"})

    assert dropped.status_code == 200
    assert dropped.json() == {
        "reference": "A-0001",
        "status": "PENDING",
        "points_used": 0,
        "note": "",
    }
    assert refused.status_code == 400
    assert refused.json() == {"nota": ["Not accepted here."], "status": ["Not accepted here."]}


@trap("A body that is no object makes request.data[…] a 500")
@pytest.mark.parametrize(
    ("body", "error", "message"),
    [
        ({}, KeyError, {"points": ["This field is required."]}),
        ({"points": "many"}, TypeError, {"points": ["A valid integer is required."]}),
        (
            [500],
            TypeError,
            {"non_field_errors": ["Invalid data. Expected a dictionary, but got list."]},
        ),
    ],
)
def test_a_serializer_survives_any_body(api, body, error, message):
    """JSON may be a list, a text, a number or null, and a number may be a text. By hand each of
    them needs a check; a serializer has them all."""
    api.raise_request_exception = False

    by_hand = api.post("/13/points/by-hand/", body)
    by_serializer = api.post("/13/points/serializer/", body)

    assert by_hand.status_code == 500
    assert type(by_hand.exc_info[1]) is error
    assert by_serializer.status_code == 400
    assert by_serializer.json() == message


@trap("Query parameters are input too")
def test_a_query_parameter_nobody_checked_is_a_500(api):
    """No serializer sees them, and the ORM raises Django's ValidationError, or ValueError for an
    integer. Check them as you check a body: with a serializer, or a filter set."""
    factories.product.make(sku="P-0001", price=5)
    api.raise_request_exception = False

    fine = api.get("/13/products/naive/?min=5")
    naive = api.get("/13/products/naive/?min=cheap")
    checked = api.get("/13/products/checked/?min=cheap")

    assert fine.json() == [{"sku": "P-0001", "price": "5.00"}]
    assert naive.status_code == 500
    assert isinstance(naive.exc_info[1], DjangoValidationError)
    assert checked.status_code == 400
    assert checked.json() == {"min": ["A valid number is required."]}


@trap("A 404 does not come by itself")
def test_objects_get_answers_500_for_an_unknown_order(api):
    """`Order.objects.get()` raises DoesNotExist, which DRF does not know. `get_object()` of the
    generic views and `get_object_or_404()` raise Http404, which it does."""
    api.raise_request_exception = False

    naive = api.get("/13/orders/naive/A-0009/")
    generic = api.get("/13/orders/A-0009/")

    assert naive.status_code == 500
    assert isinstance(naive.exc_info[1], Order.DoesNotExist)
    assert generic.status_code == 404
    assert generic.json() == {"detail": "No Order matches the given query."}
