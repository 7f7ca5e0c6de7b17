from django.urls import path

from . import views

urlpatterns = [
    path("products/naive/", views.NaiveProductList.as_view()),
    path("products/joined/", views.JoinedProductList.as_view()),
    path("products/prefetched/", views.PrefetchedProductList.as_view()),
    path("products/both/", views.JoinedAndPrefetchedProductList.as_view()),
    path("payments/naive/", views.NaivePaymentList.as_view()),
    path("payments/joined/", views.JoinedPaymentList.as_view()),
    path("ids/naive/", views.NaiveIdsList.as_view()),
    path("ids/prefetched/", views.PrefetchedIdsList.as_view()),
    path("prices/all-columns/", views.AllColumnsPriceList.as_view()),
    path("prices/only-what-is-shown/", views.OnlyWhatIsShownPriceList.as_view()),
    path("prices/only-without-price/", views.OnlyWithoutThePriceList.as_view()),
    path("brands/only-without-the-key/", views.OnlyWithoutTheKeyBrandList.as_view()),
    path("brands/only-across-the-join/", views.OnlyAcrossTheJoinBrandList.as_view()),
    path("units-sold/asking/", views.AskingUnitsSoldList.as_view()),
    path("units-sold/unordered/", views.UnorderedUnitsSoldList.as_view()),
    path("units-sold/annotated/", views.AnnotatedUnitsSoldList.as_view()),
    path("basket/one-by-one/", views.OneByOneBasketTotal.as_view()),
    path("basket/all-at-once/", views.AllAtOnceBasketTotal.as_view()),
    path("parcels/", views.ParcelList.as_view()),
    path("parcels/search/", views.ParcelSearch.as_view()),
    path("parcels/exact/", views.ExactParcelSearch.as_view()),
]
