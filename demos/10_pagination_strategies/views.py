from django.db.models import F
from django.db.models.functions import Coalesce
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.fields import DateTimeField
from rest_framework.generics import ListAPIView
from rest_framework.pagination import (
    CursorPagination,
    LimitOffsetPagination,
    PageNumberPagination,
)

from shop.models import Order

from .keyset import KeysetByDate
from .serializers import OrderSerializer

# The strategies


class PageOfTen(PageNumberPagination):
    page_size = 10


class LimitOfTen(LimitOffsetPagination):
    default_limit = 10


class CappedLimit(LimitOfTen):
    max_limit = 50


class CursorByReference(CursorPagination):
    ordering = "reference"
    page_size = 10
    page_size_query_param = "page_size"
    max_page_size = 500

    def decode_cursor(self, request):
        """PostgreSQL refuses a NUL. Only a forged cursor holds one."""
        cursor = super().decode_cursor(request)
        if cursor and "\0" in str(cursor.position):
            raise NotFound(self.invalid_cursor_message)
        return cursor


class CursorByStatus(CursorByReference):
    ordering = ("status", "reference")


class CursorAsItComes(CursorPagination):
    page_size = 10


class CursorByDate(CursorPagination):
    ordering = "-created_at"
    page_size = 10


class GuardedCursorByDate(CursorByDate):
    def decode_cursor(self, request):
        cursor = super().decode_cursor(request)
        if cursor and cursor.position is not None:
            try:
                DateTimeField().run_validation(cursor.position)
            except ValidationError as error:
                raise NotFound(self.invalid_cursor_message) from error
        return cursor


class CursorByPayment(GuardedCursorByDate):
    ordering = "-paid_at"


# The same list with each of them


class OrderList(ListAPIView):
    """All orders in the model's own order: by their reference, which is unique."""

    queryset = Order.objects.all()
    serializer_class = OrderSerializer


class PagedOrderList(OrderList):
    pagination_class = PageOfTen


class SizelessPagedOrderList(OrderList):
    pagination_class = PageNumberPagination


class OffsetOrderList(OrderList):
    pagination_class = LimitOfTen


class CappedOffsetOrderList(OrderList):
    pagination_class = CappedLimit


class CursorOrderList(OrderList):
    pagination_class = CursorByReference


class CursorByStatusOrderList(OrderList):
    pagination_class = CursorByStatus


class CursorAsItComesOrderList(OrderList):
    pagination_class = CursorAsItComes


class CursorByDateOrderList(OrderList):
    pagination_class = CursorByDate


class GuardedCursorByDateOrderList(OrderList):
    pagination_class = GuardedCursorByDate


class CursorByPaymentOrderList(OrderList):
    queryset = Order.objects.annotate(paid_at=F("payment__paid_at"))
    pagination_class = CursorByPayment


class CursorByFilledPaymentOrderList(CursorByPaymentOrderList):
    queryset = Order.objects.annotate(paid_at=Coalesce("payment__paid_at", "created_at"))


class KeysetOrderList(OrderList):
    pagination_class = KeysetByDate
