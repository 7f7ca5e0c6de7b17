from django.urls import path
from rest_framework.authentication import BasicAuthentication, SessionAuthentication
from rest_framework_simplejwt.authentication import JWTAuthentication

from . import tracing, views

urlpatterns = [
    path("whoami/", views.OpenWhoAmI.as_view(authentication_classes=[BasicAuthentication])),
    path("reports/orders/", views.OrderReport.as_view()),
    path("items/any-order/", views.AnyOrderItemCreate.as_view()),
    path("items/own-order/", views.OwnOrderItemCreate.as_view()),
]

# What each design checks before it sends an order.
orders = {
    "signed-in": views.SignedInOrderDetail,
    "owner": views.OwnerOrderDetail,
    "hidden": views.HiddenOrderDetail,
    "own": views.OwnOrderDetail,
    "shared": views.SharedOrderDetail,
    "traced": tracing.TracedOrderDetail,
    "by-hand": tracing.ByHandOrderDetail,
    "checked-by-hand": tracing.CheckedByHandOrderDetail,
}
for name, view in orders.items():
    urlpatterns.append(path(f"orders/{name}/<str:reference>/", view.as_view()))
urlpatterns.append(path("orders/traced/", tracing.TracedOrderList.as_view()))

authenticated_by = {
    "jwt-session": [JWTAuthentication, SessionAuthentication],
    "session-jwt": [SessionAuthentication, JWTAuthentication],
    "session-basic": [SessionAuthentication, BasicAuthentication],
    "jwt": [JWTAuthentication],
    "none": [],
}
for name, classes in authenticated_by.items():
    view = views.WhoAmI.as_view(authentication_classes=classes)
    urlpatterns.append(path(f"signed-in/{name}/", view))

for name in ("jwt", "none"):
    view = views.OpenWhoAmI.as_view(authentication_classes=authenticated_by[name])
    urlpatterns.append(path(f"public/{name}/", view))
