from django.urls import path

from . import views

urlpatterns = [
    path("me/", views.Me.as_view()),
    path("me/by-token/", views.MeByToken.as_view()),
    path("basket/", views.basket),
]
