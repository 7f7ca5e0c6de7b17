from django.db import transaction
from django.db.models import F
from rest_framework.exceptions import APIException
from rest_framework.generics import CreateAPIView

from shop.models import Customer

from . import tasks
from .models import OutgoingMail
from .serializers import OrderSerializer


class NotEnoughPoints(APIException):
    status_code = 409
    default_detail = "Not enough points."


class NoMail(APIException):
    status_code = 503
    default_detail = "The mail provider is down."


class Checkout(CreateAPIView):
    """Saves an order in a transaction. Each subclass sends the mail in its own way."""

    serializer_class = OrderSerializer
    task = None

    @transaction.atomic
    def perform_create(self, serializer):
        customer = self.request.user.customer
        order = serializer.save(customer=customer)
        self.mail(order.reference)
        if order.points_used:
            deduct(customer, order.points_used)


def deduct(customer, points):
    enough = Customer.objects.filter(pk=customer.pk, points__gte=points)
    if not enough.update(points=F("points") - points):
        raise NotEnoughPoints


# In the request, or in a task


class MailInRequest(Checkout):
    def mail(self, reference):
        try:
            tasks.thank(reference)
        except tasks.ProviderDown as error:
            raise NoMail from error


class MailInTask(Checkout):
    def mail(self, reference):
        tasks.thank.delay_on_commit(reference)


# Sent at once, after the commit, or from the outbox


class Delay(Checkout):
    def mail(self, reference):
        self.task.delay(reference)


class DelayOnCommit(Checkout):
    def mail(self, reference):
        self.task.delay_on_commit(reference)


class Outbox(Checkout):
    def mail(self, reference):
        OutgoingMail.objects.create(reference=reference)
