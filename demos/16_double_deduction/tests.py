import pytest

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Customer, Order

from .models import IdempotencyKey

pytestmark = pytest.mark.django_db(transaction=True)

DEDUCTIONS = "deductions of 60 points for one order"

on_postgres = pytest.mark.database(
    "postgres", because="it has no row locks and lets one transaction write at a time"
)
on_any_database = pytest.mark.database("postgres")  # on SQLite with DB=sqlite


@pytest.fixture
def payer(ann, bob):
    """Ann has the order A-0001 and 200 points, enough to pay 60 points twice. Bob has B-0001."""
    ann.points = 200
    ann.save()
    factories.order.make(reference="A-0001", customer=ann)
    factories.order.make(reference="B-0001", customer=bob)
    return ann


def paying(customer, url, **headers):
    """A function that pays 60 points at `url`, to call once or to race."""

    def send(client):
        client.force_authenticate(customer.user)
        client.raise_request_exception = False
        return client.post(url, {"points": 60}, headers=headers)

    return send


def statuses(responses):
    return sorted(response.status_code for response in responses)


def orders():
    return list(Order.objects.values_list("reference", "status"))


def points_left(customer):
    return Customer.objects.get(pk=customer.pk).points


@claim("A database transaction prevents double deduction", verdict=Verdict.WRONG)
@on_postgres
def test_in_transactions_both_requests_deduct(race, stage, payer):
    """A transaction saves its changes together or not at all. It does not stop another transaction
    from reading the same order. At READ COMMITTED, the default of PostgreSQL, both requests read
    PENDING and both deduct."""
    pay = paying(payer, "/16/pay/A-0001/in-transaction/")

    responses = race(pay, pay)

    assert statuses(responses) == [200, 200]
    assert points_left(payer) == 80
    stage.say(f"Points left of 200: {points_left(payer)}.")
    stage.bar("status check in a transaction", (200 - points_left(payer)) / 60, DEDUCTIONS)


@claim("Checking first that the order is still PENDING prevents it", verdict=Verdict.WRONG)
@on_any_database
def test_a_status_check_alone_lets_both_requests_pass(race, stage, payer):
    """Both requests check the status before either of them changes it. It does not help to mark the
    order PENDING first, because PENDING is what both requests read."""
    pay = paying(payer, "/16/pay/A-0001/status-check/")

    responses = race(pay, pay)

    assert statuses(responses) == [200, 200]
    assert points_left(payer) == 80
    stage.say(f"Points left of 200: {points_left(payer)}.")
    stage.bar("status check alone", (200 - points_left(payer)) / 60, DEDUCTIONS)


@claim("The status changed by compare-and-set deducts once")
@on_postgres
def test_one_update_both_checks_and_changes_the_status(race, stage, payer):
    """`filter(status="PENDING").update(status="PAID")` is one statement. The second UPDATE waits
    for the row, finds PAID, and changes no row. A count of 0 says: this order is paid."""
    pay = paying(payer, "/16/pay/A-0001/compare-and-set/")

    responses = race(pay, pay)

    assert statuses(responses) == [200, 409]
    assert points_left(payer) == 140
    assert orders() == [("A-0001", "PAID"), ("B-0001", "PENDING")]
    stage.say(f"Points left of 200: {points_left(payer)}.")
    stage.bar("compare-and-set", (200 - points_left(payer)) / 60, DEDUCTIONS)


@claim("A row lock on the order, with the status checked under it, deducts once")
@on_postgres
def test_the_second_request_waits_and_then_sees_paid(race, stage, payer):
    """With `select_for_update()` the second request waits until the first one commits, and then
    reads the row as it is now. Do not use what you read before you had the lock."""
    pay = paying(payer, "/16/pay/A-0001/order-lock/")

    responses = race(pay, pay)

    assert statuses(responses) == [200, 409]
    assert points_left(payer) == 140
    assert orders() == [("A-0001", "PAID"), ("B-0001", "PENDING")]
    stage.say(f"Points left of 200: {points_left(payer)}.")
    stage.bar("row lock on the order", (200 - points_left(payer)) / 60, DEDUCTIONS)


@claim("A conditional UPDATE never takes more points than there are")
@on_any_database
def test_of_two_payments_only_the_one_that_is_covered_is_made(race, stage, payer):
    """`filter(points__gte=60).update(points=F("points") - 60)` checks the balance and changes it in
    one statement. With 100 points, only one of two payments of 60 succeeds."""
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
    """It is true if the key is unique per customer and saved in the same transaction as the
    deduction. Then the repetition waits for the first request, finds the key, and gets the first
    answer. This view guards only the balance, and the key alone stops the second deduction."""
    pay = paying(payer, "/16/pay/A-0001/once-per-key/", **{"Idempotency-Key": "k-1"})

    first, repetition = race(pay, pay)

    assert first.status_code == repetition.status_code == 200
    assert first.json() == repetition.json() == {"order": "A-0001", "status": "PAID"}
    assert points_left(payer) == 140
    assert [str(key) for key in IdempotencyKey.objects.all()] == ["k-1"]
    stage.say(f"Points left of 200: {points_left(payer)}.")
    stage.bar("idempotency key", (200 - points_left(payer)) / 60, DEDUCTIONS)


