from django.urls import path, re_path

from . import views

urlpatterns = [
    path("page/", views.page),
    path("tags/", views.Tags.as_view()),
    path("tags/by-hand/", views.TagsByHand.as_view()),
    re_path(r"^tags/(?P<name>[a-z]{1,50})/$", views.OneTag.as_view()),
    path("members/tags/", views.MemberTags.as_view()),
    path("token/tags/", views.TokenTags.as_view()),
    path("me/", views.Me.as_view()),
    path("crash/", views.Crash.as_view()),
]
