import socket

import pytest
from django.db import connection
from kombu.exceptions import OperationalError

from runner import Verdict, claim, trap
from shop.models import Order

from . import tasks
from .models import OutgoingMail
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
    return provider_of_module


@pytest.fixture
def late_commit(monkeypatch, worker):
    """Each COMMIT comes at the worst moment: when the worker has done all that was sent to it."""
    commit = connection.commit

    def commit_late():
        worker.outcomes()
        commit()

    monkeypatch.setattr(connection, "commit", commit_late)


@pytest.fixture
def attempts(monkeypatch, no_broker):
    """The attempts to connect to the broker that is down."""
    made = []
    connect = socket.socket.connect

    def count_and_connect(self, address):
        if address == ("127.0.0.1", 1):
            made.append(address)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", count_and_connect)
    return made


def orders():
    return [order.reference for order in Order.objects.all()]


def noted(note):
    return [order.reference for order in Order.objects.filter(note=note)]


def deliver_again(worker):
    """Do what Redis's clients do after the visibility timeout: put back what is not acknowledged.

    Returns the timeout."""
    with worker.app.connection_for_write() as connection:
        channel = connection.default_channel
        with channel.conn_or_acquire() as redis:
            for tag in redis.zrange(channel.unacked_index_key, 0, -1):
                channel.qos.restore_by_tag(tag, redis)
        return channel.visibility_timeout


@claim("Celery takes slow work out of the request")
def test_the_response_is_there_before_the_mail_is_sent(api, stage, provider, worker):
    """The first request sends the mail itself and waits for the provider. The second request only
    leaves a message for the worker. Here the provider answers after that response, not before."""
    in_request = api.post("/20/orders/mail-in-request/", {"reference": "A-0001"})
    sent_by_then = len(provider.mails)
    stage.say(f"The response is there. Mails sent so far: {sent_by_then}.")

    provider.hold()
    in_task = api.post("/20/orders/mail-in-task/", {"reference": "A-0002"})
    task_by_then = worker.states()
    stage.say(f"The response is there. The task is {task_by_then[0]}.")
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
    """It depends on who looks at the tasks that fail. The provider is down. The first request loses
    the order with the mail. The second saves the order, and that is better. But Ann already has her
    201, and nothing tells her that no mail will come."""
    provider.refuse(2)

    in_request = api.post("/20/orders/mail-in-request/", {"reference": "A-0001"})
    in_task = api.post("/20/orders/mail-in-task/", {"reference": "A-0002"})

    outcomes = worker.outcomes()
    stage.say(f"The task: {outcomes[0]}. Mails sent: {len(provider.mails)}.")
    assert in_request.status_code == 503
    assert in_request.json() == {"detail": "The mail provider is down."}
    assert in_task.status_code == 201
    assert orders() == ["A-0002"]
    assert outcomes == ["FAILURE: ProviderDown"]
    assert provider.mails == []


@claim("Order confirmations and stock updates are work for Celery", verdict=Verdict.DEPENDS)
def test_a_task_sent_before_the_commit_finds_no_order(api, stage, provider, worker, late_commit):
    """It depends on when you send the task. Inside `atomic()` the worker gets the message at once,
    but it sees the row only after the COMMIT. `delay_on_commit` sends after the COMMIT. Here the
    COMMIT is held until the worker is done. Without that it is a race, and the COMMIT can win often
    enough to hide the bug."""
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
    assert noted("confirmed") == ["A-0002"]
    assert provider.mails == ["We have your order A-0002."]


@claim("A task waits in the queue until there is a worker")
def test_what_is_sent_without_a_worker_is_done_by_the_next(api, stage, provider, worker):
    """The broker keeps the message, here in Redis. You can stop, deploy and start workers while
    orders come in. But if the broker loses its memory, the message is lost."""
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
    assert worker.app.AsyncResult("an id that was never sent").state == "PENDING"
    assert after == ["SUCCESS"]
    assert provider.mails == ["Thank you for order A-0001."]


@claim("Background tasks make sure that the work is done", verdict=Verdict.WRONG)
def test_a_task_whose_process_is_killed_stays_half_done(api, stage, provider, worker):
    """By default Celery acknowledges a message before it runs the task. If the process is then
    killed, for example because memory runs out, the message is gone. Here the mail is sent, the
    order is not marked as confirmed, and nothing runs the task again."""
    provider.hold()
    response = api.post("/20/orders/on-commit/confirm/", {"reference": "A-0001"})
    provider.wait_for_call()
    worker.kill_child()
    provider.release()

    outcomes = worker.outcomes()
    stage.say(
        f"The process is killed during the task. The task: {outcomes[0]}. "
        f"Mails sent: {len(provider.mails)}. Orders marked: {len(noted('confirmed'))}."
    )
    assert response.status_code == 201
    assert outcomes == ["FAILURE: WorkerLostError"]
    assert provider.mails == ["We have your order A-0001."]
    assert noted("confirmed") == []


