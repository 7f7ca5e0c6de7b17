from django.urls import path

from . import views

urlpatterns = [
    path("sign-in/", views.SignIn.as_view()),
    path("rates/", views.Rates.as_view()),
    path("connection/", views.Connection.as_view()),
    path("orders/", views.Orders.as_view()),
]
