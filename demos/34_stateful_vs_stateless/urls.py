from django.urls import path

from . import views

urlpatterns = [
    path("session/sign-in/", views.SignIn.as_view()),
    path("session/sign-out/", views.SignOut.as_view()),
    path("session/me/", views.Me.as_view()),
    path("cart/global/", views.GlobalCart.as_view()),
    path("cart/session/", views.SessionCart.as_view()),
    path("token/me/", views.MeByToken.as_view()),
    path("revocable-token/me/", views.MeByRevocableToken.as_view()),
    path("revocable-token/sign-out/", views.SignOutToken.as_view()),
]
