from django.urls import include, path
from django.views.decorators.http import conditional_page

from . import views

# In both, `tags` is the word for the tags in the URLs.


def bare(tags):
    """The API without links."""
    one = {"get": "retrieve", "put": "update", "patch": "partial_update", "delete": "destroy"}
    return [
        path(f"{tags}/", views.BareTags.as_view({"get": "list", "post": "create"})),
        path(f"{tags}/<str:name>/", views.BareTags.as_view(one)),
    ]


def linked(tags):
    """The API with links, and with a root."""
    return [
        path("", views.Root.as_view()),
        path(f"{tags}/", views.LinkedTags.as_view({"get": "list"}), name="tags"),
        path(f"{tags}/<path:name>/", views.LinkedTags.as_view({"get": "retrieve"}), name="tag"),
    ]


urlpatterns = [
    path("products/<str:sku>/", views.ProductDetail.as_view()),
    path("products/by-quality/<str:sku>/", views.ByQualityProductDetail.as_view()),
    path("bare/before/", include(bare("tags"))),
    path("bare/after/", include(bare("labels"))),
    path("linked/before/", include((linked("tags"), "25-linked-before"))),
    path("linked/after/", include((linked("labels"), "25-linked-after"))),
    path("pages/remembered/", views.RememberedTags.as_view()),
    path("pages/linked/", views.PagedTags.as_view()),
    path("orders/<str:reference>/", views.Orders.as_view({"get": "retrieve"})),
    path(
        "orders/<str:reference>/cancel/",
        views.Orders.as_view({"post": "cancel"}),
        name="25-cancel",
    ),
    path("receipts/conditional/<str:reference>/", conditional_page(views.Receipt.as_view())),
    path("receipts/etag-first/<str:reference>/", views.EtagFirstReceipt.as_view()),
    path("receipts/one-etag/<str:reference>/", views.OneEtagReceipt.as_view()),
]
