from django.urls import path

from . import views

urlpatterns = [
    path("page/", views.page),
    path("sign-in/", views.SignIn.as_view()),
    path("sign-in/protected/", views.ProtectedSignIn.as_view()),
    path("me/", views.Me.as_view()),
    path("hours/", views.Hours.as_view()),
    path("hours/for-anyone/", views.HoursForAnyone.as_view()),
    path("orders/", views.Orders.as_view()),
    path("orders/unchecked/", views.UncheckedOrders.as_view()),
    path("orders/by-get/", views.OrdersByGet.as_view()),
    path("orders/of-our-pages/", views.OrdersOfOurPages.as_view()),
]
