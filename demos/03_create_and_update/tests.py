from datetime import UTC, datetime

import pytest
from django.db import IntegrityError

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Brand, Customer, Order, OrderItem, Product

# Real transactions: BEGIN and ROLLBACK, not the savepoints of one that the test itself runs in.
pytestmark = pytest.mark.django_db(transaction=True)

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def points_left():
    return dict(Customer.objects.values_list("name", "points"))


@claim("create() is the place for business logic, such as spending reward points")
def test_the_default_create_inserts_one_row_and_does_nothing_else(api, stage, buyer, bob):
    """The default `create()` inserts the order and does not know what points are. The override gets
    the validated data, and also the customer, which the view adds with `save(customer=…)`."""
    api.raise_request_exception = False
    rows = []

    default = api.post("/03/orders/default/", {"reference": "A-0001", "points_used": 30})
    rows.append(["default", points_left()["Ann"]])
    spending = api.post("/03/orders/spending/", {"reference": "A-0002", "points_used": 30})
    rows.append(["spending", points_left()["Ann"]])
    spending_none = api.post("/03/orders/spending/", {"reference": "A-0003"})
    rows.append(["spending, no points sent", points_left()["Ann"]])

    stage.table(["create()", "points left of 100"], rows)
    assert default.status_code == spending.status_code == spending_none.status_code == 201
    assert spending.json() == {"reference": "A-0002", "points_used": 30}
    assert spending_none.json() == {"reference": "A-0003", "points_used": 0}
    assert rows == [["default", 100], ["spending", 70], ["spending, no points sent", 70]]
    assert points_left() == {"Ann": 70, "Bob": 100}


@claim("A partial update is a reason to override update()", verdict=Verdict.WRONG)
def test_the_default_update_is_partial_already(api):
    """The default `update()` changes only what it gets, and at a PATCH validation does not require
    any field. A PUT calls the same `update()`. Only `self.partial` tells which one it is."""
    factories.order.make(reference="A-0001", status="PAID")

    default = api.patch("/03/orders/A-0001/default/", {"note": "ring"})
    patched = api.patch("/03/orders/A-0001/telling/", {"note": "ring"})
    put = api.put("/03/orders/A-0001/telling/", {"reference": "A-0001", "note": "knock"})
    read = api.get("/03/orders/A-0001/telling/")

    assert default.json() == {"reference": "A-0001", "status": "PAID", "note": "ring"}
    assert patched.json() == {"partial": True, "validated_data": {"note": "ring"}}
    assert put.json() == {
        "partial": False,
        "validated_data": {"reference": "A-0001", "note": "knock"},
    }
    assert read.json() == {}
    assert Order.objects.get().note == "knock"


@claim(
    "A conditional change, such as a change of the status, belongs in update()",
    verdict=Verdict.DEPENDS,
)
def test_a_refusal_in_update_comes_too_late_for_validation(api):
    """Its effects belong there. Whether it is allowed is validation: `validate_status` can read
    `self.instance` too. If `update()` raises the ValidationError, the client also gets 400, but the
    body is as you wrote it: here a text, where other fields have a list."""
    factories.order.make(reference="A-0001", status="CANCELLED")
    factories.order.make(reference="A-0002")

    in_update = api.patch("/03/orders/A-0001/refusing-in-update/", {"status": "PAID"})
    in_validation = api.patch("/03/orders/A-0001/refusing-in-validation/", {"status": "PAID"})
    noted = api.patch("/03/orders/A-0001/refusing-in-update/", {"note": "ring"})
    paid = api.patch("/03/orders/A-0002/refusing-in-update/", {"status": "PAID"})
    shipped = api.patch("/03/orders/A-0002/refusing-in-validation/", {"status": "SHIPPED"})

    assert in_update.status_code == in_validation.status_code == 400
    assert in_update.json() == {"status": "A cancelled order stays cancelled."}
    assert in_validation.json() == {"status": ["A cancelled order stays cancelled."]}
    assert noted.json() == {"reference": "A-0001", "status": "CANCELLED", "note": "ring"}
    assert paid.json() == {"reference": "A-0002", "status": "PAID", "note": ""}
    assert shipped.json() == {"reference": "A-0002", "status": "SHIPPED", "note": ""}
    assert Order.objects.get(reference="A-0001").status == "CANCELLED"


