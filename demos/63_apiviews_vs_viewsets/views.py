from rest_framework.decorators import api_view
from rest_framework.exceptions import PermissionDenied
from rest_framework.filters import SearchFilter
from rest_framework.generics import ListCreateAPIView, get_object_or_404
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import BasePermission
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ModelViewSet, ReadOnlyModelViewSet, ViewSet, ViewSetMixin

from shop.models import Category, Customer, Product

from .serializers import CategorySerializer, CustomerSerializer

# One endpoint four ways, and the viewset with and without the generic layer.


def listed():
    return Response(CategorySerializer(Category.objects.all(), many=True).data)


def created(request):
    serializer = CategorySerializer(data=request.data)
    serializer.is_valid(raise_exception=True)
    serializer.save()
    return Response(serializer.data, status=201)


@api_view(["GET", "POST"])
def categories(request):
    return created(request) if request.method == "POST" else listed()


class CategoriesByHand(APIView):
    def get(self, request):
        return listed()

    def post(self, request):
        return created(request)


class GenericCategories(ListCreateAPIView):
    queryset = Category.objects.all()
    serializer_class = CategorySerializer
    filter_backends = [SearchFilter]
    search_fields = ["name"]


class CategoryViewSet(ViewSet):
    def list(self, request):
        return listed()

    def create(self, request):
        return created(request)


class CategoryModelViewSet(ModelViewSet):
    queryset = Category.objects.all()
    serializer_class = CategorySerializer
    filter_backends = [SearchFilter]
    search_fields = ["name"]
    lookup_field = "slug"


class BareAPIView(APIView):
    """It has no method of its own."""


class PageOfTwo(PageNumberPagination):
    page_size = 2


class PagedCategories(CategoryModelViewSet):
    pagination_class = PageOfTwo


class Me(ReadOnlyModelViewSet):
    """Retrieves one object, and no id is in its URL."""

    serializer_class = CustomerSerializer

    def get_object(self):
        return get_object_or_404(Customer, user_id=self.request.user.pk)


# Which verbs are open at all.


class GetOnlyView(CategoriesByHand):
    http_method_names = ["get"]


class GetOnlyViewSet(CategoryViewSet):
    http_method_names = ["get"]


class GetHeadOptionsViewSet(CategoryViewSet):
    http_method_names = ["get", "head", "options"]


# Anyone may list. For viewsets, the permission closes all other actions.


class OnlyListOfViewSet(BasePermission):
    def has_permission(self, request, view):
        if isinstance(view, ViewSet):
            return view.action == "list"
        return True


class OnlyListOfViewSetMixin(BasePermission):
    def has_permission(self, request, view):
        if isinstance(view, ViewSetMixin):
            return view.action == "list"
        return True


class PlainViewSet(CategoryViewSet):
    permission_classes = [OnlyListOfViewSet]


class MissedModelViewSet(CategoryModelViewSet):
    permission_classes = [OnlyListOfViewSet]


class SeenModelViewSet(CategoryModelViewSet):
    permission_classes = [OnlyListOfViewSetMixin]


class ViewWithoutActions(CategoriesByHand):
    permission_classes = [OnlyListOfViewSetMixin]


# A helper with the name of a verb.


def empty_the_shelf(slug):
    Product.objects.filter(category__slug=slug).update(stock=0)
    return Response(status=204)


class ClearShelf(ViewSet):
    """POST takes the products of a category off the shelf, if an admin sends it."""

    def clear(self, request, slug):
        if not request.user.is_staff:
            raise PermissionDenied
        return self.delete(request, slug)

    def delete(self, request, slug):
        return empty_the_shelf(slug)


class ClearShelfPrivately(ViewSet):
    def clear(self, request, slug):
        if not request.user.is_staff:
            raise PermissionDenied
        return self._empty(slug)

    def _empty(self, slug):
        return empty_the_shelf(slug)
