from django.urls import path
from rest_framework.authentication import BasicAuthentication, SessionAuthentication
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.views import TokenRefreshView

from . import keys, views

urlpatterns = [
    path("average/", views.AveragePoints.as_view()),
    path("tokens/careless/", views.CarelessToken.as_view()),
    path("tokens/careful/", views.CarefulToken.as_view()),
    path("refresh/", TokenRefreshView.as_view()),
    path(
        "refresh/overlap/",
        TokenRefreshView.as_view(serializer_class=keys.OverlapRefreshSerializer),
    ),
    path("me/secure/", views.SecureWhoAmI.as_view()),
]

authenticated_by = {
    "basic": BasicAuthentication,
    "session": SessionAuthentication,
    "jwt": JWTAuthentication,
    "overlap": keys.OverlapJWTAuthentication,
    "by-hand": views.ByHandAuthentication,
}
for name, authentication in authenticated_by.items():
    view = views.WhoAmI.as_view(authentication_classes=[authentication])
    urlpatterns.append(path(f"me/{name}/", view))