@claim("Nested data needs your own create()")
def test_the_default_create_refuses_nested_items(api, buyer):
    """The default `create()` raises AssertionError for nested data, although the data is valid. The
    override takes the items out of `validated_data`, saves the order, and then each item."""
    factories.product.make(sku="P-0001", price=12)
    order = {"reference": "A-0001", "items": [{"product": "P-0001", "quantity": 2}]}
    api.raise_request_exception = False

    default = api.post("/03/orders/nested/default/", order)
    creating = api.post("/03/orders/nested/creating/", order)

    assert default.status_code == 500
    assert isinstance(default.exc_info[1], AssertionError)
    assert creating.status_code == 201
    assert creating.json() == order
    assert OrderItem.objects.get().unit_price == 12


@claim("create() validates the points", verdict=Verdict.DEPENDS)
def test_a_fault_found_in_create_is_reported_alone(api, bob):
    """It must, but that is not enough. A fault that only `create()` finds is reported after the
    other faults are fixed. `validate_points_used` reports it together with the faults of the other
    fields. But another request can spend the points after validation, so the check in the UPDATE
    decides."""
    buyer = factories.customer.make(name="Mei", points=20)
    factories.order.make(reference="A-0001", customer=buyer)
    api.force_authenticate(buyer.user)

    first = api.post("/03/orders/spending/", {"reference": "A-0001", "points_used": 30})
    then = api.post("/03/orders/spending/", {"reference": "A-0002", "points_used": 30})
    together = api.post("/03/orders/checked-early/", {"reference": "A-0001", "points_used": 30})
    orders_before = Order.objects.count()
    all_points = api.post("/03/orders/checked-early/", {"reference": "A-0002", "points_used": 20})

    assert first.status_code == then.status_code == together.status_code == 400
    assert first.json() == {"reference": ["order with this reference already exists."]}
    assert then.json() == {"points_used": ["Not enough points are left."]}
    assert together.json() == {**first.json(), **then.json()}
    assert orders_before == 1
    assert all_points.status_code == 201
    assert all_points.json() == {"reference": "A-0002", "points_used": 20}
    assert points_left() == {"Bob": 100, "Mei": 0}


@claim("atomic() makes the whole checkout safe", verdict=Verdict.DEPENDS)
def test_the_same_400_leaves_another_database(api, stage, buyer, django_assert_num_queries):
    """The product is sold out, and the client gets the same 400 each time. Without `atomic()` the
    points are gone and an empty order stays. With `atomic()` nothing is left. But if you catch the
    error inside the block, the error does not leave it, and Django commits."""
    product = factories.product.make(sku="P-0001", stock=0)
    factories.product.make(sku="P-0002")
    items = [{"product": "P-0001", "quantity": 1}]
    order = {"reference": "A-0001", "points_used": 30, "items": items}
    rows = []

    for url, queries in [
        ("/03/checkout/naive/", 5),
        ("/03/checkout/atomic/", 7),
        ("/03/checkout/caught-inside/", 7),
    ]:
        Order.objects.all().delete()
        Customer.objects.update(points=100)
        with django_assert_num_queries(queries):
            response = api.post(url, order)
        assert response.json() == {"items": ["Product 1 is out of stock."]}
        rows.append([url, response.status_code, points_left()["Ann"], Order.objects.count()])

    stage.table(["endpoint", "status", "points left of 100", "orders"], rows)
    assert rows == [
        ["/03/checkout/naive/", 400, 70, 1],
        ["/03/checkout/atomic/", 400, 100, 0],
        ["/03/checkout/caught-inside/", 400, 70, 1],
    ]
    Product.objects.update(stock=1)
    bought = api.post("/03/checkout/atomic/", {**order, "reference": "A-0002"})
    assert bought.status_code == 201
    assert bought.json() == {**order, "reference": "A-0002"}
    product.refresh_from_db()
    assert (product.stock, points_left()["Ann"]) == (0, 40)


