from decimal import Decimal

import pytest
from django.core.exceptions import FieldError

from runner import Verdict, claim, trap
from shop import factories
from shop.factories import stock_orders

pytestmark = pytest.mark.django_db


@claim("Its value is calculated at runtime and stored nowhere")
def test_the_value_follows_the_order_and_cannot_be_sent(api):
    """A point is worth 0.01: using 500 of them makes the order 5.00 cheaper, with no column to keep
    in step. The field is read-only by construction: the `payable` that is sent is dropped without
    a word, and the answer is 200 all the same."""
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
    """Only if the serializer was given the request. Generic views put it into the `context`; a
    serializer built by hand has an empty one, unless you pass it, and `self.context["request"]`
    is a KeyError."""
    factories.order.make(reference="A-0001")
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
    """The sum is right, its type is lost. What a method returns goes to JSON as it is, and DRF's
    encoder turns a Decimal into a float: `0.3`. Whoever calculates with floats ships their error
    as well. A `DecimalField` gives `"0.30"`, as it does for a price."""
    factories.order_item.make(order__reference="A-0001", quantity=3, unit_price=Decimal("0.10"))

    decimal = api.get("/04/orders/A-0001/method/")
    floats = api.get("/04/orders/A-0001/float/")
    typed = api.get("/04/orders/A-0001/annotated/")

    assert decimal.json() == {"reference": "A-0001", "points_used": 0, "payable": 0.3}
    assert floats.json() == {
        "reference": "A-0001",
        "points_used": 0,
        "payable": 0.30000000000000004,
    }
    assert typed.json() == {"reference": "A-0001", "points_used": 0, "payable": "0.30"}


@claim(
    "It keeps business logic in the serializer and leaves the models alone", verdict=Verdict.DEPENDS
)
def test_nobody_else_can_use_a_rule_that_lives_in_a_method(api, stage):
    """It does, and so the rule is out of reach for everything else: nobody can sort by it. The
    wish is ignored, or it is a FieldError once the view lists the field in `ordering_fields`.
    The same rule as an annotation leaves the models alone too, and the database can use it."""
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
    """`items.aggregate(…)` is a new query each time, so prefetching makes it one worse. Loop over
    the prefetched `items.all()`: 2 queries. Or annotate the queryset: 1."""
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
        ("last", 1, 12),
        ("filter", 2, 12),
        ("values", [{"quantity": 1}, {"quantity": 1}], 12),
    ],
)
def test_what_a_call_on_prefetched_items_costs(
    api, django_assert_num_queries, call, answer, queries
):
    """On prefetched `items`, `count()` and `exists()` look at the rows in memory, and `first()`
    does where the model has an ordering. `last()`, `filter()` and `values()` make a new
    queryset, which knows of nothing."""
    stock_orders(10, items=2)

    with django_assert_num_queries(queries):
        response = api.get(f"/04/orders/prefetched/{call}/")

    api.raise_request_exception = False
    unknown = api.get("/04/orders/prefetched/median/")
    assert response.json()[0] == {"reference": "A-0001", "answer": answer}
    assert unknown.status_code == 404


@trap("The annotation that replaces the method is stale in the answer to a PATCH")
def test_an_annotation_is_older_than_what_was_just_written(api):
    """It was calculated when the order was read, before the write. A method field calculates when
    it answers. With an annotation, read the object again after saving."""
    factories.order_item.make(order__reference="A-0001", quantity=2)

    stale = api.patch("/04/orders/A-0001/annotated/", {"points_used": 500})
    read = api.get("/04/orders/A-0001/annotated/")
    fresh = api.patch("/04/orders/A-0001/read-again/", {"points_used": 1000})

    assert stale.json() == {"reference": "A-0001", "points_used": 500, "payable": "20.00"}
    assert read.json() == {"reference": "A-0001", "points_used": 500, "payable": "15.00"}
    assert fresh.json() == {"reference": "A-0001", "points_used": 1000, "payable": "10.00"}


@trap("A missing method is noticed only after the row was saved")
def test_a_misspelt_method_fails_when_the_answer_is_rendered(api):
    """The field is called `products`, the method `get_product`. Nothing complains at import, an
    empty list is 200, validation passes, the brand is saved: then the answer fails. The client
    sees a 500, tries again, and the brand is there already."""
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
    assert right.status_code == 201
    assert right.json() == {"name": "Jasmine", "products": 0}
