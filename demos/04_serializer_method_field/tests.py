from decimal import Decimal

import pytest
from django.core.exceptions import FieldError

from runner import Verdict, claim, trap
from shop import factories
from shop.factories import stock_orders
from shop.models import Brand, OrderItem

from .serializers import MisspeltSerializer

pytestmark = pytest.mark.django_db


@claim("Its value is calculated at runtime and stored nowhere")
def test_the_value_follows_the_order_and_cannot_be_sent(api):
    """A point is worth 0.01. With 500 points the order costs 5.00 less, and no column must be kept
    up to date. The field is always read-only: DRF silently ignores the `payable` that was sent, and
    the response is 200."""
    factories.order_item.make(order__reference="A-0001", quantity=2)

    before = api.get("/04/orders/A-0001/method/")
    after = api.patch("/04/orders/A-0001/method/", {"points_used": 500, "payable": "0.01"})

    assert before.json() == {"reference": "A-0001", "points_used": 0, "payable": 20.0}
    assert after.status_code == 200
    assert after.json() == {"reference": "A-0001", "points_used": 500, "payable": 15.0}


@claim(
    "It can return dynamic values, such as one that depends on the request", verdict=Verdict.DEPENDS
)
def test_the_request_is_there_only_if_somebody_passed_it(api):
    """It depends on who makes the serializer. Generic views put the request into the `context`. If
    you make the serializer yourself, the context is empty unless you pass it, and
    `self.context["request"]` raises KeyError."""
    factories.order.make(reference="A-0001")
    factories.order.make(reference="A-0002")
    api.raise_request_exception = False

    generic = api.get("/04/orders/A-0001/link/generic/")
    by_hand = api.get("/04/orders/A-0001/link/by-hand/")
    with_context = api.get("/04/orders/A-0001/link/context/")

    assert generic.status_code == with_context.status_code == 200
    assert generic.json() == {
        "reference": "A-0001",
        "link": "http://testserver/04/orders/A-0001/method/",
    }
    assert with_context.json() == generic.json()
    assert by_hand.status_code == 500
    assert isinstance(by_hand.exc_info[1], KeyError)


@claim(
    "It is made for amounts: a discount, the worth of points, the sum to pay",
    verdict=Verdict.DEPENDS,
)
def test_money_leaves_a_method_field_as_a_float(api):
    """The sum is right, but its type is lost. What the method returns goes into JSON as it is, and
    the encoder of DRF makes a Decimal a float: `0.3`. If the method computes with floats, the
    client sees their error too. A `DecimalField` returns `"0.30"`."""
    factories.order_item.make(order__reference="A-0001", quantity=3, unit_price=Decimal("0.10"))

    decimal = api.get("/04/orders/A-0001/method/")
    floats = api.get("/04/orders/A-0001/float/")
    typed = api.get("/04/orders/A-0001/annotated/")
    less = api.patch("/04/orders/A-0001/float/", {"points_used": 10})
    factories.order.make(reference="A-0002")
    empty = api.get("/04/orders/query-per-order/")
    empty_and_typed = api.get("/04/orders/annotated/")

    assert decimal.json() == {"reference": "A-0001", "points_used": 0, "payable": 0.3}
    assert floats.json() == {
        "reference": "A-0001",
        "points_used": 0,
        "payable": 0.30000000000000004,
    }
    assert typed.json() == {"reference": "A-0001", "points_used": 0, "payable": "0.30"}
    assert less.json() == {
        "reference": "A-0001",
        "points_used": 10,
        "payable": 0.20000000000000004,
    }
    assert empty.json()[1] == {"reference": "A-0002", "points_used": 0, "payable": 0.0}
    assert empty_and_typed.json()[1] == {"reference": "A-0002", "points_used": 0, "payable": "0.00"}


@claim(
    "It keeps business logic in the serializer and leaves the models alone", verdict=Verdict.DEPENDS
)
def test_nobody_else_can_use_a_rule_that_lives_in_a_method(api, stage):
    """It does, and so no other code can use the rule. The database cannot sort by it: DRF ignores
    `?ordering=-payable`, or raises FieldError if the view lists the field in `ordering_fields`. An
    annotation leaves the models alone too, and the database can sort by it."""
    for reference, quantity in [("A-0001", 1), ("A-0002", 3), ("A-0003", 2)]:
        factories.order_item.make(order__reference=reference, quantity=quantity)
    api.raise_request_exception = False

    ignored = api.get("/04/orders/in-memory/?ordering=-payable")
    refused = api.get("/04/orders/ordering-fields/?ordering=-payable")
    annotated = api.get("/04/orders/annotated/?ordering=-payable")
    by_method_field = [order["payable"] for order in ignored.json()]
    by_annotation = [order["payable"] for order in annotated.json()]
    stage.table(
        ["?ordering=-payable", "1st", "2nd", "3rd"],
        [["a method field", *by_method_field], ["an annotation", *by_annotation]],
    )

    assert by_method_field == [10.0, 30.0, 20.0]
    assert by_annotation == ["30.00", "20.00", "10.00"]
    assert refused.status_code == 500
    assert isinstance(refused.exc_info[1], FieldError)