@trap("Read, subtract, save: the shop loses one of two deductions")
@on_any_database
def test_read_modify_write_loses_an_update(race, stage, payer):
    """Both requests read 200 and both write 140. Two orders are paid, and only 60 points are
    deducted. This is a lost update, and the shop pays. A double deduction is the opposite: the
    customer pays."""
    factories.order.make(reference="A-0002", customer=payer)

    responses = race(
        paying(payer, "/16/pay/A-0001/naive/"),
        paying(payer, "/16/pay/A-0002/naive/"),
    )

    assert statuses(responses) == [200, 200]
    assert points_left(payer) == 140
    assert orders() == [("A-0001", "PAID"), ("A-0002", "PAID"), ("B-0001", "PENDING")]
    stage.say(f"Points left of 200 after two payments of 60: {points_left(payer)}.")


@trap("A guard on the balance pays one order twice when the balance covers both")
@on_any_database
def test_a_balance_guard_does_not_know_the_order(race, stage, payer):
    """The conditional UPDATE checks that there are enough points. A balance of 200 passes that
    check twice. The order must be paid only once, so the guard belongs on the order."""
    pay = paying(payer, "/16/pay/A-0001/balance-guard/")

    responses = race(pay, pay)

    assert statuses(responses) == [200, 200]
    assert points_left(payer) == 80
    assert orders() == [("A-0001", "PAID"), ("B-0001", "PENDING")]
    stage.say(f"Points left of 200: {points_left(payer)}.")
    stage.bar("conditional UPDATE of the balance", (200 - points_left(payer)) / 60, DEDUCTIONS)


@trap("A lock helps only if you read the data again after you have it")
@on_postgres
def test_locking_the_customer_leaves_the_order_stale(race, stage, payer):
    """The second request waits for the lock on the customer. Then it checks the status of the order
    that it read before the lock, and that status is still PENDING."""
    pay = paying(payer, "/16/pay/A-0001/customer-lock/")

    responses = race(pay, pay)

    assert statuses(responses) == [200, 200]
    assert points_left(payer) == 80
    assert orders() == [("A-0001", "PAID"), ("B-0001", "PENDING")]
    stage.say(f"Points left of 200: {points_left(payer)}.")
    stage.bar("row lock on the customer", (200 - points_left(payer)) / 60, DEDUCTIONS)


@trap("The status and the points must change in one transaction")
def test_a_refused_deduction_takes_the_status_back(api, payer):
    """The compare-and-set marks the order PAID and then deducts. If there are too few points, the
    deduction fails, and the rollback makes the order PENDING again. Without a transaction the order
    stays PAID, and no points are deducted."""
    Customer.objects.update(points=50)

    refused = paying(payer, "/16/pay/A-0001/compare-and-set/")(api)

    assert refused.status_code == 409
    assert refused.json() == {"detail": "Not enough points."}
    assert orders() == [("A-0001", "PENDING"), ("B-0001", "PENDING")]
    assert points_left(payer) == 50


@trap("A test that sends two requests in a row is green on broken code")
@pytest.mark.parametrize(
    ("url", "points", "left", "detail"),
    [
        ("/16/pay/A-0001/in-transaction/", 200, 140, "This order is paid already."),
        ("/16/pay/A-0001/customer-lock/", 200, 140, "This order is paid already."),
        ("/16/pay/A-0001/naive/", 100, 40, "Not enough points."),
    ],
    ids=["in-transaction", "customer-lock", "naive"],
)
def test_in_sequence_the_broken_code_is_right(api, payer, url, points, left, detail):
    """Each check works while no other request runs. A double click and a retry by a proxy arrive at
    the same time."""
    Customer.objects.update(points=points)
    pay = paying(payer, url)

    first, second = pay(api), pay(api)

    assert (first.status_code, second.status_code) == (200, 409)
    assert second.json() == {"detail": detail}
    assert points_left(payer) == left


