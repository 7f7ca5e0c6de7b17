import pytest
from django.db import connection
from django.db.transaction import TransactionManagementError

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Customer, Order, Product

from .views import charges

# Real transactions: BEGIN and COMMIT, not the savepoints of one that the test itself runs in.
pytestmark = pytest.mark.django_db(transaction=True)

LEFT_BEHIND = ["endpoint", "status", "points left", "orders"]


@pytest.fixture(autouse=True)
def sold_out_product(buyer):
    """Each test has a signed-in customer with 100 points, and a product that is sold out."""
    charges.clear()
    factories.product.make(stock=0)


@pytest.fixture
def atomic_requests(monkeypatch, stage):
    """As if settings.py said so; Django reads it at every request."""
    stage.say('`DATABASES["default"]["ATOMIC_REQUESTS"] = True`')
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)


def checkout(api, url):
    """Check out with 100 points and no order yet; return what is left behind."""
    Customer.objects.update(points=100)
    Order.objects.all().delete()
    response = api.post(url)
    return [url, response.status_code, Customer.objects.get().points, Order.objects.count()]


@claim("With atomic() all writes of a checkout succeed, or none")
def test_the_failing_checkout_leaves_nothing_behind(api, stage):
    """40 of 100 points are spent, an order is written, then the product turns out to be sold out.
    Without a transaction each statement is committed by itself: the points are gone, the order
    stays."""
    rows = [
        checkout(api, "/15/checkout/unprotected/"),
        checkout(api, "/15/checkout/atomic-method/"),
    ]

    stage.table(LEFT_BEHIND, rows)
    assert rows == [
        ["/15/checkout/unprotected/", 400, 60, 1],
        ["/15/checkout/atomic-method/", 400, 100, 0],
    ]


@claim("The payment goes into the transaction with the order", verdict=Verdict.WRONG)
def test_a_rollback_gives_no_money_back(api, stage):
    """The payment provider knows nothing of ROLLBACK, no more than a mail server or a queue: the
    order is gone, the card is charged. `transaction.on_commit()` charges for an order that
    stands; until that has succeeded the order stays PENDING."""
    rows = []

    rows.append([*checkout(api, "/15/checkout/charging-inside/"), len(charges)])
    charges.clear()
    rows.append([*checkout(api, "/15/checkout/charging-on-commit/"), len(charges)])
    Product.objects.update(stock=1)
    stage.say("The product is in stock again:")
    rows.append([*checkout(api, "/15/checkout/charging-on-commit/"), len(charges)])

    stage.table([*LEFT_BEHIND, "charges"], rows)
    assert rows == [
        ["/15/checkout/charging-inside/", 400, 100, 0, 1],
        ["/15/checkout/charging-on-commit/", 400, 100, 0, 0],
        ["/15/checkout/charging-on-commit/", 201, 60, 1, 1],
    ]


@claim("Wrapping the checkout in a transaction is enough", verdict=Verdict.DEPENDS)
def test_around_dispatch_the_error_never_arrives(api, stage):
    """Around the handler method, or as a block in it. Around `dispatch`, where class-based views
    are usually decorated, it misses every error that DRF answers: `dispatch` catches it and
    returns a response, so no exception reaches the block."""
    rows = [
        checkout(api, "/15/checkout/atomic-method/"),
        checkout(api, "/15/checkout/atomic-block/"),
        checkout(api, "/15/checkout/atomic-dispatch/"),
    ]

    stage.table(LEFT_BEHIND, rows)
    assert rows == [
        ["/15/checkout/atomic-method/", 400, 100, 0],
        ["/15/checkout/atomic-block/", 400, 100, 0],
        ["/15/checkout/atomic-dispatch/", 400, 60, 1],
    ]


@claim("If a step fails, no half-done checkout remains", verdict=Verdict.DEPENDS)
def test_an_error_that_is_returned_is_committed(api, stage):
    """Only if the failure leaves the block as an exception. A view that catches it inside and
    returns a 400 has, for all Django can see, ended well, and is committed. To return all the
    same, call `transaction.set_rollback(True)` first."""
    rows = [
        checkout(api, "/15/checkout/atomic-method/"),
        checkout(api, "/15/checkout/returning/"),
        checkout(api, "/15/checkout/set-rollback/"),
    ]

    stage.table(LEFT_BEHIND, rows)
    assert rows == [
        ["/15/checkout/atomic-method/", 400, 100, 0],
        ["/15/checkout/returning/", 400, 60, 1],
        ["/15/checkout/set-rollback/", 400, 100, 0],
    ]


@claim("Transactions make the checkout reliable", verdict=Verdict.DEPENDS)
@pytest.mark.database("postgres", because="SQLite lets one atomic block at a time write")
def test_two_transactions_spend_the_same_points(race, stage, buyer):
    """Whole or not at all, yes; one at a time, no. Two checkouts of 60 points both read 100 and
    both write 40: two orders, one of them for nothing. `select_for_update()` makes the second
    wait before it reads, and by then there are 40."""
    rows = []

    for url in ("/15/checkout/reading/", "/15/checkout/locking/"):
        Customer.objects.update(points=100)
        Order.objects.all().delete()
        responses = race(sender(buyer, url), sender(buyer, url))
        statuses = sorted(response.status_code for response in responses)
        rows.append([url, *statuses, Customer.objects.get().points, Order.objects.count()])

    stage.table(["endpoint", "one", "other", "points left", "orders"], rows)
    assert rows == [
        ["/15/checkout/reading/", 201, 201, 40, 2],
        ["/15/checkout/locking/", 201, 400, 40, 1],
    ]


