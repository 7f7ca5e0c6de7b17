import json

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError, IntegrityError
from rest_framework.test import APIClient

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Order, Payment

from .serializers import CategorySerializer

pytestmark = pytest.mark.django_db


@claim("Serializer validation answers 400 with errors per field", verdict=Verdict.DEPENDS)
def test_only_a_raised_error_becomes_a_400(api):
    """It is true only if the error is raised, with `is_valid(raise_exception=True)` as in the
    generic views. A bare `is_valid()` returns False. If the view ignores that, the client gets 200
    and its own input. The 400 reports the errors of all fields at once."""
    factories.order.make(reference="A-0001")
    payment = {"order": "A-0001", "amount": "5.00", "transaction_id": "T-1"}

    saved = api.post("/13/payments/unchecked/", payment)
    unchecked = api.post("/13/payments/unchecked/", {"amount": "much"})
    checked = api.post("/13/payments/checked/", {"amount": "much"})

    assert saved.status_code == unchecked.status_code == 200
    assert saved.json() == payment
    assert Payment.objects.get().transaction_id == "T-1"
    assert unchecked.json() == {"amount": "much"}
    assert checked.status_code == 400
    assert checked.json() == {
        "order": ["This field is required."],
        "amount": ["A valid number is required."],
        "transaction_id": ["This field is required."],
    }


@claim("DRF automatically answers an invalid request with 400", verdict=Verdict.DEPENDS)
def test_each_fault_has_a_status_of_its_own(api, anonymous, stage):
    """400 is for a body that cannot be read, or for wrong values. Before that, a generic view
    checks in this order: what the client accepts (406), who sends it (403), the method (405), the
    object (404), and the type of the body (415). For a conflict with the state (409) you write your
    own APIException."""
    factories.order.make(reference="A-0001", status=Order.Status.SHIPPED)
    factories.order.make(reference="A-0002")
    xml = {"data": "<order/>", "content_type": "text/xml"}
    not_json = {"data": "points_used=5", "content_type": "application/json"}
    stage.say("The first request has every fault. Each next request has one fault less:")

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
    assert answers[7].data["detail"].code == "conflict"


@claim("For an error of my own I raise ValidationError", verdict=Verdict.DEPENDS)
def test_in_a_view_the_validation_error_of_django_is_a_500(api):
    """It depends on the class, because Django and DRF both have one of that name. In a serializer,
    both become a 400. In a view, only DRF's does. Django's is not an APIException, so the client
    gets 500."""
    api.raise_request_exception = False

    in_serializer = api.post("/13/points/serializer/", {"points": 101})
    django_in_serializer = api.post("/13/points/serializer/django/", {"points": 101})
    in_view = api.post("/13/points/by-hand/", {"points": 101})
    django_in_view = api.post("/13/points/by-hand/django/", {"points": 101})
    enough_in_serializer = api.post("/13/points/serializer/", {"points": 100})
    enough_in_view = api.post("/13/points/by-hand/", {"points": 100})

    assert in_serializer.status_code == django_in_serializer.status_code == 400
    assert in_serializer.json() == django_in_serializer.json() == {"points": ["Not enough points."]}
    assert django_in_serializer.renderer_context["view"].error is DjangoValidationError
    assert in_view.status_code == 400
    assert in_view.json() == ["Not enough points."]
    assert django_in_view.status_code == 500
    assert isinstance(django_in_view.exc_info[1], DjangoValidationError)
    assert enough_in_serializer.status_code == enough_in_view.status_code == 200
    assert enough_in_serializer.json() == enough_in_view.json() == {"points": 100}


@claim("ValidationError gives the client a clear message", verdict=Verdict.DEPENDS)
def test_the_shape_of_the_body_follows_what_was_raised(api, stage):
    """The text is clear, but the shape of the body depends on what you raise. A text gives a list
    that names no field. A text for a field gives a string, where a serializer gives a list. So
    raise the shape that a serializer raises: `{"points": ["…"]}`."""
    text = api.post("/13/points/by-hand/", {"points": 500})
    stage.say(f"The body: {json.dumps(text.json())}")
    text_for_field = api.post("/13/points/by-hand/text/", {"points": 500})
    list_for_field = api.post("/13/points/by-hand/list/", {"points": 500})

    assert text.json() == ["Not enough points."]
    assert text_for_field.json() == {"points": "Not enough points."}
    assert list_for_field.json() == {"points": ["Not enough points."]}


