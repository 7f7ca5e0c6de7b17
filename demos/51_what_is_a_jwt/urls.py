from django.urls import path
from rest_framework.authentication import SessionAuthentication, TokenAuthentication
from rest_framework_simplejwt.authentication import (
    JWTAuthentication,
    JWTStatelessUserAuthentication,
)
from rest_framework_simplejwt.views import TokenObtainPairView

from . import authentication, serializers, views

with_claims = {"serializer_class": serializers.LoginWithClaimsSerializer}
urlpatterns = [
    path("login/", TokenObtainPairView.as_view()),
    path("login/with-claims/", TokenObtainPairView.as_view(**with_claims)),
]

authenticated_by = {
    "session": SessionAuthentication,
    "token": TokenAuthentication,
    "jwt": JWTAuthentication,
    "stateless": JWTStatelessUserAuthentication,
    "plain": authentication.PlainJWTAuthentication,
}
asked = {
    "me/": views.WhoAmI,
    "rates/": views.ShippingRates,
    "report/": views.SalesReport,
}
for name, authenticator in authenticated_by.items():
    for route, view in asked.items():
        urlpatterns.append(
            path(f"{name}/{route}", view.as_view(authentication_classes=[authenticator]))
        )
