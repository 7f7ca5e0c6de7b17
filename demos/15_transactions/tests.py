import pytest
from django.db import connection
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Customer, Order, Product

from . import views
from .models import DueCharge
from .views import charges

# Real transactions: BEGIN and COMMIT, and not the savepoints of a transaction around the test.
pytestmark = pytest.mark.django_db(transaction=True)

LEFT_BEHIND = ["endpoint", "status", "ends with", "points left", "orders"]
SOLD_OUT = {"product": ["Sold out."]}


@pytest.fixture(autouse=True)
def sold_out_product(buyer, bob):
    """Ann is signed in and has 100 points. Bob is another customer. One product is sold out."""
    charges.clear()
    factories.product.make(stock=0)


@pytest.fixture
def atomic_requests(monkeypatch, stage):
    """As if settings.py said so. Django reads it for every request."""
    stage.say('`DATABASES["default"]["ATOMIC_REQUESTS"] = True`')
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)


def points_of(name):
    return Customer.objects.get(name=name).points


def check_out(api, *urls):
    """Check out once at each URL, with 100 points and no order; return table rows and answers."""
    rows, answers = [], []
    for url in urls:
        Customer.objects.update(points=100)
        Order.objects.all().delete()
        with CaptureQueriesContext(connection) as queries:
            response = api.post(url)
        last = queries[-1]["sql"]
        end = last if last in ("COMMIT", "ROLLBACK") else "—"
        rows.append([url, response.status_code, end, points_of("Ann"), Order.objects.count()])
        answers.append(getattr(response, "data", None))
    return rows, answers


@claim("With atomic() all writes of a checkout succeed, or none")
def test_the_failing_checkout_leaves_nothing_behind(api, stage):
    """The checkout spends 40 of 100 points and writes an order. Then the product is sold out.
    Without a transaction, each statement is committed by itself: the points are gone, and the order
    stays."""
    rows, answers = check_out(api, "/15/checkout/unprotected/", "/15/checkout/atomic-method/")
    stage.table(LEFT_BEHIND, rows)
    stage.say("The product is in stock, and Ann has 40 points:")
    Product.objects.update(stock=2)
    Customer.objects.filter(name="Ann").update(points=40)
    covered = api.post("/15/checkout/atomic-method/")
    refused = api.post("/15/checkout/atomic-method/")

    assert rows == [
        ["/15/checkout/unprotected/", 400, "—", 60, 1],
        ["/15/checkout/atomic-method/", 400, "ROLLBACK", 100, 0],
    ]
    assert answers == [SOLD_OUT, SOLD_OUT]
    assert covered.status_code == 201
    assert refused.status_code == 400
    assert refused.json() == {"points": ["Not enough points are left."]}
    assert [*Order.objects.values_list("customer__name", "points_used")] == [("Ann", 40)]
    assert [points_of("Ann"), points_of("Bob")] == [0, 100]
    assert Product.objects.get().stock == 1


@claim("The payment goes into the transaction with the order", verdict=Verdict.WRONG)
def test_a_rollback_gives_no_money_back(api, stage):
    """A ROLLBACK does not reach the payment provider, a mail server or a queue. The order is gone,
    and the card is charged. `transaction.on_commit()` charges only after the order is saved."""
    rows = []

    for stock in (0, 1):
        for url in ("/15/checkout/charging-inside/", "/15/checkout/charging-on-commit/"):
            charges.clear()
            Product.objects.update(stock=stock)
            ((_, status, _, points, orders),), _ = check_out(api, url)
            rows.append([url, status, points, orders, len(charges)])

    stage.table(["endpoint", "status", "points left", "orders", "charges"], rows)
    assert rows == [
        ["/15/checkout/charging-inside/", 400, 100, 0, 1],
        ["/15/checkout/charging-on-commit/", 400, 100, 0, 0],
        ["/15/checkout/charging-inside/", 201, 60, 1, 1],
        ["/15/checkout/charging-on-commit/", 201, 60, 1, 1],
    ]


