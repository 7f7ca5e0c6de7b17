from django.urls import path

from . import views

urlpatterns = [
    path("orders/all/", views.OrderList.as_view()),
    path("orders/by-page/", views.PagedOrderList.as_view()),
    path("orders/by-page/without-size/", views.SizelessPagedOrderList.as_view()),
    path("orders/by-offset/", views.OffsetOrderList.as_view()),
    path("orders/by-offset/capped/", views.CappedOffsetOrderList.as_view()),
    path("orders/by-cursor/", views.CursorOrderList.as_view()),
    path("orders/by-cursor/status/", views.CursorByStatusOrderList.as_view()),
    path("orders/by-cursor/as-it-comes/", views.CursorAsItComesOrderList.as_view()),
    path("orders/by-cursor/date/", views.CursorByDateOrderList.as_view()),
    path("orders/by-cursor/date/guarded/", views.GuardedCursorByDateOrderList.as_view()),
    path("orders/by-cursor/paid/", views.CursorByPaymentOrderList.as_view()),
    path("orders/by-cursor/paid/filled/", views.CursorByFilledPaymentOrderList.as_view()),
    path("orders/by-keyset/", views.KeysetOrderList.as_view()),
]
