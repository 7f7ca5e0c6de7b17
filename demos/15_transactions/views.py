"""Checkouts that begin alike: 40 points are spent, an order is written; then a step may fail."""

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.crypto import get_random_string
from django.utils.decorators import method_decorator
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler

from shop.models import Customer, Order, Product

charges = []  # what the payment provider has taken, on a computer of its own


def spend_and_order(user):
    Customer.objects.filter(user=user).update(points=F("points") - 40)
    return Order.objects.create(reference="A-0001", customer=user.customer, points_used=40)


def take_from_stock():
    if not Product.objects.filter(stock__gt=0).update(stock=F("stock") - 1):
        raise ValidationError({"product": ["Sold out."]})


def charge(order):
    charges.append(order.reference)


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


# What becomes of the error


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


class CaughtIntegrityErrorCheckout(APIView):
    @transaction.atomic
    def post(self, request):
        try:
            spend_and_order(request.user)
        except IntegrityError:
            return Response({"existing": Order.objects.get(reference="A-0001").reference})


class SavepointCheckout(APIView):
    @transaction.atomic
    def post(self, request):
        try:
            with transaction.atomic():
                spend_and_order(request.user)
        except IntegrityError:
            return Response({"existing": Order.objects.get(reference="A-0001").reference})


# What no rollback reaches


class ChargingInsideCheckout(APIView):
    @transaction.atomic
    def post(self, request):
        charge(spend_and_order(request.user))
        take_from_stock()
        return Response(status=201)


class ChargingOnCommitCheckout(APIView):
    @transaction.atomic
    def post(self, request):
        order = spend_and_order(request.user)
        transaction.on_commit(lambda: charge(order))
        take_from_stock()
        return Response(status=201)


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
        customer = Customer.objects.get(user=request.user)
        try:
            with transaction.atomic():
                customer.points -= 40
                customer.save()
                take_from_stock()
        except ValidationError:
            return Response({"points_left": self.points_left(customer)}, status=400)

    def points_left(self, customer):
        return customer.points


class FreshAnswerCheckout(StaleAnswerCheckout):
    def points_left(self, customer):
        customer.refresh_from_db()
        return customer.points


# Two requests at once


class ReadingCheckout(APIView):
    customers = Customer.objects.all()

    @transaction.atomic
    def post(self, request):
        customer = self.customers.get(user=request.user)
        if customer.points < 60:
            raise ValidationError({"points": ["Not enough points are left."]})
        customer.points -= 60
        customer.save()
        Order.objects.create(reference=get_random_string(10), customer=customer, points_used=60)
        return Response(status=201)


class LockingCheckout(ReadingCheckout):
    customers = Customer.objects.select_for_update()
