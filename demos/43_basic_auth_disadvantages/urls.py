from django.urls import path

from . import views

urlpatterns = [
    path("me/basic/", views.Me.as_view()),
    path("me/session/", views.MeBySession.as_view()),
    path("me/token/", views.MeByToken.as_view()),
    path("me/logged/", views.LoggedMe.as_view()),
    path("me/safely-logged/", views.SafelyLoggedMe.as_view()),
    path("sign-in/", views.SignIn.as_view()),
    path("sign-out/", views.SignOut.as_view()),
]
