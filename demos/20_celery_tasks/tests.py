import pytest
from django.db import connection
from kombu.exceptions import OperationalError

from runner import Verdict, claim, trap
from shop.models import Order

from . import tasks
from .provider import running

pytestmark = [
    pytest.mark.celery,
    pytest.mark.redis,
    pytest.mark.database("sqlite"),  # a file, which the worker can see
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("buyer"),
]


@pytest.fixture(scope="module", autouse=True)  # the worker must know its address
def provider_of_module():
    with running() as provider, pytest.MonkeyPatch.context() as environment:
        environment.setenv("MAIL_PROVIDER", provider.address)
        yield provider


@pytest.fixture
def provider(provider_of_module):
    provider_of_module.reset()
    yield provider_of_module
    provider_of_module.release()


@pytest.fixture
def late_commit(monkeypatch, worker):
    """Each COMMIT comes at the worst moment: when the worker has done all that was sent to it."""
    commit = connection.commit

    def commit_late():
        worker.outcomes()
        commit()

    monkeypatch.setattr(connection, "commit", commit_late)


def orders():
    return [order.reference for order in Order.objects.all()]


def confirmed():
    return [order.reference for order in Order.objects.filter(note="confirmed")]


@claim("Celery takes slow work out of the request")
def test_the_response_is_there_before_the_mail_is_sent(api, stage, provider, worker):
    """The request that mails by itself waits for the mail provider. The other one leaves a message
    for the worker and is done: here the provider does not answer until the response is there."""
    in_request = api.post("/20/orders/mail-in-request/", {"reference": "A-0001"})
    sent_by_then = len(provider.mails)
    stage.say(f"The response is there. Mails sent by then: {sent_by_then}.")

    provider.hold()
    in_task = api.post("/20/orders/mail-in-task/", {"reference": "A-0002"})
    task_by_then = worker.states()
    stage.say(f"The response is there. The task by then: {task_by_then[0]}.")
    provider.release()
    task_in_the_end = worker.outcomes()
    stage.say(f"The provider answers. The task: {task_in_the_end[0]}.")

    assert in_request.status_code == in_task.status_code == 201
    assert sent_by_then == 1
    assert task_by_then == ["PENDING"]
    assert task_in_the_end == ["SUCCESS"]
    assert provider.mails == ["Thank you for order A-0001.", "Thank you for order A-0002."]


@claim("That makes the API faster and its users happier", verdict=Verdict.DEPENDS)
def test_a_201_no_longer_says_that_the_mail_was_sent(api, stage, provider, worker):
    """On whether somebody looks after what fails. The provider is down: the first way loses the
    order together with the mail, the second takes the order, and that is the gain. But Ann has her
    201 already, and nobody tells her that no mail will come."""
    provider.refuse(2)

    in_request = api.post("/20/orders/mail-in-request/", {"reference": "A-0001"})
    in_task = api.post("/20/orders/mail-in-task/", {"reference": "A-0002"})

    outcomes = worker.outcomes()
    stage.say(f"The task: {outcomes[0]}. Mails sent: {len(provider.mails)}.")
    assert in_request.status_code == 503
    assert in_task.status_code == 201
    assert orders() == ["A-0002"]
    assert outcomes == ["FAILURE: ProviderDown"]
    assert provider.mails == []


@claim("Order confirmations and stock updates are work for Celery", verdict=Verdict.DEPENDS)
def test_a_task_sent_before_the_commit_finds_no_order(api, stage, provider, worker, late_commit):
    """On when the task is sent. Inside `atomic()` the worker gets the message at once, and the row
    only after the COMMIT, which is held here until the worker is done. `delay_on_commit` sends
    after it. Without the hold it is a race, which the COMMIT may win often enough to hide it."""
    at_once = api.post("/20/orders/delay/confirm/", {"reference": "A-0001"})
    (early,) = worker.outcomes()
    stage.say(f"The task: {early}.")
    on_commit = api.post("/20/orders/on-commit/confirm/", {"reference": "A-0002"})
    (_, late) = worker.outcomes()
    stage.say(f"The task: {late}.")

    assert at_once.status_code == on_commit.status_code == 201
    assert orders() == ["A-0001", "A-0002"]
    assert early == "FAILURE: Order.DoesNotExist"
    assert late == "SUCCESS"
    assert provider.mails == ["We have your order A-0002."]


@claim("A task waits in the queue until there is a worker")
def test_what_is_sent_without_a_worker_is_done_by_the_next(api, stage, provider, worker):
    """The broker, Redis here, keeps the message. So workers can be stopped, deployed and started
    while orders come in. It is the broker that must not lose its memory."""
    worker.stop()
    stage.say("The worker is stopped.")
    response = api.post("/20/orders/on-commit/thank/", {"reference": "A-0001"})
    before = worker.states()
    stage.say(f"The task: {before[0]}.")
    worker.start()
    after = worker.outcomes()
    stage.say(f"A new worker is started. The task: {after[0]}.")

    assert response.status_code == 201
    assert before == ["PENDING"]
    assert after == ["SUCCESS"]
    assert provider.mails == ["Thank you for order A-0001."]


@claim("Background tasks make sure that the work is done", verdict=Verdict.WRONG)
def test_a_task_whose_process_is_killed_stays_half_done(api, stage, provider, worker):
    """Celery acknowledges a message before it runs the task. When the process is killed then, for
    want of memory say, nobody has the message any more: the mail is out, the order is not marked as
    confirmed, and nobody takes it up again."""
    provider.hold()
    response = api.post("/20/orders/on-commit/confirm/", {"reference": "A-0001"})
    provider.wait_for_call()
    worker.kill_child()
    provider.release()

    outcomes = worker.outcomes()
    stage.say(
        f"Killed in mid-task. The task: {outcomes[0]}. "
        f"Mails sent: {len(provider.mails)}. Orders marked: {len(confirmed())}."
    )
    assert response.status_code == 201
    assert outcomes == ["FAILURE: WorkerLostError"]
    assert provider.mails == ["We have your order A-0001."]
    assert confirmed() == []


