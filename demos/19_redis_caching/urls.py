from django.urls import path
from django.views.decorators.cache import cache_page
from rest_framework.authentication import BasicAuthentication
from rest_framework.permissions import AllowAny

from . import views

page = cache_page(views.HOUR)
throttled = {
    "authentication_classes": [BasicAuthentication],
    "throttle_classes": [views.OncePerDay],
}
for_everybody = {
    "authentication_classes": [BasicAuthentication],
    "permission_classes": [AllowAny],
}

urlpatterns = [
    path("prices/uncached/", views.UncachedPrices.as_view()),
    path("prices/get-or-set/", views.GetOrSetPrices.as_view()),
    path("prices/cache-page/", page(views.UncachedPrices.as_view())),
    path("prices/fallback/", views.FallbackPrices.as_view()),
    path("prices/locked/", views.LockedPrices.as_view()),
    path("prices/stale-while-refreshed/", views.StaleWhileRefreshedPrices.as_view()),
    path("prices/versioned/", views.VersionedPrices.as_view()),
    path("sale/in-bulk/", views.SaleInBulk.as_view()),
    path("sale/one-by-one/", views.SaleOneByOne.as_view()),
    path("sale/forgetting-at-once/", views.SaleForgettingAtOnce.as_view()),
    path("sale/forgetting-on-commit/", views.SaleForgettingOnCommit.as_view()),
    path("sale/with-new-version/", views.SaleWithNewVersion.as_view()),
    path("search/one-key/", views.SearchUnderOneKey.as_view()),
    path("search/its-term/", views.SearchUnderItsTerm.as_view()),
    path("search/cache-page/", page(views.UncachedSearch.as_view())),
    path("offers/", views.Offers.as_view()),
    path("offers/around-view/", page(views.Offers.as_view())),
    path("offers/around-get/", views.OffersCachedAroundGet.as_view()),
    path("offers/per-caller/", views.OffersPerCaller.as_view()),
    path("throttled/around-view/", page(views.Offers.as_view(**throttled))),
    path("throttled/around-get/", views.OffersCachedAroundGet.as_view(**throttled)),
    path("open/around-get/", views.OffersCachedAroundGet.as_view(**for_everybody)),
    path("open/per-caller/", views.OffersPerCaller.as_view(**for_everybody)),
]
