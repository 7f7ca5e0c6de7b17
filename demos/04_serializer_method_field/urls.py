from django.urls import path

from . import views

urlpatterns = [
    path("orders/query-per-order/", views.QueryPerOrderList.as_view()),
    path("orders/prefetched/", views.PrefetchedQueryPerOrderList.as_view()),
    path("orders/in-memory/", views.InMemoryOrderList.as_view()),
    path("orders/ordering-fields/", views.OrderingFieldsOrderList.as_view()),
    path("orders/annotated/", views.AnnotatedOrderList.as_view()),
    path("orders/prefetched/<str:call>/", views.PrefetchedCallList.as_view()),
    path("orders/<str:reference>/method/", views.MethodOrderDetail.as_view()),
    path("orders/<str:reference>/float/", views.FloatOrderDetail.as_view()),
    path("orders/<str:reference>/annotated/", views.AnnotatedOrderDetail.as_view()),
    path("orders/<str:reference>/read-again/", views.ReadAgainOrderDetail.as_view()),
    path("orders/<str:reference>/link/generic/", views.GenericLink.as_view()),
    path("orders/<str:reference>/link/by-hand/", views.HandBuiltLink.as_view()),
    path("orders/<str:reference>/link/context/", views.HandBuiltLinkWithContext.as_view()),
    path("brands/", views.BrandList.as_view()),
    path("brands/misspelt/", views.MisspeltBrandList.as_view()),
]
