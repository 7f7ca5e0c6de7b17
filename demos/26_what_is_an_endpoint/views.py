from django.shortcuts import get_object_or_404
from rest_framework.decorators import action
from rest_framework.generics import RetrieveAPIView
from rest_framework.mixins import (
    CreateModelMixin,
    ListModelMixin,
    RetrieveModelMixin,
    UpdateModelMixin,
)
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from shop.models import Category

from . import serializers


class Categories(
    ListModelMixin, CreateModelMixin, RetrieveModelMixin, UpdateModelMixin, GenericViewSet
):
    queryset = Category.objects.all()
    serializer_class = serializers.CategorySerializer
    permission_classes = [AllowAny]
    lookup_field = "slug"

    @action(detail=True, methods=["post"])
    def clear(self, request, slug):
        """Take all products of this category off the shelf."""
        self.get_object().products.update(stock=0)
        return Response(status=204)


class MemberCategories(Categories):
    permission_classes = [IsAuthenticated]


class LinkedCategories(ReadOnlyModelViewSet):
    queryset = Category.objects.all()
    serializer_class = serializers.LinkedCategorySerializer
    lookup_field = "slug"


class OneCategory(RetrieveAPIView):
    queryset = Category.objects.all()
    serializer_class = serializers.CategorySerializer
    lookup_field = "slug"


class FirstCategory(OneCategory):
    """The first category by name."""

    def get_object(self):
        return get_object_or_404(self.get_queryset()[:1])