@claim("Wrapping the checkout in a transaction is enough", verdict=Verdict.DEPENDS)
def test_around_dispatch_the_error_never_arrives(api, stage):
    """It is enough around the handler method, or as a block inside it. Class-based views are often
    decorated at `dispatch`. There, DRF catches the error and returns a response, so no exception
    reaches the transaction."""
    rows, answers = check_out(
        api,
        "/15/checkout/atomic-method/",
        "/15/checkout/atomic-block/",
        "/15/checkout/atomic-dispatch/",
    )
    stage.table(LEFT_BEHIND, rows)
    stage.say("The product is in stock again:")
    Product.objects.update(stock=1)
    in_stock, _ = check_out(api, "/15/checkout/atomic-block/")

    assert rows == [
        ["/15/checkout/atomic-method/", 400, "ROLLBACK", 100, 0],
        ["/15/checkout/atomic-block/", 400, "ROLLBACK", 100, 0],
        ["/15/checkout/atomic-dispatch/", 400, "COMMIT", 60, 1],
    ]
    assert answers == [SOLD_OUT, SOLD_OUT, SOLD_OUT]
    assert in_stock == [["/15/checkout/atomic-block/", 201, "COMMIT", 60, 1]]


@claim("If a step fails, no half-done checkout remains", verdict=Verdict.DEPENDS)
def test_an_error_that_is_returned_is_committed(api, stage):
    """It is true if the failure leaves the block as an exception. A view can catch the exception
    inside and return a 400. For Django, that block has succeeded, so it commits. If you must
    return, call `transaction.set_rollback(True)` first."""
    rows, answers = check_out(
        api,
        "/15/checkout/atomic-method/",
        "/15/checkout/returning/",
        "/15/checkout/set-rollback/",
    )

    stage.table(LEFT_BEHIND, rows)
    assert rows == [
        ["/15/checkout/atomic-method/", 400, "ROLLBACK", 100, 0],
        ["/15/checkout/returning/", 400, "COMMIT", 60, 1],
        ["/15/checkout/set-rollback/", 400, "ROLLBACK", 100, 0],
    ]
    assert answers == [SOLD_OUT, SOLD_OUT, SOLD_OUT]


@claim("Transactions make the checkout reliable", verdict=Verdict.DEPENDS)
@pytest.mark.database("postgres", because="SQLite lets one atomic block at a time write")
def test_two_transactions_spend_the_same_points(race, stage, buyer):
    """A transaction is saved as a whole or not at all, but it does not run alone. With 60 points,
    two checkouts of 60 points both read 60 and both write 0: two orders for the price of one.
    `select_for_update()` makes the second request wait before it reads."""
    rows, orders = [], []

    for url in ("/15/checkout/reading/", "/15/checkout/locking/"):
        Customer.objects.update(points=60)
        Order.objects.all().delete()
        responses = race(sender(buyer, url), sender(buyer, url))
        statuses = sorted(response.status_code for response in responses)
        orders.append([*Order.objects.values_list("customer__name", "points_used")])
        rows.append([url, *statuses, points_of("Ann"), len(orders[-1])])
        refused = [response.data for response in responses if response.status_code == 400]

    stage.table(["endpoint", "one", "other", "points left", "orders"], rows)
    assert rows == [
        ["/15/checkout/reading/", 201, 201, 0, 2],
        ["/15/checkout/locking/", 201, 400, 0, 1],
    ]
    assert orders == [[("Ann", 60), ("Ann", 60)], [("Ann", 60)]]
    assert refused == [{"points": ["Not enough points are left."]}]


def sender(buyer, url):
    def send(client):
        client.force_authenticate(buyer.user)
        return client.post(url)

    return send


@trap("ATOMIC_REQUESTS commits a request that returns its error")
def test_a_transaction_per_request_is_no_transaction_per_400(api, stage, atomic_requests):
    """The setting runs every view in a transaction. DRF's exception handler asks for the rollback
    of an error that is raised. A 400 that the view returns is a normal response, so it is
    committed."""
    rows, answers = check_out(api, "/15/checkout/unprotected/", "/15/checkout/returning/")

    stage.table(LEFT_BEHIND, rows)
    assert rows == [
        ["/15/checkout/unprotected/", 400, "ROLLBACK", 100, 0],
        ["/15/checkout/returning/", 400, "COMMIT", 60, 1],
    ]
    assert answers == [SOLD_OUT, SOLD_OUT]


