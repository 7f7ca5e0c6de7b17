import csv
from io import StringIO

from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.utils.functional import cached_property
from django.utils.http import quote_etag
from rest_framework.exceptions import APIException, NotAcceptable
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.mixins import RetrieveModelMixin
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.pagination import PageNumberPagination
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.versioning import NamespaceVersioning
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet, ModelViewSet, ReadOnlyModelViewSet

from shop.models import Order, OrderItem, Payment, Product, Tag

from . import serializers

# One resource, several representations


class CsvRenderer(BaseRenderer):
    media_type = "text/csv"
    format = "csv"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        rows = data if isinstance(data, list) else [data]
        file = StringIO()
        writer = csv.writer(file)
        writer.writerows(rows[:1])
        writer.writerows(row.values() for row in rows)
        return file.getvalue()


class ProductDetail(RetrieveAPIView):
    queryset = Product.objects.all()
    serializer_class = serializers.ProductSerializer
    renderer_classes = [JSONRenderer, CsvRenderer]
    lookup_field = "sku"


class ByQuality(DefaultContentNegotiation):
    """Django's own choice, which follows the q-values."""

    def select_renderer(self, request, renderers, format_suffix=None):
        preferred = request.get_preferred_type([one.media_type for one in renderers])
        if preferred is None:
            raise NotAcceptable
        return next((one, preferred) for one in renderers if one.media_type == preferred)


class ByQualityProductDetail(ProductDetail):
    content_negotiation_class = ByQuality


# The tags without links, and with them


class BareTags(ModelViewSet):
    queryset = Tag.objects.all()
    serializer_class = serializers.TagSerializer
    lookup_field = "name"


class Linked:
    """Each link leads into the mount that the request came through."""

    versioning_class = NamespaceVersioning


class Root(Linked, APIView):
    """The only URL that a client must know."""

    def get(self, request):
        return Response({"tags": reverse("tags", request=request)})


class LinkedTags(Linked, ReadOnlyModelViewSet):
    queryset = Tag.objects.all()
    serializer_class = serializers.LinkedTagSerializer
    lookup_field = "name"


class PageOfTwo(PageNumberPagination):
    page_size = 2


class PagedTags(ListAPIView):
    """The link to the next page holds all that the server needs."""

    queryset = Tag.objects.all()
    serializer_class = serializers.TagSerializer
    pagination_class = PageOfTwo


class RememberedTags(APIView):
    """The server keeps in the session which page comes next."""

    def get(self, request):
        seen = request.session.get("25-seen", 0)
        request.session["25-seen"] = seen + 2
        tags = Tag.objects.all()[seen : seen + 2]
        return Response({"results": serializers.TagSerializer(tags, many=True).data})


# An order that says what can be done with it


class CannotBeCancelled(APIException):
    status_code = 409
    default_detail = "Only a pending order can be cancelled."


class Orders(RetrieveModelMixin, GenericViewSet):
    queryset = Order.objects.all()
    serializer_class = serializers.OrderSerializer
    lookup_field = "reference"

    def cancel(self, request, reference):
        pending = Order.objects.filter(reference=reference, status=Order.Status.PENDING)
        if not pending.update(status=Order.Status.CANCELLED):
            self.get_object()
            raise CannotBeCancelled
        return self.retrieve(request)


# The receipt of a paid order, which never changes


class Receipt(ListAPIView):
    serializer_class = serializers.ReceiptLineSerializer
    renderer_classes = [JSONRenderer, CsvRenderer]

    @cached_property
    def payment(self):
        return get_object_or_404(Payment, order__reference=self.kwargs["reference"])

    def get_queryset(self):
        return OrderItem.objects.filter(order=self.payment.order_id).select_related("product")


class EtagFirstReceipt(Receipt):
    """Knows the ETag before it reads a line."""

    def get_etag(self):
        representation = self.request.accepted_renderer.format
        return quote_etag(f"{self.payment.transaction_id}-{representation}")

    def list(self, request, reference):
        etag = self.get_etag()
        unchanged = get_conditional_response(request, etag=etag)
        response = unchanged or super().list(request)
        response["ETag"] = etag
        return response


class OneEtagReceipt(EtagFirstReceipt):
    def get_etag(self):
        return quote_etag(self.payment.transaction_id)
