from datetime import UTC, datetime

import pytest

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Customer, Order, OrderItem

# Real transactions: BEGIN and ROLLBACK, not the savepoints of one that the test itself runs in.
pytestmark = pytest.mark.django_db(transaction=True)

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def points_left(buyer):
    buyer.refresh_from_db()
    return buyer.points


@claim("create() is the place for business logic, such as spending reward points")
def test_the_default_create_inserts_one_row_and_does_nothing_else(api, stage, buyer):
    """The default `create()` inserts the order and knows nothing of points. The override gets what
    was validated, and with it the customer, whom the view adds: `save(customer=…)`."""
    api.raise_request_exception = False
    rows = []

    default = api.post("/03/orders/default/", {"reference": "A-0001", "points_used": 30})
    rows.append(["default", points_left(buyer)])
    spending = api.post("/03/orders/spending/", {"reference": "A-0002", "points_used": 30})
    rows.append(["spending", points_left(buyer)])
    spending_none = api.post("/03/orders/spending/", {"reference": "A-0003"})
    rows.append(["spending, no points sent", points_left(buyer)])

    stage.table(["create()", "points left of 100"], rows)
    assert default.status_code == spending.status_code == spending_none.status_code == 201
    assert spending_none.json() == {"reference": "A-0003", "points_used": 0}
    assert rows == [["default", 100], ["spending", 70], ["spending, no points sent", 70]]


@claim("A partial update is a reason to override update()", verdict=Verdict.WRONG)
def test_the_default_update_is_partial_already(api):
    """The default `update()` changes what it is given, and validation lets a PATCH leave fields
    out. PUT calls the same `update()`: only `self.partial` tells the two apart."""
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


@claim("A conditional change, of the status say, belongs in update()", verdict=Verdict.DEPENDS)
def test_a_refusal_in_update_comes_too_late_for_validation(api):
    """Its effects do. Whether it is allowed is validation: `validate_status` sees `self.instance`
    too. A refusal raised in `update()` also gets its 400, but in the shape in which it was typed:
    here a bare text, where every other field has a list."""
    factories.order.make(reference="A-0001", status="CANCELLED")

    in_update = api.patch("/03/orders/A-0001/refusing-in-update/", {"status": "PAID"})
    in_validation = api.patch("/03/orders/A-0001/refusing-in-validation/", {"status": "PAID"})

    assert in_update.status_code == in_validation.status_code == 400
    assert in_update.json() == {"status": "A cancelled order stays cancelled."}
    assert in_validation.json() == {"status": ["A cancelled order stays cancelled."]}
    assert Order.objects.get().status == "CANCELLED"


@claim("Nested data needs a create() of your own")
def test_the_default_create_refuses_nested_items(api, buyer):
    """The default `create()` answers nested data with an AssertionError, although `is_valid()` had
    no objection. The override takes the items out, saves the order, then its items."""
    factories.product.make(sku="P-0001")
    order = {"reference": "A-0001", "items": [{"product": "P-0001", "quantity": 2}]}
    api.raise_request_exception = False

    default = api.post("/03/orders/nested/default/", order)
    creating = api.post("/03/orders/nested/creating/", order)

    assert default.status_code == 500
    assert isinstance(default.exc_info[1], AssertionError)
    assert creating.status_code == 201
    assert creating.json() == order
    assert OrderItem.objects.count() == 1


@claim("create() validates the points", verdict=Verdict.DEPENDS)
def test_a_fault_found_in_create_is_reported_alone(api):
    """It must, and it is not enough. Found in `create()` alone, the missing points are reported
    once the other faults are mended; `validate_points_used` reports them together. But points can
    go between validation and writing: the check that counts is the one inside the UPDATE."""
    buyer = factories.customer.make(points=20)
    factories.order.make(reference="A-0001", customer=buyer)
    api.force_authenticate(buyer.user)

    first = api.post("/03/orders/spending/", {"reference": "A-0001", "points_used": 30})
    then = api.post("/03/orders/spending/", {"reference": "A-0002", "points_used": 30})
    together = api.post("/03/orders/checked-early/", {"reference": "A-0001", "points_used": 30})

    assert first.status_code == then.status_code == together.status_code == 400
    assert first.json() == {"reference": ["order with this reference already exists."]}
    assert then.json() == {"points_used": ["Not enough points are left."]}
    assert together.json() == {**first.json(), **then.json()}


@claim("atomic() makes the whole checkout safe", verdict=Verdict.DEPENDS)
def test_the_same_400_leaves_another_database(api, stage, buyer):
    """The product is sold out, and each time the client sees the same 400. Without `atomic()` the
    points are gone and an empty order stays. With it, nothing happened. But where the error is
    caught inside the block it never leaves it, and Django commits."""
    factories.product.make(sku="P-0001", stock=0)
    order = {
        "reference": "A-0001",
        "points_used": 30,
        "items": [{"product": "P-0001", "quantity": 1}],
    }
    rows = []

    for url in ("/03/checkout/naive/", "/03/checkout/atomic/", "/03/checkout/caught-inside/"):
        Order.objects.all().delete()
        Customer.objects.update(points=100)
        response = api.post(url, order)
        assert response.json() == {"items": ["Product 1 is out of stock."]}
        rows.append([url, response.status_code, points_left(buyer), Order.objects.count()])

    stage.table(["endpoint", "status", "points left of 100", "orders"], rows)
    assert rows == [
        ["/03/checkout/naive/", 400, 70, 1],
        ["/03/checkout/atomic/", 400, 100, 0],
        ["/03/checkout/caught-inside/", 400, 70, 1],
    ]


