"""Checkouts that begin alike: they spend 40 points and write an order. Then a step may fail."""

from contextlib import suppress

from django.db import IntegrityError, transaction
from django.db.models import F
from django.shortcuts import get_object_or_404
from django.utils.crypto import get_random_string
from django.utils.decorators import method_decorator
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler

from shop.models import Customer, Order, Product

from .models import DueCharge

charges = []  # the orders that the payment provider has charged; no ROLLBACK reaches them


def new_reference():
    return get_random_string(20)


class NotEnoughPoints(ValidationError):
    default_detail = {"points": ["Not enough points are left."]}


def spend_and_order(user, reference=None):
    enough = Customer.objects.filter(user=user, points__gte=40)
    if not enough.update(points=F("points") - 40):
        raise NotEnoughPoints
    return Order.objects.create(
        reference=reference or new_reference(), customer=user.customer, points_used=40
    )


def take_from_stock():
    if not Product.objects.filter(stock__gt=0).update(stock=F("stock") - 1):
        raise ValidationError({"product": ["Sold out."]})


def charge(reference):
    charges.append(reference)


# Where atomic() stands


class UnprotectedCheckout(APIView):
    def post(self, request):
        spend_and_order(request.user)
        take_from_stock()
        return Response(status=201)


class AtomicMethodCheckout(UnprotectedCheckout):
    @transaction.atomic
    def post(self, request):
        return super().post(request)


class AtomicBlockCheckout(APIView):
    def post(self, request):
        with transaction.atomic():
            spend_and_order(request.user)
            take_from_stock()
        return Response(status=201)


@method_decorator(transaction.atomic, name="dispatch")
class AtomicDispatchCheckout(UnprotectedCheckout):
    pass


# What happens to the error


class ReturningCheckout(UnprotectedCheckout):
    @transaction.atomic
    def post(self, request):
        try:
            return super().post(request)
        except ValidationError as error:
            return Response(error.detail, status=400)


class SetRollbackCheckout(UnprotectedCheckout):
    @transaction.atomic
    def post(self, request):
        try:
            return super().post(request)
        except ValidationError as error:
            transaction.set_rollback(True)
            return Response(error.detail, status=400)


def own_handler(error, context):
    if isinstance(error, APIException):
        return Response({"error": error.detail}, status=error.status_code)


def wrapping_handler(error, context):
    response = exception_handler(error, context)
    if response is not None:
        response.data = {"error": response.data}
    return response


class OwnHandlerCheckout(UnprotectedCheckout):
    def get_exception_handler(self):
        return own_handler


class WrappingHandlerCheckout(UnprotectedCheckout):
    def get_exception_handler(self):
        return wrapping_handler


def existing_order():
    return Response({"existing": Order.objects.get(reference="A-0001").reference})


class CaughtIntegrityErrorCheckout(APIView):
    @transaction.atomic
    def post(self, request):
        try:
            spend_and_order(request.user, "A-0001")
        except IntegrityError:
            return existing_order()
        return Response(status=201)


class SavepointCheckout(APIView):
    @transaction.atomic
    def post(self, request):
        try:
            with transaction.atomic():
                spend_and_order(request.user, "A-0001")
        except IntegrityError:
            return existing_order()
        return Response(status=201)


class SilentCheckout(APIView):
    @transaction.atomic
    def post(self, request):
        Product.objects.update(stock=5)
        with suppress(IntegrityError):
            spend_and_order(request.user, "A-0001")
        return Response({"stock": 5})


# What no rollback reaches


class ChargingInsideCheckout(APIView):
    @transaction.atomic
    def post(self, request):
        charge(spend_and_order(request.user).reference)
        take_from_stock()
        return Response(status=201)


class ChargingOnCommitCheckout(APIView):
    @transaction.atomic
    def post(self, request):
        order = spend_and_order(request.user)
        transaction.on_commit(lambda: charge(order.reference))
        take_from_stock()
        return Response(status=201)


class OutboxCheckout(APIView):
    @transaction.atomic
    def post(self, request):
        order = spend_and_order(request.user)
        DueCharge.objects.create(reference=order.reference)
        take_from_stock()
        return Response(status=201)


def make_due_charges():
    """What one worker runs again and again."""
    for due in DueCharge.objects.all():
        charge(due.reference)
        due.delete()


def send_receipt():
    raise ConnectionRefusedError("The mail server is down.")


class ReceiptCheckout(APIView):
    robust = False

    @transaction.atomic
    def post(self, request):
        spend_and_order(request.user)
        transaction.on_commit(send_receipt, robust=self.robust)
        return Response(status=201)


class RobustReceiptCheckout(ReceiptCheckout):
    robust = True


class StaleAnswerCheckout(APIView):
    def post(self, request):
        customer = get_object_or_404(Customer, user=request.user)
        try:
            with transaction.atomic():
                customer.points += 40
                customer.save()
                take_from_stock()
        except ValidationError:
            return Response({"points": self.points_of(customer)}, status=400)
        return Response({"points": customer.points}, status=201)

    def points_of(self, customer):
        return customer.points


class FreshAnswerCheckout(StaleAnswerCheckout):
    def points_of(self, customer):
        customer.refresh_from_db()
        return customer.points


# Two requests at once


class ReadingCheckout(APIView):
    customers = Customer.objects.all()

    @transaction.atomic
    def post(self, request):
        customer = get_object_or_404(self.customers, user=request.user)
        if customer.points < 60:
            raise NotEnoughPoints
        customer.points -= 60
        customer.save()
        Order.objects.create(reference=new_reference(), customer=customer, points_used=60)
        return Response(status=201)


class LockingCheckout(ReadingCheckout):
    customers = Customer.objects.select_for_update()