@trap("A method that queries does so for every row, prefetched or not")
@pytest.mark.parametrize(
    ("url", "payable", "orders", "queries"),
    [
        ("/04/orders/query-per-order/", 20.0, 5, 6),
        ("/04/orders/query-per-order/", 20.0, 50, 51),
        ("/04/orders/prefetched/", 20.0, 5, 7),
        ("/04/orders/prefetched/", 20.0, 50, 52),
        ("/04/orders/in-memory/", 20.0, 5, 2),
        ("/04/orders/in-memory/", 20.0, 50, 2),
        ("/04/orders/annotated/", "20.00", 5, 1),
        ("/04/orders/annotated/", "20.00", 50, 1),
    ],
)
def test_only_a_loop_or_an_annotation_ends_the_queries(
    api, stage, django_assert_num_queries, url, payable, orders, queries
):
    """`items.aggregate(…)` is a new query for each order, so prefetching only adds one more. A loop
    over the prefetched `items.all()` needs 2 queries for any number of orders. An annotation of the
    queryset needs 1."""
    stock_orders(orders, items=2)

    with django_assert_num_queries(queries) as counted:
        response = api.get(url)

    assert response.json()[0] == {"reference": "A-0001", "points_used": 0, "payable": payable}
    if orders == 50:
        stage.bar(url, len(counted), "queries for 50 orders")


@trap("Some calls use what was prefetched, others ask again")
@pytest.mark.parametrize(
    ("call", "answer", "queries"),
    [
        ("count", 2, 2),
        ("exists", True, 2),
        ("first", 1, 2),
        ("last", 2, 12),
        ("filter", 1, 12),
        ("values", [{"quantity": 1}, {"quantity": 2}], 12),
    ],
)
def test_what_a_call_on_prefetched_items_costs(
    api, django_assert_num_queries, call, answer, queries
):
    """On prefetched `items`, `count()` and `exists()` use the rows in memory. If the model has an
    ordering, `first()` does too. `last()`, `filter()` and `values()` make a new queryset, and that
    runs a query for each order."""
    stock_orders(10, items=2)
    OrderItem.objects.filter(order__reference="A-0001", product__sku="P-0002").update(quantity=2)

    with django_assert_num_queries(queries):
        response = api.get(f"/04/orders/prefetched/{call}/")

    api.raise_request_exception = False
    unknown = api.get("/04/orders/prefetched/median/")
    assert response.json()[0] == {"reference": "A-0001", "answer": answer}
    assert unknown.status_code == 404


@trap("The annotation that replaces the method is stale in the response to a PATCH")
def test_an_annotation_is_older_than_what_was_just_written(api):
    """The database computed the annotation when the view read the order, before the write. A method
    field computes its value when the response is made. With an annotation, read the order again
    after you save it."""
    factories.order_item.make(order__reference="A-0001", quantity=2)

    stale = api.patch("/04/orders/A-0001/annotated/", {"points_used": 500, "payable": "0.01"})
    read = api.get("/04/orders/A-0001/annotated/")
    fresh = api.patch("/04/orders/A-0001/read-again/", {"points_used": 1000})

    assert stale.json() == {"reference": "A-0001", "points_used": 500, "payable": "20.00"}
    assert read.json() == {"reference": "A-0001", "points_used": 500, "payable": "15.00"}
    assert fresh.json() == {"reference": "A-0001", "points_used": 1000, "payable": "10.00"}


@trap("A missing method is noticed only after the row was saved")
def test_a_misspelt_method_fails_when_the_answer_is_rendered(api):
    """The field is `products`, and the method is `get_product`. The import works, an empty list is
    200, the brand is valid, and it is saved. Then the response fails, because DRF looks for
    `get_products`. The client gets 500, tries again, and gets 400: the brand exists."""
    api.raise_request_exception = False

    empty = api.get("/04/brands/misspelt/")
    failed = api.post("/04/brands/misspelt/", {"name": "Lotus"})
    again = api.post("/04/brands/misspelt/", {"name": "Lotus"})
    right = api.post("/04/brands/", {"name": "Jasmine"})

    assert empty.status_code == 200
    assert empty.json() == []
    assert failed.status_code == 500
    assert isinstance(failed.exc_info[1], AttributeError)
    assert again.status_code == 400
    assert again.json() == {"name": ["brand with this name already exists."]}
    assert MisspeltSerializer().get_product(Brand.objects.get(name="Lotus")) == 0
    assert right.status_code == 201
    assert right.json() == {"name": "Jasmine", "products": 0}
