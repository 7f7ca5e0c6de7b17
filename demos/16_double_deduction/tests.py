import pytest

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Customer

from .models import IdempotencyKey

pytestmark = pytest.mark.django_db(transaction=True)

DEDUCTIONS = "deductions of 60 points for one order"

on_postgres = pytest.mark.database(
    "postgres", because="it has no row locks and lets one transaction write at a time"
)


@pytest.fixture
def payer(db):
    """A customer with the order A-0001 and 200 points: enough to pay 60 twice."""
    payer = factories.customer.make(name="Ann", points=200)
    factories.order.make(reference="A-0001", customer=payer)
    return payer


def paying(customer, url, **headers):
    """A way to pay 60 points at `url`, to be sent once or raced."""

    def send(client):
        client.force_authenticate(customer.user)
        client.raise_request_exception = False
        return client.post(url, {"points": 60}, headers=headers)

    return send


def statuses(responses):
    return sorted(response.status_code for response in responses)


def points_left(customer):
    return Customer.objects.get(pk=customer.pk).points


@claim("A database transaction prevents double deduction", verdict=Verdict.WRONG)
@on_postgres
def test_in_transactions_both_requests_deduct(race, stage, payer):
    """A transaction makes the steps happen together or not at all; it does not keep another one
    from reading the same order meanwhile. At READ COMMITTED, PostgreSQL's and Django's default,
    both find it PENDING and both deduct."""
    pay = paying(payer, "/16/pay/A-0001/in-transaction/")

    responses = race(pay, pay)

    assert statuses(responses) == [200, 200]
    assert points_left(payer) == 80
    stage.say(f"Points left of 200: {points_left(payer)}.")
    stage.bar("status check in a transaction", (200 - points_left(payer)) / 60, DEDUCTIONS)


@claim("Checking first that the order is still PENDING prevents it", verdict=Verdict.WRONG)
@on_postgres
def test_a_status_check_alone_lets_both_requests_pass(race, stage, payer):
    """Check, then act: both requests check before either of them acts. Marking the order PENDING
    first changes nothing, for PENDING is what both of them find."""
    pay = paying(payer, "/16/pay/A-0001/status-check/")

    responses = race(pay, pay)

    assert statuses(responses) == [200, 200]
    assert points_left(payer) == 80
    stage.say(f"Points left of 200: {points_left(payer)}.")
    stage.bar("status check alone", (200 - points_left(payer)) / 60, DEDUCTIONS)


@claim("The status changed by compare-and-set deducts once")
@on_postgres
def test_one_update_both_checks_and_changes_the_status(race, stage, payer):
    """`filter(status="PENDING").update(status="PAID")` is one statement. The second request waits
    for the row, finds it PAID, and its UPDATE matches no row: that count is the check."""
    pay = paying(payer, "/16/pay/A-0001/compare-and-set/")

    responses = race(pay, pay)

    assert statuses(responses) == [200, 409]
    assert points_left(payer) == 140
    stage.say(f"Points left of 200: {points_left(payer)}.")
    stage.bar("compare-and-set", (200 - points_left(payer)) / 60, DEDUCTIONS)


@claim("A row lock on the order, with the status checked under it, deducts once")
@on_postgres
def test_the_second_request_waits_and_then_sees_paid(race, stage, payer):
    """`select_for_update()` makes the second request wait until the first one has committed, and
    hands it the row as it is then. What was read before the lock must not be used any more."""
    pay = paying(payer, "/16/pay/A-0001/order-lock/")

    responses = race(pay, pay)

    assert statuses(responses) == [200, 409]
    assert points_left(payer) == 140
    stage.say(f"Points left of 200: {points_left(payer)}.")
    stage.bar("row lock on the order", (200 - points_left(payer)) / 60, DEDUCTIONS)


@claim("A conditional UPDATE never takes more points than there are")
@on_postgres
def test_of_two_payments_only_the_one_that_is_covered_is_made(race, stage, payer):
    """`filter(points__gte=60).update(points=F("points") - 60)`: the condition is checked on the
    row that is about to change. With 100 points, one of two payments of 60 is made."""
    Customer.objects.update(points=100)
    pay = paying(payer, "/16/pay/A-0001/balance-guard/")

    responses = race(pay, pay)

    assert statuses(responses) == [200, 409]
    assert points_left(payer) == 40
    stage.say(f"Points left of 100: {points_left(payer)}.")


@claim(
    "An idempotent endpoint deducts once, however often a request is repeated",
    verdict=Verdict.DEPENDS,
)
@on_postgres
def test_a_repetition_in_flight_waits_and_gets_the_stored_answer(race, stage, payer):
    """True when the key is unique for the customer and stored in the very transaction that
    deducts. Then the repetition waits for the first request, finds its key, and gets its answer:
    the guard on the balance alone, which pays twice, becomes safe by it."""
    pay = paying(payer, "/16/pay/A-0001/once-per-key/", **{"Idempotency-Key": "k-1"})

    first, repetition = race(pay, pay)

    assert first.status_code == repetition.status_code == 200
    assert first.json() == repetition.json() == {"order": "A-0001", "status": "PAID"}
    assert points_left(payer) == 140
    assert IdempotencyKey.objects.count() == 1
    stage.say(f"Points left of 200: {points_left(payer)}.")
    stage.bar("idempotency key", (200 - points_left(payer)) / 60, DEDUCTIONS)


