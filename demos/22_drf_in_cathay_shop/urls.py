from django.urls import include, path
from rest_framework.routers import SimpleRouter

from . import defaults, naive, plain, views


def routes_of(viewset):
    router = SimpleRouter()
    router.register("products", viewset)
    return include(router.urls)


urlpatterns = [
    path("naive/products/", naive.product_list),
    path("naive/products/<str:sku>/", naive.product_detail),
    path("plain/products/", plain.ProductList.as_view()),
    path("plain/products/<str:sku>/", plain.ProductDetail.as_view()),
    path("drf/", routes_of(views.ProductViewSet)),
    path("defaults/", routes_of(defaults.DefaultsProductViewSet)),
    path("configured/", routes_of(defaults.ConfiguredProductViewSet)),
]