@trap("The default update() writes every column, and undoes what another PATCH wrote")
@pytest.mark.database("sqlite")
def test_two_patches_at_once_lose_a_change(race, stage):
    """Both requests read the order before either wrote. Each then writes all columns, the old
    value of the other's among them: two times 200, and one change is lost. With
    `save(update_fields=…)` each writes what it was sent, and both changes stay."""
    rows = []

    for url in ("/03/orders/A-0001/default/", "/03/orders/A-0001/given-fields/"):
        Order.objects.all().delete()
        order = factories.order.make(reference="A-0001")
        noted, paid = race(sender(url, {"note": "ring"}), sender(url, {"status": "PAID"}))
        order.refresh_from_db()
        kept = (order.note == "ring") + (order.status == "PAID")
        rows.append([url, noted.status_code, paid.status_code, kept])

    stage.table(["endpoint", "note", "status", "changes kept of 2"], rows)
    assert rows == [
        ["/03/orders/A-0001/default/", 200, 200, 1],
        ["/03/orders/A-0001/given-fields/", 200, 200, 2],
    ]


def sender(url, changes):
    return lambda client: client.patch(url, changes)


@trap("update_fields leaves updated_at behind")
def test_an_auto_now_column_must_be_named_too(api, stage):
    """`auto_now` sets the time while its column is being saved. With `update_fields` the row
    changes and the time does not, unless the column is named as well."""
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


@trap("A create() that forgets its return has committed before anyone notices")
def test_the_missing_return_is_noticed_after_the_commit(api, buyer):
    """`save()` asserts that `create()` returned something, and by then the `atomic()` around
    `create()` is over. The client gets a 500 for an order that exists, tries again, and is told
    so."""
    api.raise_request_exception = False

    failed = api.post("/03/orders/returning-nothing/", {"reference": "A-0001"})
    again = api.post("/03/orders/returning-nothing/", {"reference": "A-0001"})

    assert failed.status_code == 500
    assert isinstance(failed.exc_info[1], AssertionError)
    assert again.status_code == 400
    assert again.json() == {"reference": ["order with this reference already exists."]}
    assert Order.objects.count() == 1


@trap("A create() for nested data leaves PATCH without one")
def test_a_nested_patch_fails_until_update_is_written_too(api):
    """The POST works, and the first PATCH that sends items is a 500. What it should mean, to
    replace all items, to match them by key or to add some, is yours to decide and to write."""
    order = factories.order.make(reference="A-0001")
    factories.product.make(sku="P-0001")
    factories.order_item.make(order=order, product__sku="P-0002")
    items = {"items": [{"product": "P-0001", "quantity": 2}]}
    api.raise_request_exception = False

    creating = api.patch("/03/orders/A-0001/nested/creating/", items)
    replacing = api.patch("/03/orders/A-0001/nested/replacing/", items)

    assert creating.status_code == 500
    assert isinstance(creating.exc_info[1], AssertionError)
    assert replacing.status_code == 200
    assert replacing.json() == {"reference": "A-0001", **items}


@trap("A fault between the lines of a nested body passes every validator of a line")
def test_the_parent_compares_the_lines_and_a_line_knows_what_it_needs(api, buyer):
    """A line does not see the other lines, so only the serializer of the order can refuse the same
    product twice; the unique constraint would answer 500. A PATCH asks for no field, and that
    reaches the nested lines: a line without a product passes, although it becomes a new row. A
    line without a quantity is fine, because the quantity has a default."""
    api.raise_request_exception = False
    factories.product.make(sku="P-0001")
    once, twice = [{"product": "P-0001"}], [{"product": "P-0001"}] * 2
    factories.order.make(reference="A-0002")

    created_twice = api.post("/03/orders/nested/creating/", {"reference": "A-0001", "items": twice})
    created = api.post("/03/orders/nested/creating/", {"reference": "A-0001", "items": once})
    patched_twice = api.patch("/03/orders/A-0002/nested/replacing/", {"items": twice})
    patched_empty = api.patch("/03/orders/A-0002/nested/replacing/", {"items": [{}]})
    patched = api.patch("/03/orders/A-0002/nested/replacing/", {"items": once})

    refused = [created_twice, patched_twice, patched_empty]
    assert [answer.status_code for answer in refused] == [400, 400, 400]
    assert (
        created_twice.json() == patched_twice.json() == {"items": ["Send each product only once."]}
    )
    assert patched_empty.json() == {"items": {"0": {"product": ["This field is required."]}}}
    assert [created.status_code, patched.status_code] == [201, 200]
    assert (
        created.json()["items"] == patched.json()["items"] == [{"product": "P-0001", "quantity": 1}]
    )
