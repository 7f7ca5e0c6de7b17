import os
from contextlib import closing
from http.client import HTTPConnection

from config.celery import app
from shop.models import Order

from .models import OutgoingMail


class ProviderDown(Exception):
    pass


def provider_connection():
    """A connection to the mail provider. If it is silent for 30 seconds, a call raises an error."""
    return HTTPConnection(os.environ["MAIL_PROVIDER"], timeout=30)


def send_mail(text, key=""):
    """Let the provider send a mail. It sends a mail with a key only once."""
    with closing(provider_connection()) as provider:
        provider.request("POST", "/mails", text, {"Idempotency-Key": key})
        if provider.getresponse().status != 202:
            raise ProviderDown


@app.task
def thank(reference):
    send_mail(f"Thank you for order {reference}.")


# A task that fails


@app.task(autoretry_for=[ProviderDown], default_retry_delay=0)
def thank_stubbornly(reference):
    send_mail(f"Thank you for order {reference}.")


class NotedFailure(app.Task):
    def on_failure(self, exc, task_id, args, kwargs, einfo):
        Order.objects.filter(reference=args[0]).update(note="not thanked")


@app.task(base=NotedFailure, autoretry_for=[ProviderDown], default_retry_delay=0)
def thank_or_note(reference):
    send_mail(f"Thank you for order {reference}.")


@app.task(soft_time_limit=1)
def thank_in_time(reference):
    send_mail(f"Thank you for order {reference}.")


# A process that is killed


def confirm_order(reference, key=""):
    order = Order.objects.get(reference=reference)
    send_mail(f"We have your order {order.reference}.", key)
    Order.objects.filter(pk=order.pk).update(note="confirmed")


@app.task
def confirm(reference):
    confirm_order(reference)


@app.task(acks_late=True)
def confirm_late(reference):
    confirm_order(reference)


@app.task(acks_late=True, reject_on_worker_lost=True)
def confirm_again(reference):
    confirm_order(reference)


@app.task(acks_late=True, reject_on_worker_lost=True)
def confirm_once(reference):
    confirm_order(reference, key=f"confirmation of {reference}")


# A broker that is down


def send_outbox():
    """Send what the outbox holds. A process of its own calls this again and again."""
    for mail in OutgoingMail.objects.all():
        thank.delay(mail.reference)
        mail.delete()