@claim("Custom messages go into error_messages", verdict=Verdict.DEPENDS)
def test_error_messages_do_not_reach_the_unique_validator(api):
    """It is true for the messages of the field itself, such as `required`. A UniqueValidator checks
    whether a name is taken, and it has its own message. It does not read the "unique" of
    `error_messages`. Set the message on the validator."""
    factories.category.make(name="Tea", slug="tea")

    missing = api.post("/13/categories/", {"slug": "herbs"})
    taken = api.post("/13/categories/", {"slug": "herbs", "name": "Tea"})
    own_message = api.post("/13/categories/own-validator/", {"slug": "herbs", "name": "Tea"})
    created = api.post("/13/categories/", {"slug": "herbs", "name": "Herbs"})

    messages = CategorySerializer().fields["name"].error_messages
    assert messages["unique"] == "We have a shelf of that name."
    assert missing.json() == {"name": ["Give the shelf a name."]}
    assert taken.json() == {"name": ["category with this name already exists."]}
    assert own_message.json() == {"name": ["We have a shelf of that name."]}
    assert created.json() == {"name": "Herbs", "slug": "herbs"}


@claim("Validation maintains data integrity", verdict=Verdict.WRONG)
@pytest.mark.django_db(transaction=True)
def test_only_the_constraint_keeps_the_data_whole(api):
    """Only the database maintains it. A ModelSerializer derives nothing from a CheckConstraint, so
    a negative amount passes validation. The database refuses it, and the client gets 500. State the
    rule in the serializer too, and the client gets 400."""
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
    """A ModelSerializer adds a UniqueValidator to the fields that it makes, and not to a field that
    you declare. The second payment of one order passes validation, and the unique column refuses
    it: 500. Give the declared field its validator."""
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


@trap("A NUL in a related field is a 500 on PostgreSQL")
@pytest.mark.database("postgres", because="SQLite looks for a NUL like for any other character.")
@pytest.mark.django_db(transaction=True)
def test_a_related_field_does_not_check_its_text(api):
    """A CharField refuses a NUL, but a SlugRelatedField sends it to the database, and PostgreSQL
    refuses it with DataError. The client gets 500. Check the text before the lookup."""
    payment = {"order": "A-\0", "amount": "5.00", "transaction_id": "T-1"}
    api.raise_request_exception = False

    unchecked = api.post("/13/payments/checked/", payment)
    checked = api.post("/13/payments/positive/", payment)

    assert unchecked.status_code == 500
    assert isinstance(unchecked.exc_info[1], DataError)
    assert checked.status_code == 400
    assert checked.json() == {"order": ["Null characters are not allowed."]}


@trap("A misspelt field is not an error, and neither is a read-only field")
def test_what_the_serializer_does_not_know_is_dropped(api):
    """DRF reads the fields that it can write and silently ignores all others: 200, and nothing has
    changed. No setting refuses them. Your own `to_internal_value()` can, with a few lines."""
    factories.order.make(reference="A-0001")
    sent = {"nota": "ring twice", "status": "PAID", "reference": "A-0009"}

    dropped = api.patch("/13/orders/A-0001/", sent)
    refused = api.patch("/13/orders/strict/A-0001/", sent)
    accepted = api.patch("/13/orders/strict/A-0001/", {"note": "ring twice"})

    assert dropped.status_code == 200
    assert dropped.json() == {
        "reference": "A-0001",
        "status": "PENDING",
        "points_used": 0,
        "note": "",
    }
    assert refused.status_code == 400
    assert refused.json() == {
        "nota": ["Not accepted here."],
        "reference": ["Not accepted here."],
        "status": ["Not accepted here."],
    }
    assert accepted.status_code == 200
    assert accepted.json() == {
        "reference": "A-0001",
        "status": "PENDING",
        "points_used": 0,
        "note": "ring twice",
    }


@trap("A body of another shape makes request.data[…] a 500")
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
    """JSON can be a list, a text, a number or null, and a field can be missing or of another type.
    Without a serializer, each case needs its own check. A serializer has them all."""
    api.raise_request_exception = False

    by_hand = api.post("/13/points/by-hand/", body)
    by_serializer = api.post("/13/points/serializer/", body)

    assert by_hand.status_code == 500
    assert type(by_hand.exc_info[1]) is error
    assert by_serializer.status_code == 400
    assert by_serializer.json() == message