@trap("A task that can run again must be idempotent")
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
    """The process is killed in the same way. `acks_late` alone changes nothing: the main process of
    the worker survives, and it acknowledges the failure. With `reject_on_worker_lost` the task runs
    again from its beginning, and two mails are sent. The third task gives the mail an
    Idempotency-Key, so the provider sends one mail."""
    provider.hold()
    response = api.post(f"/20/orders/on-commit/{name}/", {"reference": "A-0001"})
    provider.wait_for_call()
    worker.kill_child()
    provider.release()

    outcomes = worker.outcomes()
    stage.say(
        f"The process is killed during the task. The task: {outcomes[0]}. "
        f"Mails sent: {len(provider.mails)}. Orders marked: {len(noted('confirmed'))}."
    )
    assert response.status_code == 201
    assert outcomes == [outcome]
    assert provider.mails == ["We have your order A-0001."] * mails
    assert noted("confirmed") == marked
    assert tasks.confirm_late.acks_late


@trap("With acks_late, Redis delivers a slow task a second time")
def test_a_task_longer_than_the_visibility_timeout_runs_twice(api, stage, provider, worker):
    """Redis has no acknowledgements, so Celery keeps each message aside until it is acknowledged.
    After the visibility timeout, one hour by default, it delivers the message again. That saves the
    task if the whole worker was killed. But here the worker is healthy, the task is only slow, and
    Ann gets two mails."""
    provider.hold()
    api.post("/20/orders/on-commit/confirm-late/", {"reference": "A-0001"})
    provider.wait_for_call()
    timeout = deliver_again(worker)
    stage.say(f"The task runs for {timeout} seconds. The message is delivered again.")
    provider.release()
    provider.wait_for_call()
    worker.stop()

    stage.say(f"Mails sent: {len(provider.mails)}.")
    assert timeout == 3600
    assert worker.states() == ["SUCCESS"]
    assert provider.mails == ["We have your order A-0001."] * 2


@trap("A rollback does not cancel a task that is already sent")
def test_an_order_that_is_rolled_back_is_thanked_for(api, stage, provider, worker, buyer, bob):
    """Ann has 100 points and pays with 101, so the order is rolled back after the task is sent. The
    broker takes no part in the transaction. `delay_on_commit` sends nothing, because the COMMIT
    never comes. A payment with 99 points is committed, and its task is sent."""
    too_many = {"points_used": 101}
    at_once = api.post("/20/orders/delay/thank/", {"reference": "A-0001", **too_many})
    on_commit = api.post("/20/orders/on-commit/thank/", {"reference": "A-0002", **too_many})

    outcomes = worker.outcomes()
    stage.say(f"Orders: {len(orders())}. Tasks: {len(outcomes)}. Mails: {len(provider.mails)}.")
    assert at_once.status_code == on_commit.status_code == 409
    assert at_once.json() == on_commit.json() == {"detail": "Not enough points."}
    assert orders() == []
    assert outcomes == ["SUCCESS"]
    assert provider.mails == ["Thank you for order A-0001."]

    paid = api.post("/20/orders/on-commit/thank/", {"reference": "A-0003", "points_used": 99})
    assert worker.outcomes() == ["SUCCESS", "SUCCESS"]
    assert (paid.status_code, paid.json()) == (201, {"reference": "A-0003"})
    buyer.refresh_from_db()
    bob.refresh_from_db()
    assert (buyer.points, bob.points) == (1, 100)


@trap("Celery does not retry a failed task unless you say so")
def test_only_autoretry_outlasts_the_failure(api, stage, provider, worker):
    """Name the exceptions in `autoretry_for`, and Celery tries three more times. By default each
    retry comes after 3 minutes, here at once. In production use `retry_backoff=True`: it waits
    longer each time."""
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
    assert tasks.thank_stubbornly.default_retry_delay == 0


@trap("After the last retry the message is gone")
def test_a_task_that_failed_for_good_must_be_written_down(api, stage, provider, worker):
    """Celery has no dead-letter queue on Redis. After four attempts it acknowledges the message,
    and it keeps the failure as a result for one day. `on_failure` of the second task writes it into
    the order. There a person or a job can find it."""
    provider.refuse(8)

    api.post("/20/orders/on-commit/thank-stubbornly/", {"reference": "A-0001"})
    api.post("/20/orders/on-commit/thank-or-note/", {"reference": "A-0002"})

    outcomes = worker.outcomes()
    worker.stop()
    stage.say(f"Attempts: {provider.calls}. Mails sent: {len(provider.mails)}.")
    stage.say(f"Orders with the note that the mail failed: {', '.join(noted('not thanked'))}.")
    assert outcomes == ["FAILURE: ProviderDown", "FAILURE: ProviderDown"]
    assert provider.calls == 8
    assert noted("") == ["A-0001"]
    assert noted("not thanked") == ["A-0002"]
    assert worker.app.conf.result_expires.days == 1