@trap("The default update() writes every column, and undoes what another PATCH wrote")
@pytest.mark.database("sqlite")
def test_two_patches_at_once_lose_a_change(race, stage):
    """Both requests read the order before either of them writes. Then each writes all columns, also
    the old value of the column that the other one changed. Both get 200, and the note is lost. With
    `save(update_fields=…)` each writes only what was sent, and both changes stay."""
    rows = []

    for url in ("/03/orders/A-0001/default/", "/03/orders/A-0001/given-fields/"):
        Order.objects.all().delete()
        order = factories.order.make(reference="A-0001")
        noted, paid = race(sender(url, {"note": "ring"}), sender(url, {"status": "PAID"}))
        order.refresh_from_db()
        rows.append([url, noted.status_code, paid.status_code, order.note, order.status])

    stage.table(["endpoint", "1st", "2nd", "note", "status"], rows)
    assert rows == [
        ["/03/orders/A-0001/default/", 200, 200, "", "PAID"],
        ["/03/orders/A-0001/given-fields/", 200, 200, "ring", "PAID"],
    ]


def sender(url, changes):
    return lambda client: client.patch(url, changes)


@trap("update_fields leaves updated_at as it was")
def test_an_auto_now_column_must_be_named_too(api, stage):
    """`auto_now` sets the time only if its column is saved. With `update_fields` the row changes
    and the time does not, unless you name that column too."""
    order = factories.order.make(reference="A-0001")
    rows = []

    for url in ("/03/orders/A-0001/forgetful-fields/", "/03/orders/A-0001/given-fields/"):
        Order.objects.update(updated_at=LONG_AGO)
        response = api.patch(url, {"note": "ring"})
        order.refresh_from_db()
        time = "as before" if order.updated_at == LONG_AGO else "new"
        rows.append([url, response.status_code, order.note, time])

    stage.table(["endpoint", "status", "note", "updated_at"], rows)
    assert rows == [
        ["/03/orders/A-0001/forgetful-fields/", 200, "ring", "as before"],
        ["/03/orders/A-0001/given-fields/", 200, "ring", "new"],
    ]


@trap("A create() that forgets its return has committed before DRF notices")
def test_the_missing_return_is_noticed_after_the_commit(api, buyer, django_assert_num_queries):
    """`save()` checks what `create()` returned. At that moment the `atomic()` around `create()` is
    over, so the order is committed. The client gets 500, tries again, and gets 400: the order
    exists."""
    api.raise_request_exception = False

    with django_assert_num_queries(4):
        failed = api.post("/03/orders/returning-nothing/", {"reference": "A-0001"})
    again = api.post("/03/orders/returning-nothing/", {"reference": "A-0001"})

    assert failed.status_code == 500
    assert isinstance(failed.exc_info[1], AssertionError)
    assert again.status_code == 400
    assert again.json() == {"reference": ["order with this reference already exists."]}
    assert Order.objects.count() == 1


@trap("With a create() for nested data, a nested PATCH still fails")
def test_a_nested_patch_fails_until_update_is_written_too(api, django_assert_num_queries):
    """The POST works, and the first PATCH that sends items is a 500. You must write `update()` too,
    and decide what the PATCH means: replace all items, match them by a key, or add some. Here it
    replaces them, in one transaction."""
    order = factories.order.make(reference="A-0001")
    factories.product.make(sku="P-0001")
    factories.order_item.make(order=order, product__sku="P-0002")
    sent = {"reference": "A-0009", "items": [{"product": "P-0001", "quantity": 2}]}
    api.raise_request_exception = False

    creating = api.patch("/03/orders/A-0001/nested/creating/", sent)
    with django_assert_num_queries(10) as queries:
        replacing = api.patch("/03/orders/A-0001/nested/replacing/", sent)
    statements = [query["sql"].split()[0] for query in queries]
    without_items = api.patch("/03/orders/A-0009/nested/replacing/", {"reference": "A-0001"})

    assert creating.status_code == 500
    assert isinstance(creating.exc_info[1], AssertionError)
    assert replacing.status_code == without_items.status_code == 200
    assert replacing.json() == sent
    assert statements == [
        *["SELECT", "SELECT", "SELECT"],
        *["BEGIN", "UPDATE", "DELETE", "INSERT", "COMMIT"],
        *["SELECT", "SELECT"],
    ]
    assert without_items.json() == {**sent, "reference": "A-0001"}