@trap("A task that can be repeated must be idempotent")
@pytest.mark.parametrize(
    ("name", "outcome", "mails", "marked"),
    [
        ("confirm-late", "FAILURE: WorkerLostError", 1, []),
        ("confirm-again", "SUCCESS", 2, ["A-0001"]),
        ("confirm-once", "SUCCESS", 1, ["A-0001"]),
    ],
)
def test_a_task_that_runs_again_mails_again(
    api, stage, provider, worker, name, outcome, mails, marked
):
    """Killed the same way. `acks_late` alone changes nothing here: the worker outlives its process
    and acknowledges the failure. With `reject_on_worker_lost` the task runs again, from its
    beginning, and so there are two mails. The third also gives the mail an Idempotency-Key, of
    which the provider sends no second."""
    provider.hold()
    response = api.post(f"/20/orders/on-commit/{name}/", {"reference": "A-0001"})
    provider.wait_for_call()
    worker.kill_child()
    provider.release()

    outcomes = worker.outcomes()
    stage.say(
        f"Killed in mid-task. The task: {outcomes[0]}. "
        f"Mails sent: {len(provider.mails)}. Orders marked: {len(confirmed())}."
    )
    assert response.status_code == 201
    assert outcomes == [outcome]
    assert provider.mails == ["We have your order A-0001."] * mails
    assert confirmed() == marked


@trap("A rollback does not take back what was sent")
def test_an_order_that_is_rolled_back_is_thanked_for(api, stage, provider, worker):
    """Ann has 100 points and pays with 101: the order is rolled back after the task is sent. The
    broker has no part in the transaction. `delay_on_commit` sends nothing, as there is no
    COMMIT."""
    too_many = {"points_used": 101}
    at_once = api.post("/20/orders/delay/thank/", {"reference": "A-0001", **too_many})
    on_commit = api.post("/20/orders/on-commit/thank/", {"reference": "A-0002", **too_many})

    outcomes = worker.outcomes()
    stage.say(f"Orders: {len(orders())}. Tasks: {len(outcomes)}. Mails: {len(provider.mails)}.")
    assert at_once.status_code == on_commit.status_code == 409
    assert orders() == []
    assert outcomes == ["SUCCESS"]
    assert provider.mails == ["Thank you for order A-0001."]


@trap("A task that fails is not tried again")
def test_only_autoretry_outlasts_the_failure(api, stage, provider, worker):
    """Not unless it says after which exceptions. `autoretry_for` gives it three more attempts. By
    default each of them comes 3 minutes later, here at once; in production take
    `retry_backoff=True`, which waits longer each time."""
    provider.refuse(1)
    api.post("/20/orders/on-commit/thank/", {"reference": "A-0001"})
    (as_it_is,) = worker.outcomes()
    calls_as_it_is = provider.calls
    provider.refuse(2)
    api.post("/20/orders/on-commit/thank-stubbornly/", {"reference": "A-0002"})
    (_, retried) = worker.outcomes()
    calls_retried = provider.calls - calls_as_it_is

    stage.table(
        ["task", "provider is down for", "attempts", "in the end"],
        [
            ["thank", "1 call", calls_as_it_is, as_it_is],
            ["thank_stubbornly", "2 calls", calls_retried, retried],
        ],
    )
    assert (calls_as_it_is, as_it_is) == (1, "FAILURE: ProviderDown")
    assert (calls_retried, retried) == (3, "SUCCESS")
    assert provider.mails == ["Thank you for order A-0002."]
    assert tasks.thank.default_retry_delay == 180


@trap("Sending can fail, and after the COMMIT that is too late")
def test_without_a_broker_the_answer_is_500_and_the_order_stands(api, stage, worker, no_broker):
    """Sending is a call too, within the request, and here nobody answers it. `delay` raises inside
    the block, and the order is rolled back. `delay_on_commit` raises when the order is stored: Ann
    is told of an error and orders again, and for the first order no task was ever sent."""
    api.raise_request_exception = False

    at_once = api.post("/20/orders/delay/thank/", {"reference": "A-0001"})
    on_commit = api.post("/20/orders/on-commit/thank/", {"reference": "A-0002"})

    stage.say(f"Orders: {', '.join(orders())}. Tasks: {len(worker.sent)}.")
    assert at_once.status_code == on_commit.status_code == 500
    assert isinstance(at_once.exc_info[1], OperationalError)
    assert isinstance(on_commit.exc_info[1], OperationalError)
    assert orders() == ["A-0002"]
    assert worker.sent == []


@trap("Eager mode makes the broken way look right")
def test_an_eager_task_finds_what_no_worker_would(api, stage, provider, worker, late_commit):
    """`task_always_eager`, a favourite setting for tests, runs the task on the spot, inside the
    block and on the connection that has just stored the order. A worker cannot find it there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(worker.app.conf, "task_always_eager", True)
        eager = api.post("/20/orders/delay/confirm/", {"reference": "A-0001"})
    stage.say(f"Eager, orders marked: {len(confirmed())}.")
    real = api.post("/20/orders/delay/confirm/", {"reference": "A-0002"})
    outcomes = worker.outcomes()
    stage.say(f"With a worker, the task: {outcomes[0]}.")

    assert eager.status_code == real.status_code == 201
    assert outcomes == ["FAILURE: Order.DoesNotExist"]
    assert confirmed() == ["A-0001"]
    assert provider.mails == ["We have your order A-0001."]
