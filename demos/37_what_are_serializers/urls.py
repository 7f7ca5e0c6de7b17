from django.urls import path

from . import serializers, views

optional = serializers.OptionalCategorySerializer
urlpatterns = [
    path("types/<str:sku>/", views.Types.as_view()),
    path("journeys/<str:sku>/", views.Journey.as_view()),
    path("prices/text/<str:sku>/", views.Price.as_view()),
    path("prices/native/<str:sku>/", views.NativePrice.as_view()),
    path("categories/naive/", views.NaiveCategory.as_view()),
    path("categories/validated/", views.ValidatedCategory.as_view()),
    path("categories/late/", views.LateCategory.as_view()),
    path("categories/savepoint/", views.SavepointCategory.as_view()),
    path("lists/many/", views.CategoryList.as_view(many=True)),
    path("lists/forgotten/", views.CategoryList.as_view()),
    path("lists/optional/", views.CategoryList.as_view(serializer_class=optional)),
    path("order/", views.Order.as_view()),
]