def sender(buyer, url):
    def send(client):
        client.force_authenticate(buyer.user)
        return client.post(url)

    return send


@trap("ATOMIC_REQUESTS commits a request that returns its error")
def test_a_transaction_per_request_is_no_transaction_per_400(api, stage, atomic_requests):
    """The setting wraps every view in a transaction. An error that is raised is rolled back,
    because DRF's exception handler asks for it; a 400 that the view returns is an answer like any
    other."""
    rows = [
        checkout(api, "/15/checkout/unprotected/"),
        checkout(api, "/15/checkout/returning/"),
    ]

    stage.table(LEFT_BEHIND, rows)
    assert rows == [
        ["/15/checkout/unprotected/", 400, 100, 0],
        ["/15/checkout/returning/", 400, 60, 1],
    ]


@trap("With ATOMIC_REQUESTS an exception handler of your own commits the failures")
def test_the_custom_handler_loses_the_rollback(api, stage, atomic_requests):
    """The one line that rolls back, `set_rollback()`, stands in DRF's `exception_handler`. A
    handler that makes the response by itself, for one shape of all errors say, loses it. Call
    DRF's first and reshape what it returns."""
    rows = [
        checkout(api, "/15/checkout/own-handler/"),
        checkout(api, "/15/checkout/wrapping-handler/"),
    ]

    stage.table(LEFT_BEHIND, rows)
    assert rows == [
        ["/15/checkout/own-handler/", 400, 60, 1],
        ["/15/checkout/wrapping-handler/", 400, 100, 0],
    ]


@trap("An error in on_commit() comes too late to undo anything")
def test_a_failing_callback_answers_500_for_an_order_that_stands(api, stage):
    """The callback runs after COMMIT, still inside the request. If it fails, the client gets a 500
    for a checkout that succeeded, and buys again. With `robust=True` Django logs the error and
    goes on."""
    api.raise_request_exception = False

    rows = [
        checkout(api, "/15/checkout/receipt/"),
        checkout(api, "/15/checkout/robust-receipt/"),
    ]

    stage.table(LEFT_BEHIND, rows)
    assert rows == [
        ["/15/checkout/receipt/", 500, 60, 1],
        ["/15/checkout/robust-receipt/", 201, 60, 1],
    ]


@trap("After an IntegrityError the block answers no more queries")
def test_only_a_savepoint_survives_an_integrity_error(api, buyer):
    """Catching it is not enough: the transaction is broken, and the next query raises
    TransactionManagementError. An inner `atomic()` is a savepoint: it takes back its own writes,
    and the outer block goes on."""
    factories.order.make(reference="A-0001")
    api.raise_request_exception = False

    broken = api.post("/15/checkout/integrity-error/")
    saved = api.post("/15/checkout/savepoint/")

    assert broken.status_code == 500
    assert isinstance(broken.exc_info[1], TransactionManagementError)
    assert saved.status_code == 200
    assert saved.json() == {"existing": "A-0001"}
    assert Customer.objects.get(pk=buyer.pk).points == 100


@trap("A rollback leaves the objects in memory as they are")
def test_the_answer_tells_of_points_that_were_never_spent(api):
    """The row has its 100 points again, the Python object keeps its 60, and the response tells
    them. `refresh_from_db()` before it is used again."""
    stale = api.post("/15/checkout/stale-answer/")
    fresh = api.post("/15/checkout/fresh-answer/")

    assert stale.status_code == fresh.status_code == 400
    assert stale.json() == {"points_left": 60}
    assert fresh.json() == {"points_left": 100}
    assert Customer.objects.get().points == 100


@trap("In a plain django_db test on_commit() never runs")
@pytest.mark.django_db
def test_the_tests_own_transaction_is_never_committed(
    api, stage, django_capture_on_commit_callbacks
):
    """`django_db`, like `TestCase`, wraps the test in a transaction and rolls it back, so the code
    in `on_commit()` is never tried: BEGIN and COMMIT are savepoints here. Capture the callbacks,
    or use `django_db(transaction=True)`, as the other scenes of this demo do."""
    Product.objects.update(stock=2)
    rows = []

    _, status, _, orders = checkout(api, "/15/checkout/charging-on-commit/")
    rows.append(["plain", status, orders, len(charges)])
    with django_capture_on_commit_callbacks(execute=True):
        _, status, _, orders = checkout(api, "/15/checkout/charging-on-commit/")
    rows.append(["callbacks captured and executed", status, orders, len(charges)])

    stage.table(["test", "status", "orders", "charges"], rows)
    assert rows == [["plain", 201, 1, 0], ["callbacks captured and executed", 201, 1, 1]]
