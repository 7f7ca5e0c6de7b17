"""The pages at the top, then the endpoints of the demos as they always are."""

from django.urls import path

from config.urls import urlpatterns as of_the_demos

from . import views

urlpatterns = [
    path("", views.top),
    path("<str:number>-fix.html", views.fix),
    path("<str:name>", views.page),
    path("presenter/<str:key>/", views.presenter),
    path("class/", views.follow),
    path("class/events/", views.class_events),
    path("class/vote/", views.vote),
    path("live/show/", views.show),
    path("live/run/<str:number>/", views.run),
    path("live/break/<str:number>/<int:mutation>/", views.break_it),
    path("live/jobs/<int:number>/", views.job_events),
    path("live/ann/", views.become_ann),
    path("live/reset/", views.reset),
    *of_the_demos,
]