@trap("With ATOMIC_REQUESTS an exception handler of your own commits the failures")
def test_the_custom_handler_loses_the_rollback(api, stage, atomic_requests):
    """DRF's `exception_handler` calls `set_rollback()`. A handler that builds the response by
    itself, for example to give all errors one shape, does not roll back. Call DRF's handler first,
    and change the shape of what it returns."""
    rows, answers = check_out(api, "/15/checkout/own-handler/", "/15/checkout/wrapping-handler/")

    stage.table(LEFT_BEHIND, rows)
    assert rows == [
        ["/15/checkout/own-handler/", 400, "COMMIT", 60, 1],
        ["/15/checkout/wrapping-handler/", 400, "ROLLBACK", 100, 0],
    ]
    assert answers == [{"error": SOLD_OUT}, {"error": SOLD_OUT}]


@trap("An error in on_commit() comes too late to undo anything", since="Django 4.2")
def test_a_failing_callback_answers_500_for_an_order_that_stands(api, stage, caplog):
    """The callback runs after COMMIT and still inside the request. If it fails, the client gets a
    500 for a checkout that succeeded, and may buy again. With `robust=True`, since Django 4.2,
    Django logs the error and answers 201."""
    api.raise_request_exception = False

    failing, _ = check_out(api, "/15/checkout/receipt/")
    caplog.clear()
    robust, _ = check_out(api, "/15/checkout/robust-receipt/")

    stage.table(LEFT_BEHIND, failing + robust)
    assert failing == [["/15/checkout/receipt/", 500, "COMMIT", 60, 1]]
    assert robust == [["/15/checkout/robust-receipt/", 201, "COMMIT", 60, 1]]
    assert caplog.messages == [
        "Error calling send_receipt in on_commit() during transaction (The mail server is down.)."
    ]


@trap("A charge in on_commit() is made at most once, and an outbox remembers it")
def test_a_charge_that_fails_after_commit_is_lost(api, stage, monkeypatch):
    """`on_commit()` keeps its callbacks in memory. If the process dies after COMMIT or the provider
    is down, nothing makes the charge. An outbox is a table that the same transaction writes. A
    worker reads it and charges, and it tries again after a failure."""
    Product.objects.update(stock=1)
    api.raise_request_exception = False

    with monkeypatch.context() as patch:
        patch.setattr(views, "charge", provider_is_down)
        stage.say("The payment provider is down:")
        on_commit, _ = check_out(api, "/15/checkout/charging-on-commit/")
        sold_out, _ = check_out(api, "/15/checkout/outbox/")
        Product.objects.update(stock=1)
        outbox, _ = check_out(api, "/15/checkout/outbox/")
        with pytest.raises(ConnectionError):
            views.make_due_charges()
    stage.say("The provider is up, and the worker runs twice:")
    views.make_due_charges()
    views.make_due_charges()

    stage.table(LEFT_BEHIND, on_commit + sold_out + outbox)
    stage.say(f"Charges: {len(charges)}, of the order in the outbox.")
    assert on_commit == [["/15/checkout/charging-on-commit/", 500, "COMMIT", 60, 1]]
    assert sold_out == [["/15/checkout/outbox/", 400, "ROLLBACK", 100, 0]]
    assert outbox == [["/15/checkout/outbox/", 201, "COMMIT", 60, 1]]
    assert charges == [Order.objects.get().reference]
    assert DueCharge.objects.count() == 0


def provider_is_down(reference):
    raise ConnectionError


@trap("A worker charges twice if it dies before it deletes the row of the outbox")
def test_an_outbox_charges_at_least_once(api, stage, monkeypatch):
    """The charge and the DELETE are two steps. If the worker dies between them, the row is still
    there, and the next run charges again: at least once. So the charge needs an idempotency key,
    such as the reference of the order."""
    Product.objects.update(stock=1)
    checkout = api.post("/15/checkout/outbox/")
    reference = Order.objects.get().reference

    with monkeypatch.context() as patch:
        patch.setattr(DueCharge, "delete", worker_dies)
        with pytest.raises(SystemExit):
            views.make_due_charges()
    due = [str(due) for due in DueCharge.objects.all()]
    views.make_due_charges()

    stage.say(f"Charges of one order: {len(charges)}.")
    assert checkout.status_code == 201
    assert due == [reference]
    assert charges == [reference, reference]
    assert DueCharge.objects.count() == 0