@trap("A query parameter that nothing checks is a 500")
def test_an_unchecked_query_parameter_is_a_500(api):
    """Query parameters are input too, but no serializer reads them by itself. For a price that is
    not a number, the ORM raises Django's ValidationError. Check them like a body, with a serializer
    or a filter set."""
    factories.product.make(sku="P-0001", price=5)
    factories.product.make(sku="P-0002", price=4)
    api.raise_request_exception = False

    fine = api.get("/13/products/naive/?min=5")
    fine_and_checked = api.get("/13/products/checked/?min=5")
    naive = api.get("/13/products/naive/?min=cheap")
    checked = api.get("/13/products/checked/?min=cheap")
    too_long = api.get("/13/products/checked/?min=12345678901")
    too_exact = api.get("/13/products/checked/?min=5.001")

    assert fine.json() == fine_and_checked.json() == [{"sku": "P-0001", "price": "5.00"}]
    assert naive.status_code == 500
    assert isinstance(naive.exc_info[1], DjangoValidationError)
    assert checked.status_code == 400
    assert checked.json() == {"min": ["A valid number is required."]}
    assert too_long.json() == {"min": ["Ensure that there are no more than 10 digits in total."]}
    assert too_exact.json() == {"min": ["Ensure that there are no more than 2 decimal places."]}


@trap("Order.objects.get() answers 500 for an unknown order")
def test_objects_get_answers_500_for_an_unknown_order(api):
    """`Order.objects.get()` raises DoesNotExist, and DRF does not handle that. `get_object()` of
    the generic views and `get_object_or_404()` raise Http404, and DRF does. For an unknown URL no
    view runs, so Django answers 404 with HTML."""
    factories.order.make(reference="A-0001")
    factories.order.make(reference="A-0002", note="ring twice")
    api.raise_request_exception = False

    found = api.get("/13/orders/naive/A-0002/")
    unknown_url = api.get("/13/nowhere/")
    naive = api.get("/13/orders/naive/A-0009/")
    generic = api.get("/13/orders/A-0009/")

    assert found.json() == {
        "reference": "A-0002",
        "status": "PENDING",
        "points_used": 0,
        "note": "ring twice",
    }
    assert naive.status_code == 500
    assert isinstance(naive.exc_info[1], Order.DoesNotExist)
    assert generic.status_code == 404
    assert generic.json() == {"detail": "No Order matches the given query."}
    assert unknown_url.status_code == 404
    assert unknown_url["Content-Type"] == "text/html; charset=utf-8"


@trap("Django logs a 500 as an error with its traceback, and a 400 only as a warning")
def test_the_log_tells_a_bug_from_a_mistake_of_the_client(api, stage, caplog):
    """Both go to the logger `django.request`. The level tells them apart: raise an alarm for
    errors, not for warnings. The client gets no traceback, only the 500."""
    api.raise_request_exception = False

    api.post("/13/points/serializer/", {})
    api.post("/13/points/by-hand/", {})

    rows = [
        [record.levelname, record.getMessage(), "yes" if record.exc_info else "no"]
        for record in caplog.records
    ]
    stage.table(["level", "message", "traceback"], rows)
    assert rows == [
        ["WARNING", "Bad Request: /13/points/serializer/", "no"],
        ["ERROR", "Internal Server Error: /13/points/by-hand/", "yes"],
    ]
    assert {record.name for record in caplog.records} == {"django.request"}


@trap("A body that is too large gets a 400 as an HTML page", since="DRF 3.17.2")
def test_the_limit_of_a_body_is_enforced_by_django(api, stage, settings):
    """Django raises RequestDataTooBig when the body is read, and that is not an APIException. So
    the 400 is Django's HTML page. For JSON this limit counts only since DRF 3.17.2."""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 20
    stage.say("Here the limit is 20 bytes instead of 2.5 MB.")

    small = api.post("/13/points/serializer/", {"points": 5})
    large = api.post("/13/points/serializer/", {"points": 5, "note": "ring twice"})

    assert small.status_code == 200
    assert large.status_code == 400
    assert large["Content-Type"] == "text/html; charset=utf-8"


@trap("JSON that is nested too deep is a 500")
def test_a_deep_body_ends_in_a_recursion_error(stage):
    """Python's JSON parser raises RecursionError, and DRF's JSONParser handles only ValueError. A
    subclass that raises ParseError turns it into a 400."""
    deep = {"data": "[" * 100_000, "content_type": "application/json"}
    unrecorded = APIClient(raise_request_exception=False)
    unrecorded.force_authenticate(User(username="ann"))

    crashed = unrecorded.post("/13/points/serializer/", **deep)
    refused = unrecorded.post("/13/points/serializer/shallow/", **deep)
    fine = unrecorded.post("/13/points/serializer/shallow/", {"points": 5})

    rows = [["DRF's JSONParser", crashed.status_code], ["the subclass", refused.status_code]]
    stage.table(["parser", "answer to 100,000 times ["], rows)
    assert rows == [["DRF's JSONParser", 500], ["the subclass", 400]]
    assert isinstance(crashed.exc_info[1], RecursionError)
    assert refused.json() == {"detail": "The JSON is nested too deep."}
    assert fine.json() == {"points": 5}