@trap("No validator notices the same product twice in one nested body")
def test_only_the_parent_can_compare_the_lines(api, buyer):
    """Each line is validated alone and does not see the other lines. So both lines are valid, and
    the unique constraint raises IntegrityError. Only the serializer of the order can compare them,
    in `validate_items`."""
    api.raise_request_exception = False
    factories.product.make(sku="P-0001")
    factories.order.make(reference="A-0002")
    twice = [{"product": "P-0001", "quantity": 1}] * 2

    unchecked = api.post("/03/orders/nested/unchecked/", {"reference": "A-0001", "items": twice})
    created = api.post("/03/orders/nested/creating/", {"reference": "A-0001", "items": twice})
    patched = api.patch("/03/orders/A-0002/nested/replacing/", {"items": twice})

    assert unchecked.status_code == 500
    assert isinstance(unchecked.exc_info[1], IntegrityError)
    assert created.status_code == patched.status_code == 400
    assert created.json() == patched.json() == {"items": ["Send each product only once."]}
    assert OrderItem.objects.count() == 0


@trap("A PATCH makes the fields of nested objects optional too")
def test_a_patch_lets_a_new_line_be_empty(api, buyer, django_assert_num_queries):
    """`partial=True` reaches all nested serializers, so a line without a product is valid. But the
    line becomes a new row, and the code that saves it raises TypeError. The serializer of the line
    must check the required key itself, and fill in the optional one."""
    api.raise_request_exception = False
    factories.product.make(sku="P-0001")
    factories.order.make(reference="A-0002")
    empty, once = {"items": [{}]}, {"items": [{"product": "P-0001"}]}

    unchecked = api.patch("/03/orders/A-0002/nested/unchecked/", empty)
    refused = api.patch("/03/orders/A-0002/nested/replacing/", empty)
    replaced = api.patch("/03/orders/A-0002/nested/replacing/", once)
    with django_assert_num_queries(8):
        created = api.post("/03/orders/nested/creating/", {"reference": "A-0001", **once})

    assert unchecked.status_code == 500
    assert isinstance(unchecked.exc_info[1], TypeError)
    assert refused.status_code == 400
    assert refused.data["items"][0] == {"product": ["This field is required."]}
    saved = {"items": [{"product": "P-0001", "quantity": 1}]}
    assert [replaced.status_code, created.status_code] == [200, 201]
    assert replaced.json() == {"reference": "A-0002", **saved}
    assert created.json() == {"reference": "A-0001", **saved}


@trap("A nested object with a unique field refuses the body that GET returned")
def test_a_nested_unique_field_refuses_its_own_value(api):
    """The nested serializer has no instance, so its UniqueValidator finds the brand of this very
    product and answers 400. Remove the validator with `extra_kwargs`, and let `update()` find or
    create the brand."""
    factories.product.make(sku="P-0001", brand__name="Uji")

    shown = api.get("/03/products/P-0001/unique-brand/")
    refused = api.put("/03/products/P-0001/unique-brand/", shown.json())
    accepted = api.put("/03/products/P-0001/any-brand/", shown.json())
    renamed = api.patch("/03/products/P-0001/any-brand/", {"brand": {"name": "Assam"}})
    unchanged = api.patch("/03/products/P-0001/any-brand/", {"brand": {}})
    moved = api.patch("/03/products/P-0001/any-brand/", {"sku": "P-0009"})

    assert shown.json() == {"sku": "P-0001", "brand": {"name": "Uji"}}
    assert refused.status_code == 400
    assert refused.json() == {"brand": {"name": ["brand with this name already exists."]}}
    assert accepted.status_code == renamed.status_code == unchanged.status_code == 200
    assert accepted.json() == shown.json()
    assert renamed.json() == unchanged.json() == {"sku": "P-0001", "brand": {"name": "Assam"}}
    assert moved.json() == {"sku": "P-0009", "brand": {"name": "Assam"}}
    assert [brand.name for brand in Brand.objects.all()] == ["Assam", "Uji"]
