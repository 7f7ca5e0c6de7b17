import hashlib

from django.db import transaction
from django.db.models import F
from django.shortcuts import get_object_or_404
from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.views import APIView

from shop.models import Customer, Order

from .models import IdempotencyKey
from .serializers import KeySerializer, PaymentSerializer


class AlreadyPaid(APIException):
    status_code = 409
    default_detail = "This order is paid already."


class NotEnoughPoints(APIException):
    status_code = 409
    default_detail = "Not enough points."


class KeyUsedOtherwise(APIException):
    status_code = 422
    default_detail = "This key was used for another request."


def deduct(customer, points):
    """Deduct the points in one UPDATE that changes no row if there are too few."""
    enough = Customer.objects.filter(pk=customer.pk, points__gte=points)
    if not enough.update(points=F("points") - points):
        raise NotEnoughPoints


def mark_paid(order):
    Order.objects.filter(pk=order.pk).update(status=Order.Status.PAID)


class PayOrder(APIView):
    """A customer pays an order with reward points. Each subclass does it in another way."""

    def post(self, request, reference):
        payment = PaymentSerializer(data=request.data)
        payment.is_valid(raise_exception=True)
        order = get_object_or_404(
            Order.objects.select_related("customer"),
            reference=reference,
            customer__user=request.user,
        )
        self.pay(order, payment.validated_data["points"])
        return Response({"order": order.reference, "status": "PAID"})


# The broken ways


class ReadModifyWrite(PayOrder):
    def pay(self, order, points):
        customer = order.customer
        if customer.points < points:
            raise NotEnoughPoints
        customer.points -= points
        customer.save()
        mark_paid(order)


class StatusCheck(PayOrder):
    def pay(self, order, points):
        if order.status != Order.Status.PENDING:
            raise AlreadyPaid
        deduct(order.customer, points)
        mark_paid(order)


class StatusCheckInTransaction(StatusCheck):
    @transaction.atomic
    def post(self, request, reference):
        return super().post(request, reference)


class BalanceGuard(PayOrder):
    def pay(self, order, points):
        deduct(order.customer, points)
        mark_paid(order)


class CustomerLock(PayOrder):
    @transaction.atomic
    def pay(self, order, points):
        customer = Customer.objects.select_for_update().get(pk=order.customer_id)
        if order.status != Order.Status.PENDING:
            raise AlreadyPaid
        deduct(customer, points)
        mark_paid(order)


# The cures


class OrderLock(PayOrder):
    @transaction.atomic
    def pay(self, order, points):
        order = Order.objects.select_for_update().get(pk=order.pk)
        if order.status != Order.Status.PENDING:
            raise AlreadyPaid
        deduct(order.customer, points)
        mark_paid(order)


class StatusCompareAndSet(PayOrder):
    @transaction.atomic
    def pay(self, order, points):
        pending = Order.objects.filter(pk=order.pk, status=Order.Status.PENDING)
        if not pending.update(status=Order.Status.PAID):
            raise AlreadyPaid
        deduct(order.customer, points)


class OncePerKey(BalanceGuard):
    """Guards only the balance, and is idempotent by the Idempotency-Key header."""

    @transaction.atomic
    def post(self, request, reference):
        key = key_of(request)
        customer = get_object_or_404(Customer, user=request.user)
        fingerprint = fingerprint_of(request)
        record, is_new = IdempotencyKey.objects.get_or_create(
            customer=customer, key=key, defaults={"fingerprint": fingerprint}
        )
        if record.fingerprint != fingerprint:
            raise KeyUsedOtherwise
        if not is_new:
            return Response(record.answer, record.status)
        response = super().post(request, reference)
        record.status, record.answer = response.status_code, response.data
        record.save()
        return response


def key_of(request):
    headers = KeySerializer(data={"key": request.headers.get("Idempotency-Key", "")})
    headers.is_valid(raise_exception=True)
    return headers.validated_data["key"]


def fingerprint_of(request):
    sent = f"{request.method} {request.get_full_path()}\n".encode() + request.body
    return hashlib.sha256(sent).hexdigest()
