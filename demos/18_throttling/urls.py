from django.urls import path
from rest_framework.throttling import AnonRateThrottle

from . import views

urlpatterns = [
    path("products/", views.ProductList.as_view()),
    path("products/basic/", views.BasicProductList.as_view()),
    path("products/scoped/", views.ScopedProductList.as_view()),
    path("products/two-limits/", views.TwoLimitsProductList.as_view()),
    path("products/first-refusal/", views.FirstRefusalProductList.as_view()),
    path("products/same-scope/", views.SameScopeProductList.as_view()),
    path("products/other-scope/", views.OtherScopeProductList.as_view()),
    path("search/", views.ScopedProductSearch.as_view()),
    path("search/no-scope/", views.ScopelessProductSearch.as_view()),
    path("login/", views.Login.as_view()),
    path("login/per-account/", views.LoginWithAccountLimit.as_view()),
]

hours = {
    "once-a-minute": views.AnonymousOnceAMinute,
    "once-a-month": views.OnceAMonth,
    "once-a-week": views.OnceAWeek,
    "no-rate": AnonRateThrottle,
    "new-scope": views.NewScope,
    "history": views.ThreeADay,
    "counter": views.CountedThreeADay,
    "without-redis": views.ThreeADayWhileRedisIsUp,
}
urlpatterns += [
    path(f"hours/{name}/", views.OpeningHours.as_view(throttle_classes=[throttle]))
    for name, throttle in hours.items()
]
