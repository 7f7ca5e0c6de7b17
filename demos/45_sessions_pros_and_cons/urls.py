from django.urls import path

from . import views

urlpatterns = [
    path("sign-in/", views.SignIn.as_view()),
    path("sign-out/everywhere/", views.SignOutEverywhere.as_view()),
    path("me/", views.Me.as_view()),
    path("me/basic/", views.MeByBasic.as_view()),
    path("orders/", views.Orders.as_view()),
    path("basket/", views.Basket.as_view()),
    path("basket/<str:item>/", views.BasketItem.as_view()),
    path("hours/signed-in/", views.Hours.as_view()),
    path("hours/open/", views.OpenHours.as_view()),
    path("hours/for-anyone/", views.HoursForAnyone.as_view()),
    path("hours/plain/", views.plain_hours),
]