@trap("On SQLite the transaction looks like the cure")
@pytest.mark.database("sqlite")
def test_sqlite_hides_the_double_deduction(race, stage, payer):
    """With IMMEDIATE transactions, SQLite runs one writing transaction at a time, from BEGIN to
    COMMIT. So the broken code of the first claim passes here. The status check without a
    transaction deducts twice on SQLite too. Prove locks on the database that you deploy."""
    factories.order.make(reference="A-0002", customer=payer)
    pay = paying(payer, "/16/pay/A-0001/in-transaction/")
    pay_unprotected = paying(payer, "/16/pay/A-0002/status-check/")

    responses = race(pay, pay)
    left = points_left(payer)
    stage.say(f"Points left of 200: {left}.")
    unprotected = race(pay_unprotected, pay_unprotected)

    assert statuses(responses) == [200, 409]
    assert left == 140
    assert statuses(unprotected) == [200, 200]
    assert points_left(payer) == 20
    stage.say(f"Points left of 140: {points_left(payer)}.")
    stage.bar("status check in a transaction, on SQLite", (200 - left) / 60, DEDUCTIONS)


@trap("A key belongs to one customer and one request")
def test_a_key_is_not_honoured_for_another_body_path_or_customer(api, payer, bob):
    """If a client sends the same key with another body or path, it gets 422. If another customer
    sends the same key, it is a different key. A request without a key gets 400. The order of
    another customer is a 404."""
    factories.order.make(reference="A-0002", customer=payer)
    key = {"Idempotency-Key": "k-1"}
    url = "/16/pay/A-0001/once-per-key/"

    first = paying(payer, url, **key)(api)
    other_body = api.post(url, {"points": 10}, headers=key)
    other_path = paying(payer, "/16/pay/A-0002/once-per-key/", **key)(api)
    other_key = paying(payer, "/16/pay/A-0002/once-per-key/", **{"Idempotency-Key": "k-2"})(api)
    others_order = paying(bob, url, **key)(api)
    other_customer = paying(bob, "/16/pay/B-0001/once-per-key/", **key)(api)
    without_key = paying(payer, url)(api)

    assert first.status_code == 200
    assert other_body.status_code == other_path.status_code == 422
    assert other_body.json() == {"detail": "This key was used for another request."}
    assert other_key.status_code == 200
    assert others_order.status_code == 404
    assert others_order.json() == {"detail": "No Order matches the given query."}
    assert other_customer.status_code == 200
    assert without_key.status_code == 400
    assert without_key.json() == {"key": ["This field may not be blank."]}
    assert (points_left(payer), points_left(bob)) == (80, 40)


@trap("A failed attempt must not use up the key")
def test_a_refused_payment_can_be_tried_again_with_its_key(api, payer):
    """The key is rolled back together with the failed deduction, so the customer can try again with
    the same key. If the 409 were saved with the key, every retry would get 409. An invalid body
    does not use up the key either."""
    key = {"Idempotency-Key": "k-1"}
    pay = paying(payer, "/16/pay/A-0001/once-per-key/", **key)
    Customer.objects.update(points=50)

    refused = pay(api)
    invalid = api.post("/16/pay/A-0001/once-per-key/", {"points": 0}, headers=key)
    Customer.objects.update(points=100)
    again = pay(api)

    assert (refused.status_code, invalid.status_code, again.status_code) == (409, 400, 200)
    assert invalid.json() == {"points": ["Ensure this value is greater than or equal to 1."]}
    assert points_left(payer) == 40


@trap("A key that does not fit its column must not be a 500")
@on_any_database
def test_the_length_of_a_key_is_checked_before_it_is_saved(api, payer):
    """The client chooses the key, so check it like any other input. PostgreSQL refuses 65
    characters in a column of 64. Without the check the client gets 500."""
    url = "/16/pay/A-0001/once-per-key/"

    too_long = paying(payer, url, **{"Idempotency-Key": "k" * 65})(api)
    longest = paying(payer, url, **{"Idempotency-Key": "k" * 64})(api)

    assert too_long.status_code == 400
    assert too_long.json() == {"key": ["Ensure this field has no more than 64 characters."]}
    assert longest.status_code == 200
    columns = [IdempotencyKey._meta.get_field(name) for name in ("key", "fingerprint")]
    assert [column.max_length for column in columns] == [64, 64]


@trap("When the key is deleted, a late repetition pays again")
def test_a_repetition_after_the_key_has_expired_is_a_new_request(api, stage, payer):
    """Keys cannot be kept for ever. Keep them longer than any client retries, and tell clients how
    long. A guard on the order still stops the second deduction when the key is gone."""
    pay = paying(payer, "/16/pay/A-0001/once-per-key/", **{"Idempotency-Key": "k-1"})

    first = pay(api)
    repetition = pay(api)
    IdempotencyKey.objects.all().delete()
    stage.say("The key expires and is deleted.")
    too_late = pay(api)

    assert (first.status_code, repetition.status_code, too_late.status_code) == (200, 200, 200)
    assert points_left(payer) == 80
    stage.say(f"Points left of 200: {points_left(payer)}.")
