from rest_framework.routers import SimpleRouter

from . import views

designs = {
    "all": views.Orders,
    "readable": views.ReadableOrders,
    "own": views.OwnOrders,
    "joined": views.JoinedOrders,
    "cutoff": views.CutoffOrders,
    "input": views.InputOrders,
    "linked": views.LinkedOrders,
    "json": views.JsonOrders,
    "customer": views.CustomerOrders,
}

router = SimpleRouter()
for name, viewset in designs.items():
    router.register(f"{name}/orders", viewset, basename=f"31-{name}")
urlpatterns = router.urls
