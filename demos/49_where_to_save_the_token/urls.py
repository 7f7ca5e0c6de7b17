from django.urls import path

from . import pages, views

urlpatterns = [
    path("shop.js", pages.script),
    path("widget.js", pages.widget),
    path("products/<sku>/naive/", pages.naive),
    path("products/<sku>/escaped/", pages.escaped),
    path("products/<sku>/with-policy/", pages.with_policy),
    path("products/<sku>/with-leaky-policy/", pages.with_leaky_policy),
    path("token/", views.SignIn.as_view()),
    path("cookie/", views.CookieSignIn.as_view()),
    path("orders/", views.Orders.as_view()),
    path("orders/unchecked/", views.UncheckedOrders.as_view()),
    path("orders/by-header/", views.OrdersByHeader.as_view()),
    path("stolen/", views.Stolen.as_view()),
]
