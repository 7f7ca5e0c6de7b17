from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.routers import APIRootView
from rest_framework.viewsets import GenericViewSet, ModelViewSet, ReadOnlyModelViewSet

from shop.models import Category, Customer, Order, Product

from . import serializers


class Categories(ModelViewSet):
    queryset = Category.objects.all()
    serializer_class = serializers.CategorySerializer
    lookup_field = "slug"

    @action(detail=False)
    def featured(self, request, format=None):
        return Response({"featured": [category.name for category in self.get_queryset()]})

    def newest(self, request):
        """The decorator is missing, so the router does not see this method."""
        return Response({"newest": []})


class CategoriesWithoutFormat(Categories):
    @action(detail=False)
    def featured(self, request):
        return super().featured(request)


class CategoriesWithLists(Categories):
    @action(detail=False, url_path="lists/featured")
    def featured(self, request):
        return super().featured(request)


class CategoryNames(ListModelMixin, GenericViewSet):
    queryset = Category.objects.all()
    serializer_class = serializers.NameSerializer


class CategoryDetails(RetrieveModelMixin, GenericViewSet):
    queryset = Category.objects.all()
    serializer_class = serializers.CategorySerializer
    lookup_field = "slug"


class OpenRoot(APIRootView):
    permission_classes = [AllowAny]


# Products have a dot in their stock keeping unit.


class Products(ReadOnlyModelViewSet):
    queryset = Product.objects.all()
    serializer_class = serializers.ProductSerializer
    lookup_field = "sku"

    @action(detail=True, methods=["put"])
    def shelf(self, request, sku, format=None):
        return self.set_stock(100)

    @shelf.mapping.delete
    def take_off_the_shelf(self, request, sku, format=None):
        return self.set_stock(0)

    def set_stock(self, stock):
        product = self.get_object()
        product.stock = stock
        product.save()
        return Response(self.get_serializer(product).data)


class ProductsByRegex(Products):
    lookup_value_regex = "[^/]+"


class ProductsBySlug(Products):
    lookup_value_converter = "slug"


class Orders(ModelViewSet):
    queryset = Order.objects.all()
    serializer_class = serializers.OrderSerializer

    def perform_create(self, serializer):
        customer = get_object_or_404(Customer, user_id=self.request.user.pk)
        serializer.save(customer=customer)
