from django.urls import path

from . import views

urlpatterns = [
    path("page/", views.page),
    path("cookies/", views.Cookies.as_view()),
    path("cookies/big/", views.BigCookie.as_view()),
    path("visits/", views.Visits.as_view()),
    path("received/", views.Received.as_view()),
    path("deep/received/", views.Received.as_view()),
]
