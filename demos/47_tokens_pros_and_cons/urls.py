from django.urls import path
from rest_framework.authentication import SessionAuthentication, TokenAuthentication
from rest_framework.authtoken.views import obtain_auth_token
from rest_framework_simplejwt.authentication import (
    JWTAuthentication,
    JWTStatelessUserAuthentication,
)
from rest_framework_simplejwt.views import TokenObtainPairView

from . import serializers, views

fat = {"serializer_class": serializers.LoginWithPermissionsSerializer}
urlpatterns = [
    path("login/shared/", obtain_auth_token),
    path("login/device/", views.DeviceLogin.as_view()),
    path("login/jwt/", TokenObtainPairView.as_view()),
    path("login/jwt-with-permissions/", TokenObtainPairView.as_view(**fat)),
    path("devices/", views.DeviceList.as_view()),
    path("devices/<str:device>/", views.DeviceDetail.as_view()),
]

authenticated_by = {
    "session": SessionAuthentication,
    "shared": TokenAuthentication,
    "device": views.DeviceTokenAuthentication,
    "jwt": JWTAuthentication,
    "stateless": JWTStatelessUserAuthentication,
}
for name, authentication in authenticated_by.items():
    view = views.WhoAmI.as_view(authentication_classes=[authentication])
    urlpatterns.append(path(f"{name}/me/", view))

for name in ("shared", "device"):
    view = views.Logout.as_view(authentication_classes=[authenticated_by[name]])
    urlpatterns.append(path(f"{name}/logout/", view))