def worker_dies(row):
    raise SystemExit


@trap("After an IntegrityError the block answers no more queries")
def test_only_a_savepoint_survives_an_integrity_error(api, stage, django_assert_num_queries):
    """It is not enough to catch the error. The transaction is broken, and the next query raises
    TransactionManagementError. An inner `atomic()` is a savepoint: it rolls back its own writes,
    and the outer block goes on."""
    factories.order.make(reference="A-0000")
    factories.order.make(reference="A-0001")
    api.raise_request_exception = False

    broken = api.post("/15/checkout/integrity-error/")
    with django_assert_num_queries(8):
        saved = api.post("/15/checkout/savepoint/")
    points = points_of("Ann")
    stage.say("The reference A-0001 is free:")
    Order.objects.filter(reference="A-0001").delete()
    unbroken = api.post("/15/checkout/integrity-error/")
    Order.objects.filter(reference="A-0001").delete()
    unsaved = api.post("/15/checkout/savepoint/")

    assert broken.status_code == 500
    assert isinstance(broken.exc_info[1], TransactionManagementError)
    assert saved.status_code == 200
    assert saved.json() == {"existing": "A-0001"}
    assert points == 100
    assert [unbroken.status_code, unsaved.status_code] == [201, 201]


@trap("An IntegrityError that you catch rolls the block back silently")
def test_a_caught_integrity_error_answers_200_and_saves_nothing(api, stage):
    """No exception leaves the block, and the view answers 200. Django has marked the transaction as
    broken, so it rolls back all the same: the stock is still 0."""
    factories.order.make(reference="A-0001")

    with CaptureQueriesContext(connection) as queries:
        response = api.post("/15/checkout/silent/")

    stage.say(f"Stock in the database: {Product.objects.get().stock}.")
    assert response.status_code == 200
    assert response.json() == {"stock": 5}
    assert queries[1]["sql"] == 'UPDATE "shop_product" SET "stock" = 5'
    assert queries[-1]["sql"] == "ROLLBACK"
    assert Product.objects.get().stock == 0


@trap("A rollback leaves the objects in memory as they are")
def test_the_answer_tells_of_points_that_were_never_earned(api, django_assert_num_queries):
    """The row has its 100 points again. The Python object still has 140, and the response says so.
    Call `refresh_from_db()` before you use the object again."""
    with django_assert_num_queries(5):
        stale = api.post("/15/checkout/stale-answer/")
    with django_assert_num_queries(6):
        fresh = api.post("/15/checkout/fresh-answer/")
    left = points_of("Ann")
    Product.objects.update(stock=1)
    earned = api.post("/15/checkout/fresh-answer/")

    assert stale.status_code == fresh.status_code == 400
    assert stale.json() == {"points": 140}
    assert fresh.json() == {"points": 100}
    assert left == 100
    assert earned.status_code == 201
    assert earned.json() == {"points": 140}
    assert points_of("Ann") == 140


@trap("In a plain django_db test on_commit() never runs")
@pytest.mark.django_db
def test_the_tests_own_transaction_is_never_committed(
    api, stage, django_capture_on_commit_callbacks
):
    """`django_db`, like `TestCase`, runs the test in a transaction and rolls it back. So BEGIN and
    COMMIT are savepoints here, and the code in `on_commit()` never runs. Capture the callbacks, or
    use `django_db(transaction=True)`, as the other scenes of this demo do."""
    Product.objects.update(stock=2)
    rows = []

    ((_, status, _, _, orders),), _ = check_out(api, "/15/checkout/charging-on-commit/")
    rows.append(["plain", status, orders, len(charges)])
    with django_capture_on_commit_callbacks(execute=True):
        ((_, status, _, _, orders),), _ = check_out(api, "/15/checkout/charging-on-commit/")
    rows.append(["callbacks captured and executed", status, orders, len(charges)])

    stage.table(["test", "status", "orders", "charges"], rows)
    assert rows == [["plain", 201, 1, 0], ["callbacks captured and executed", 201, 1, 1]]
