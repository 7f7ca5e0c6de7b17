from django.urls import path
from rest_framework.authentication import SessionAuthentication, TokenAuthentication
from rest_framework_simplejwt.authentication import JWTStatelessUserAuthentication
from rest_framework_simplejwt.views import TokenObtainPairView

from . import views
from .authentication import JWTInCheckedCookie, JWTInCookie, JWTInQuery

urlpatterns = [path("tokens/", TokenObtainPairView.as_view())]

authenticated_by = {
    "token": [TokenAuthentication],
    "session": [SessionAuthentication],
    "jwt": [JWTStatelessUserAuthentication],
    "jwt-in-cookie": [JWTInCookie],
    "jwt-in-checked-cookie": [JWTInCheckedCookie],
    "jwt-in-query": [JWTInQuery],
    "session-jwt": [SessionAuthentication, JWTStatelessUserAuthentication],
    "jwt-session": [JWTStatelessUserAuthentication, SessionAuthentication],
}
for name, classes in authenticated_by.items():
    view = views.Basket.as_view(authentication_classes=classes)
    urlpatterns.append(path(f"basket/{name}/", view))
