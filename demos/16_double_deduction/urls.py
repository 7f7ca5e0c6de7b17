from django.urls import path

from . import views

urlpatterns = [
    path("pay/<str:reference>/naive/", views.ReadModifyWrite.as_view()),
    path("pay/<str:reference>/status-check/", views.StatusCheck.as_view()),
    path("pay/<str:reference>/in-transaction/", views.StatusCheckInTransaction.as_view()),
    path("pay/<str:reference>/balance-guard/", views.BalanceGuard.as_view()),
    path("pay/<str:reference>/customer-lock/", views.CustomerLock.as_view()),
    path("pay/<str:reference>/order-lock/", views.OrderLock.as_view()),
    path("pay/<str:reference>/compare-and-set/", views.StatusCompareAndSet.as_view()),
    path("pay/<str:reference>/once-per-key/", views.OncePerKey.as_view()),
]
