import os
from http.client import HTTPConnection

from config.celery import app
from shop.models import Order


class ProviderDown(Exception):
    pass


def send_mail(text, key=""):
    """Have the provider send a mail; of one key it sends no second."""
    provider = HTTPConnection(os.environ["MAIL_PROVIDER"], timeout=30)
    provider.request("POST", "/mails", text, {"Idempotency-Key": key})
    status = provider.getresponse().status
    provider.close()
    if status == 503:
        raise ProviderDown


@app.task
def thank(reference):
    send_mail(f"Thank you for order {reference}.")


@app.task(autoretry_for=[ProviderDown], default_retry_delay=0)
def thank_stubbornly(reference):
    send_mail(f"Thank you for order {reference}.")


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
