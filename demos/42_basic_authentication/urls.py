from django.urls import path
from rest_framework.authentication import (
    BasicAuthentication,
    SessionAuthentication,
    TokenAuthentication,
)

from . import views

urlpatterns = []

authenticated_by = {
    "basic": [BasicAuthentication],
    "basic-session": [BasicAuthentication, SessionAuthentication],
    "session-basic": [SessionAuthentication, BasicAuthentication],
    "token-basic": [TokenAuthentication, BasicAuthentication],
    "session": [SessionAuthentication],
}
for name, classes in authenticated_by.items():
    view = views.StaffWhoAmI.as_view(authentication_classes=classes)
    urlpatterns.append(path(f"staff/{name}/", view))

for name in ("basic", "basic-session", "session-basic"):
    view = views.WhoAmI.as_view(authentication_classes=authenticated_by[name])
    urlpatterns.append(path(f"me/{name}/", view))

for name in ("basic", "session"):
    view = views.PublicWhoAmI.as_view(authentication_classes=authenticated_by[name])
    urlpatterns.append(path(f"public/{name}/", view))
