from django.shortcuts import get_object_or_404
from rest_framework.decorators import action, api_view, permission_classes
from rest_framework.filters import SearchFilter
from rest_framework.generics import (
    ListAPIView,
    ListCreateAPIView,
    RetrieveUpdateDestroyAPIView,
)
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet, ModelViewSet, ReadOnlyModelViewSet, ViewSet

from shop.models import Category, Order

from .serializers import CategorySerializer, OrderSerializer

# The same six operations three times: by hand, as generic views, and as a ViewSet.


class CategoryListByHand(APIView):
    def get(self, request):
        return Response(CategorySerializer(Category.objects.all(), many=True).data)

    def post(self, request):
        serializer = CategorySerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response(serializer.data, status=201)


class CategoryByHand(APIView):
    def get(self, request, slug):
        category = get_object_or_404(Category, slug=slug)
        return Response(CategorySerializer(category).data)

    def put(self, request, slug, partial=False):
        category = get_object_or_404(Category, slug=slug)
        serializer = CategorySerializer(category, data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response(serializer.data)

    def patch(self, request, slug):
        return self.put(request, slug, partial=True)

    def delete(self, request, slug):
        get_object_or_404(Category, slug=slug).delete()
        return Response(status=204)


class GenericCategoryList(ListCreateAPIView):
    queryset = Category.objects.all()
    serializer_class = CategorySerializer


class GenericCategory(RetrieveUpdateDestroyAPIView):
    queryset = Category.objects.all()
    serializer_class = CategorySerializer
    lookup_field = "slug"


class CategoryViewSet(ModelViewSet):
    queryset = Category.objects.all()
    serializer_class = CategorySerializer
    lookup_field = "slug"


# A view can also be a function.


@api_view(["GET"])
@permission_classes([AllowAny])
def category_count(request):
    return Response({"categories": Category.objects.count()})


# Two base classes that bring less than ModelViewSet.


class BareCategoryViewSet(GenericViewSet):
    """Has everything that a generic view has, and no action."""


class ReadOnlyCategoryViewSet(ReadOnlyModelViewSet):
    queryset = Category.objects.all()
    serializer_class = CategorySerializer


# One payment in three places. Only the customer who ordered may pay.


class IsOwner(IsAuthenticated):
    def has_object_permission(self, request, view, order):
        return order.customer.user_id == request.user.pk


def pay(order):
    order.status = Order.Status.PAID
    order.save()
    return Response(OrderSerializer(order).data)


class ForgetfulPayOrder(APIView):
    permission_classes = [IsOwner]

    def post(self, request, reference):
        order = get_object_or_404(Order, reference=reference)
        return pay(order)


class PayOrder(APIView):
    permission_classes = [IsOwner]

    def post(self, request, reference):
        order = get_object_or_404(Order, reference=reference)
        self.check_object_permissions(request, order)
        return pay(order)


class OrderViewSet(RetrieveModelMixin, GenericViewSet):
    queryset = Order.objects.all()
    serializer_class = OrderSerializer
    permission_classes = [IsOwner]
    lookup_field = "reference"

    @action(detail=True, methods=["post"])
    def pay(self, request, reference):
        return pay(self.get_object())


# The same settings below four base classes.


class PageOfOne(PageNumberPagination):
    page_size = 1


class SearchSettings:
    queryset = Category.objects.all()
    serializer_class = CategorySerializer
    filter_backends = [SearchFilter]
    search_fields = ["name"]
    pagination_class = PageOfOne


class APIViewSearch(SearchSettings, APIView):
    def get(self, request):
        return Response(self.serializer_class(self.queryset.all(), many=True).data)


class ViewSetSearch(SearchSettings, ViewSet):
    def list(self, request):
        return Response(self.serializer_class(self.queryset.all(), many=True).data)


class ListAPIViewSearch(SearchSettings, ListAPIView):
    pass


class GenericViewSetSearch(SearchSettings, ListModelMixin, GenericViewSet):
    pass


# A lookup by id, as in the first example of many tutorials.


class CategoryByIdByHand(APIView):
    def get(self, request, pk):
        return Response(CategorySerializer(get_object_or_404(Category, pk=pk)).data)


# A queryset on the class is one object for the life of the process.


class StaleListViewSet(ReadOnlyCategoryViewSet):
    def list(self, request):
        return Response(CategorySerializer(self.queryset, many=True).data)


class StaleGetQuerysetViewSet(ReadOnlyCategoryViewSet):
    def get_queryset(self):
        return self.queryset


class GuardedAPIView(APIView):
    queryset = Category.objects.all()

    def get(self, request):
        return Response(CategorySerializer(self.queryset, many=True).data)


# Permissions by action, a recipe that is often copied.


class KeyErrorViewSet(ReadOnlyCategoryViewSet):
    permissions_by_action = {"list": AllowAny, "retrieve": IsAuthenticated}

    def get_permissions(self):
        return [self.permissions_by_action[self.action]()]


class FallbackViewSet(KeyErrorViewSet):
    def get_permissions(self):
        return [self.permissions_by_action.get(self.action, IsAuthenticated)()]
