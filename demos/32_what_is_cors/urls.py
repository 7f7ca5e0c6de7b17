from django.urls import path

from . import views

urlpatterns = [
    path("page/", views.page),
    path("reviews/", views.Reviews.as_view()),
    path("me/", views.Me.as_view()),
    path("crash/", views.Crash.as_view()),
]
