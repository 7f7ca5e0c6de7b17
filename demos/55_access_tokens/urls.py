from django.urls import path
from rest_framework.permissions import IsAdminUser
from rest_framework_simplejwt.views import TokenObtainPairView

from . import views
from .permissions import HasScope, IsManager, SaysManager
from .serializers import PairWithRoleSerializer

urlpatterns = [
    path("tokens/", TokenObtainPairView.as_view()),
    path(
        "tokens/with-role/",
        TokenObtainPairView.as_view(serializer_class=PairWithRoleSerializer),
    ),
]

orders = {
    "any-token": views.OrderList,
    "for-shop": views.ForShopOrderList,
    "for-shop-by-shop": views.ForShopByShopOrderList,
    "scoped": views.ScopedOrderList,
    "scope-text": views.ScopeTextOrderList,
}
for name, view in orders.items():
    urlpatterns.append(path(f"orders/{name}/", view.as_view()))

reports = {
    "scope": [HasScope],
    "scope-and-staff": [HasScope, IsAdminUser],
    "says-manager": [SaysManager],
    "is-manager": [IsManager],
}
for name, permissions in reports.items():
    view = views.Report.as_view(permission_classes=permissions)
    urlpatterns.append(path(f"reports/{name}/", view))
