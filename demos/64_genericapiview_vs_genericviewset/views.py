from rest_framework.filters import SearchFilter
from rest_framework.generics import GenericAPIView, ListAPIView, RetrieveAPIView
from rest_framework.mixins import (
    CreateModelMixin,
    ListModelMixin,
    RetrieveModelMixin,
    UpdateModelMixin,
)
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ModelViewSet, ReadOnlyModelViewSet

from shop.models import Category, Order

from . import serializers


class OfCategories:
    queryset = Category.objects.all()
    serializer_class = serializers.CategorySerializer
    lookup_field = "slug"


class NameOfCategory(OfCategories, GenericAPIView):
    def get(self, request, slug):
        return Response({"name": self.get_object().name})


class BareView(OfCategories, GenericAPIView):
    """It has a queryset and a serializer, and no handler."""


class ListOfCategories(OfCategories, ListModelMixin):
    pass


class MixinInView(ListOfCategories, GenericAPIView):
    """It has the action `list()`, and no handler."""


class MixinInViewSet(ListOfCategories, GenericViewSet):
    """It has the action `list()`, and a table can bind it."""


class CategoryList(OfCategories, ListAPIView):
    pass


# What a router makes of each choice of mixins.


class Bare(OfCategories, GenericViewSet):
    pass


class CreatedAndRead(OfCategories, CreateModelMixin, RetrieveModelMixin, GenericViewSet):
    pass


class Updated(OfCategories, UpdateModelMixin, GenericViewSet):
    pass


class ReadOnly(OfCategories, ReadOnlyModelViewSet):
    pass


class Full(OfCategories, ModelViewSet):
    pass


# The search, under two names, and a `get()` by hand.


class MisspeltSearch(OfCategories, ListAPIView):
    filter_backend = [SearchFilter]
    search_fields = ["name"]


class RightSearch(MisspeltSearch):
    filter_backends = MisspeltSearch.filter_backend


class PageOfTwo(PageNumberPagination):
    page_size = 2


class OwnGet(RightSearch):
    pagination_class = PageOfTwo

    def get(self, request):
        serializer = self.get_serializer(self.get_queryset(), many=True)
        return Response(serializer.data)


class OwnGetWithHooks(OwnGet):
    def get(self, request):
        categories = self.filter_queryset(self.get_queryset())
        page = self.paginate_queryset(categories)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


# A mixin of your own, before and after the base class.


class OwnOrders:
    queryset = Order.objects.all()
    serializer_class = serializers.OrderSerializer

    def get_queryset(self):
        return super().get_queryset().filter(customer__user=self.request.user)


class MixinFirst(OwnOrders, ListAPIView):
    pass


class MixinLast(ListAPIView, OwnOrders):
    queryset = OwnOrders.queryset
    serializer_class = OwnOrders.serializer_class


# A part is missing.


class WithoutQueryset(ListAPIView):
    serializer_class = serializers.CategorySerializer


class WithoutSerializer(ListAPIView):
    queryset = Category.objects.all()


class WithoutLookup(OfCategories, RetrieveAPIView):
    """Its URL has a slug."""

    lookup_field = "pk"
