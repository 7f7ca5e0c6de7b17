from django.urls import path

from . import serializers, views

urlpatterns = [
    path("orders/naive/", views.NaiveOrderList.as_view()),
    path("orders/items-only/", views.ItemsOnlyOrderList.as_view()),
    path("orders/deep/", views.DeepOrderList.as_view()),
    path("orders/joined-items/", views.JoinedItemsOrderList.as_view()),
    path("orders/select-related-items/", views.SelectRelatedItemsOrderList.as_view()),
    path("orders/large-items/filtered/", views.FilteredItemsOrderList.as_view()),
    path("orders/large-items/in-memory/", views.InMemoryItemsOrderList.as_view()),
    path("orders/<str:reference>/", views.DeepOrderDetail.as_view()),
    path("products/naive/", views.NaiveProductList.as_view()),
    path("products/select-related/", views.SelectRelatedProductList.as_view()),
    path("products/prefetched/", views.PrefetchedProductList.as_view()),
    path("products/paginated/", views.PaginatedProductList.as_view()),
]

hidden_sources = {
    "dotted-source": serializers.DottedSourceSerializer,
    "slug": serializers.SlugSerializer,
    "method-field": serializers.MethodFieldSerializer,
    "depth": serializers.DepthSerializer,
}
for name, serializer in hidden_sources.items():
    naive = views.NaiveProductList.as_view(serializer_class=serializer)
    cured = views.SelectRelatedProductList.as_view(serializer_class=serializer)
    urlpatterns += [
        path(f"products/{name}/naive/", naive),
        path(f"products/{name}/select-related/", cured),
    ]
