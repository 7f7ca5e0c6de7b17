from django.urls import path
from rest_framework_simplejwt.authentication import JWTStatelessUserAuthentication

from . import authentication, views

urlpatterns = []

verified_by = {
    "shared-secret": JWTStatelessUserAuthentication,
    "key-pair": authentication.KeyPair,
    "both-algorithms": authentication.BothAlgorithms,
    "by-hand": authentication.ByHand,
}
for name, verifier in verified_by.items():
    view = views.Me.as_view(authentication_classes=[verifier])
    urlpatterns.append(path(f"me/{name}/", view))

secrets = {
    "weak-secret": authentication.WeakSecret,
    "strong-secret": JWTStatelessUserAuthentication,
}
for name, verifier in secrets.items():
    view = views.StaffReport.as_view(authentication_classes=[verifier])
    urlpatterns.append(path(f"reports/{name}/", view))
