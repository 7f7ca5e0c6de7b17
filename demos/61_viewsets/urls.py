from django.urls import path
from rest_framework.routers import SimpleRouter

from . import views

router = SimpleRouter()
router.register("categories", views.Categories, "category")
router.register("writes-named", views.WritesNamed, "writes-named")
router.register("reads-named", views.ReadsNamed, "reads-named")
router.register("own-permissions", views.OwnPermissions, "own-permissions")
router.register("permissions-of-the-action", views.PermissionsOfTheAction, "of-the-action")
router.register("too-early", views.TooEarly, "too-early")
router.register("in-time", views.InTime, "in-time")

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
