from django.urls import path
from rest_framework.permissions import IsAdminUser, IsAuthenticated

from . import views
from .rules import IsNotStaff, IsOwner, IsOwnerOrReadOnly, PlainIsOwner

urlpatterns = [
    path("orders/guarded/", views.GuardedOrderList.as_view()),
    path("orders/guarded/<str:reference>/", views.GuardedOrderDetail.as_view()),
    path("orders/function/<str:reference>/", views.order_by_function),
    path("orders/asking/<str:reference>/", views.order_by_function_that_asks),
]

permitted_by = {
    "owner-or-read-only": [IsOwnerOrReadOnly],
    "plain": [PlainIsOwner],
    "plain-or-admin": [PlainIsOwner | IsAdminUser],
    "owner": [IsOwner],
    "owner-list-admin": [IsOwner, IsAdminUser],
    "owner-and-admin": [IsOwner & IsAdminUser],
    "owner-or-admin": [IsOwner | IsAdminUser],
    "signed-in-owner-or-admin": [IsAuthenticated, IsOwner | IsAdminUser],
    "not-admin": [~IsAdminUser],
    "not-staff": [IsNotStaff],
    "signed-in-owner": [IsAuthenticated, IsOwner],
    "signed-in-and-owner": [IsAuthenticated & IsOwner],
}
for name, classes in permitted_by.items():
    of_list = views.OrderList.as_view(permission_classes=classes)
    of_detail = views.OrderDetail.as_view(permission_classes=classes)
    urlpatterns.append(path(f"orders/{name}/", of_list))
    urlpatterns.append(path(f"orders/{name}/<str:reference>/", of_detail))
