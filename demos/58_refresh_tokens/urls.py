from django.db.transaction import non_atomic_requests
from django.urls import path
from rest_framework_simplejwt.views import (
    TokenBlacklistView,
    TokenObtainPairView,
    TokenRefreshView,
)

from . import serializers, views

urlpatterns = [
    path("me/", views.Me.as_view()),
    path("login/", TokenObtainPairView.as_view()),
    path("refresh/", TokenRefreshView.as_view()),
    path("logout/", TokenBlacklistView.as_view()),
]

refreshed_by = {
    "without-app": serializers.UnlistedRefreshSerializer,
    "rolled-back": serializers.LoginRefreshSerializer,
    "login": serializers.LoginRefreshSerializer,
}
for name, serializer in refreshed_by.items():
    view = TokenRefreshView.as_view(serializer_class=serializer)
    if name == "login":
        view = non_atomic_requests(view)  # what it revokes stays revoked when it answers 401
    urlpatterns.append(path(f"refresh/{name}/", view))

urlpatterns.append(
    path(
        "logout/without-app/",
        TokenBlacklistView.as_view(serializer_class=serializers.UnlistedLogoutSerializer),
    )
)
