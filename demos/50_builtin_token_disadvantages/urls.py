from django.urls import path
from rest_framework.authentication import TokenAuthentication
from rest_framework.authtoken.views import obtain_auth_token
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.views import TokenObtainPairView

from . import authentication, views

urlpatterns = [
    path("stock/login/", obtain_auth_token),
    path("expiring/login/", views.ExpiringLogin.as_view()),
    path("digest/login/", views.DigestLogin.as_view()),
    path("jwt/login/", TokenObtainPairView.as_view()),
]

authenticated_by = {
    "stock": TokenAuthentication,
    "expiring": authentication.ExpiringTokenAuthentication,
    "digest": authentication.DigestAuthentication,
    "jwt": JWTAuthentication,
}
for name, authenticator in authenticated_by.items():
    view = views.WhoAmI.as_view(authentication_classes=[authenticator])
    urlpatterns.append(path(f"{name}/me/", view))