@trap("Read, subtract, save: the shop loses one of two deductions")
@on_postgres
def test_read_modify_write_loses_an_update(race, stage, payer):
    """Both requests read 200, both write 140: two orders are paid, 60 points are gone. That is a
    lost update, at the shop's expense; a double deduction is at the customer's. Say which one
    you mean."""
    factories.order.make(reference="A-0002", customer=payer)

    responses = race(
        paying(payer, "/16/pay/A-0001/naive/"),
        paying(payer, "/16/pay/A-0002/naive/"),
    )

    assert statuses(responses) == [200, 200]
    assert points_left(payer) == 140
    stage.say(f"Points left of 200, after paying twice 60: {points_left(payer)}.")


@trap("A guard on the balance pays one order twice when the balance covers both")
@on_postgres
def test_a_balance_guard_does_not_know_the_order(race, stage, payer):
    """The conditional UPDATE asks whether there are enough points, and there are: 200 for twice
    60. What must not happen twice is the order, so the guard belongs on the order."""
    pay = paying(payer, "/16/pay/A-0001/balance-guard/")

    responses = race(pay, pay)

    assert statuses(responses) == [200, 200]
    assert points_left(payer) == 80
    stage.say(f"Points left of 200: {points_left(payer)}.")
    stage.bar("conditional UPDATE of the balance", (200 - points_left(payer)) / 60, DEDUCTIONS)


@trap("A lock helps only if what it guards is read again under it")
@on_postgres
def test_locking_the_customer_leaves_the_order_stale(race, stage, payer):
    """The second request waits for the customer's row, as it should, and then checks the status of
    an order that it read before: still PENDING."""
    pay = paying(payer, "/16/pay/A-0001/customer-lock/")

    responses = race(pay, pay)

    assert statuses(responses) == [200, 200]
    assert points_left(payer) == 80
    stage.say(f"Points left of 200: {points_left(payer)}.")
    stage.bar("row lock on the customer", (200 - points_left(payer)) / 60, DEDUCTIONS)


@trap("A test that sends one request after the other is green on broken code")
def test_in_sequence_the_broken_code_is_right(api, payer):
    """The status check works as long as nobody else is about. A double click, a retry of the
    proxy, an impatient app: those are at the same time."""
    pay = paying(payer, "/16/pay/A-0001/in-transaction/")

    first, second = pay(api), pay(api)

    assert (first.status_code, second.status_code) == (200, 409)
    assert points_left(payer) == 140


@trap("On SQLite the transaction looks like the cure")
@pytest.mark.database("sqlite")
def test_sqlite_hides_the_double_deduction(race, stage, payer):
    """With IMMEDIATE transactions SQLite lets in one writer at a time, from BEGIN to COMMIT, so the
    broken code of the first claim passes here. It ignores `select_for_update()` altogether.
    Prove locks on the database that you deploy."""
    pay = paying(payer, "/16/pay/A-0001/in-transaction/")

    responses = race(pay, pay)

    assert statuses(responses) == [200, 409]
    assert points_left(payer) == 140
    stage.say(f"Points left of 200: {points_left(payer)}.")
    stage.bar(
        "status check in a transaction, on SQLite", (200 - points_left(payer)) / 60, DEDUCTIONS
    )


@trap("A key is bound to the request that it was first used with")
def test_a_key_is_not_honoured_for_another_body_path_or_customer(api, payer):
    """The same key with another body or path is a mistake of the client's and is refused with 422;
    another customer's key of the same name is another key."""
    factories.order.make(reference="A-0002", customer=payer)
    other_payer = factories.customer.make(name="Bob", points=200)
    factories.order.make(reference="B-0001", customer=other_payer)
    key = {"Idempotency-Key": "k-1"}
    url = "/16/pay/A-0001/once-per-key/"

    first = paying(payer, url, **key)(api)
    other_body = api.post(url, {"points": 10}, headers=key)
    other_path = paying(payer, "/16/pay/A-0002/once-per-key/", **key)(api)
    other_customer = paying(other_payer, "/16/pay/B-0001/once-per-key/", **key)(api)
    without_key = paying(payer, url)(api)

    assert first.status_code == 200
    assert other_body.status_code == 422
    assert other_path.status_code == 422
    assert other_customer.status_code == 200
    assert without_key.status_code == 400
    assert (points_left(payer), points_left(other_payer)) == (140, 140)


@trap("A failed attempt must not use the key up")
def test_a_refused_payment_can_be_tried_again_with_its_key(api, payer):
    """The key is rolled back together with the deduction that failed. Stored in a transaction of
    its own, it would answer 409 for ever, or claim a payment that never was."""
    pay = paying(payer, "/16/pay/A-0001/once-per-key/", **{"Idempotency-Key": "k-1"})
    Customer.objects.update(points=50)

    refused = pay(api)
    Customer.objects.update(points=100)
    again = pay(api)

    assert (refused.status_code, again.status_code) == (409, 200)
    assert points_left(payer) == 40
