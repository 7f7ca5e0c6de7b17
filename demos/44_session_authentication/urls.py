from django.urls import path

from . import views

urlpatterns = [
    path("sign-in/", views.SignIn.as_view()),
    path("sign-out/", views.SignOut.as_view()),
    path("me/", views.Me.as_view()),
    path("me/by-default/", views.MeByDefault.as_view()),
    path("basket/", views.Basket.as_view()),
    path("basket/in-place/", views.InPlaceBasket.as_view()),
    path("password/", views.Password.as_view()),
    path("password/kept-session/", views.KeptSessionPassword.as_view()),
]