@trap("A task has no time limit unless you set one")
def test_a_time_limit_ends_a_task_that_hangs(api, stage, provider, worker):
    """The provider takes the call and never answers. Without a limit the task waits, and it blocks
    its process of the worker. `soft_time_limit` raises SoftTimeLimitExceeded inside the task, so
    the task can clean up. `time_limit` kills the process. Also give each network call its own
    timeout, here 30 seconds."""
    provider.hold()

    api.post("/20/orders/on-commit/thank-in-time/", {"reference": "A-0001"})
    (limited,) = worker.outcomes()
    stage.say(f"The task, while the provider still holds its call: {limited}.")

    assert limited == "FAILURE: SoftTimeLimitExceeded"
    assert tasks.thank_in_time.soft_time_limit == 1
    assert tasks.thank.soft_time_limit is tasks.thank.time_limit is None
    assert tasks.provider_connection().timeout == 30


@trap("Sending can fail, and after the COMMIT that is too late")
def test_without_a_broker_the_answer_is_500_and_the_order_stands(api, stage, worker, attempts):
    """The request itself calls the broker, and here the broker is down. Celery tries four times.
    `delay` raises inside the block, so the order is rolled back. `delay_on_commit` raises after the
    order is saved. Ann gets an error and orders again, and no task was sent for the first order."""
    api.raise_request_exception = False

    at_once = api.post("/20/orders/delay/thank/", {"reference": "A-0001"})
    attempts_at_once = len(attempts)
    on_commit = api.post("/20/orders/on-commit/thank/", {"reference": "A-0002"})

    stage.say(f"Attempts for each request: {attempts_at_once}.")
    stage.say(f"Orders: {', '.join(orders())}. Tasks: {len(worker.sent)}.")
    assert at_once.status_code == on_commit.status_code == 500
    assert isinstance(at_once.exc_info[1], OperationalError)
    assert isinstance(on_commit.exc_info[1], OperationalError)
    assert orders() == ["A-0002"]
    assert worker.sent == []
    assert attempts_at_once == 4
    assert len(attempts) == 8


@trap("An outbox takes the order while the broker is down")
def test_a_row_in_the_outbox_waits_for_the_broker(api, stage, worker, attempts):
    """The request writes a row in the transaction of the order. It does not call the broker, so Ann
    gets her 201. A separate process sends the rows and deletes a row only after it is sent."""
    api.raise_request_exception = False

    saved = api.post("/20/orders/outbox/", {"reference": "A-0001"})
    attempts_by_request = len(attempts)
    with pytest.raises(OperationalError):
        tasks.send_outbox()

    waiting = [str(mail) for mail in OutgoingMail.objects.all()]
    stage.say(f"The broker is down. Rows in the outbox: {', '.join(waiting)}.")
    assert saved.status_code == 201
    assert attempts_by_request == 0
    assert len(attempts) == 4
    assert waiting == ["A-0001"]
    assert worker.sent == []


@trap("A rollback also removes the row from the outbox")
def test_the_outbox_sends_what_was_committed(api, stage, provider, worker):
    """The order and the row are saved together or not at all. The separate process can fail after
    it sends and before it deletes. Then it sends the row again, so the task must still be
    idempotent."""
    too_many = {"reference": "A-0002", "points_used": 101}
    saved = api.post("/20/orders/outbox/", {"reference": "A-0001"})
    rolled_back = api.post("/20/orders/outbox/", too_many)
    sent_by_requests = len(worker.sent)
    tasks.send_outbox()
    outcomes = worker.outcomes()

    stage.say(f"The outbox is sent. Tasks: {len(outcomes)}. Mails: {len(provider.mails)}.")
    assert (saved.status_code, rolled_back.status_code) == (201, 409)
    assert sent_by_requests == 0
    assert outcomes == ["SUCCESS"]
    assert provider.mails == ["Thank you for order A-0001."]
    assert OutgoingMail.objects.count() == 0


@trap("Eager mode makes the broken way look right")
def test_an_eager_task_finds_what_no_worker_would(api, stage, provider, worker, late_commit):
    """Many test suites set `task_always_eager`. It runs the task inside the block, on the
    connection that just saved the order. A worker has its own connection and cannot find the order
    there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(worker.app.conf, "task_always_eager", True)
        eager = api.post("/20/orders/delay/confirm/", {"reference": "A-0001"})
    stage.say(f"Eager mode. Orders marked: {len(noted('confirmed'))}.")
    real = api.post("/20/orders/delay/confirm/", {"reference": "A-0002"})
    outcomes = worker.outcomes()
    stage.say(f"With a worker, the task: {outcomes[0]}.")

    assert eager.status_code == real.status_code == 201
    assert outcomes == ["FAILURE: Order.DoesNotExist"]
    assert noted("confirmed") == ["A-0001"]
    assert provider.mails == ["We have your order A-0001."]
