from django.urls import path
from rest_framework.routers import SimpleRouter

from . import views

routed = {
    "categories": views.Categories,
    "writes-named": views.WritesNamed,
    "reads-named": views.ReadsNamed,
    "own-permissions": views.OwnPermissions,
    "permissions-of-the-action": views.PermissionsOfTheAction,
    "too-early": views.TooEarly,
    "in-time": views.InTime,
}

router = SimpleRouter()
for name, viewset in routed.items():
    router.register(name, viewset, basename=name)

urlpatterns = [
    *router.urls,
    path("two-views/orders/", views.OrderList.as_view()),
    path("two-views/orders/<str:reference>/", views.OrderDetail.as_view()),
    path("orders/", views.Orders.as_view({"get": "list"})),
    path("orders/<str:reference>/", views.Orders.as_view({"get": "retrieve"})),
    path("one-serializer/orders/", views.OneSerializerOrders.as_view({"get": "list"})),
    path("bindings/", views.Bindings.as_view({"get": "list", "post": "create"})),
    path("bindings/<int:pk>/", views.Bindings.as_view({"get": "retrieve"})),
    path("shared-list/", views.SharedList.as_view({"get": "list"})),
    path("list-of-an-instance/", views.ListOfAnInstance.as_view({"get": "list"})),
    path("bare/", views.BareViewSet.as_view({"get": "list"})),
    path("setup/view/", views.PricesView.as_view()),
    path("setup/viewset/", views.PricesInSetup.as_view({"get": "list"})),
    path("initial/viewset/", views.PricesInInitial.as_view({"get": "list"})),
    path("patch-is-update/<slug:slug>/", views.Categories.as_view({"patch": "update"})),
    path("hooks/", views.ActionInHooks.as_view({"get": "list"})),
]
