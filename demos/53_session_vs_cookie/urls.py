from django.urls import path

from . import views

urlpatterns = [
    path("sign-in/", views.SignIn.as_view()),
    path("sign-in/by-hand/", views.SignInByHand.as_view()),
    path("sign-out/", views.SignOut.as_view()),
    path("me/", views.Me.as_view()),
    path("cart/", views.Cart.as_view()),
    path("theme/", views.Theme.as_view()),
    path("password/", views.ChangePassword.as_view()),
    path("password/stay/", views.ChangePasswordAndStay.as_view()),
]
