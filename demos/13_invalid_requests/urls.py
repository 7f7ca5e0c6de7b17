from django.core.exceptions import ValidationError as DjangoValidationError
from django.urls import path

from . import views

urlpatterns = [
    path("payments/unchecked/", views.UncheckedPaymentCreate.as_view()),
    path("payments/checked/", views.PaymentCreate.as_view()),
    path("payments/positive/", views.PositivePaymentCreate.as_view()),
    path("orders/naive/<str:reference>/", views.NaiveOrderDetail.as_view()),
    path("orders/strict/<str:reference>/", views.StrictOrderDetail.as_view()),
    path("orders/<str:reference>/", views.OrderDetail.as_view()),
    path("points/by-hand/", views.SpendByHand.as_view()),
    path("points/by-hand/django/", views.SpendByHand.as_view(error=DjangoValidationError)),
    path(
        "points/by-hand/text/", views.SpendByHand.as_view(detail={"points": "Not enough points."})
    ),
    path(
        "points/by-hand/list/", views.SpendByHand.as_view(detail={"points": ["Not enough points."]})
    ),
    path("points/serializer/", views.SpendBySerializer.as_view()),
    path("points/serializer/django/", views.SpendBySerializer.as_view(error=DjangoValidationError)),
    path("points/serializer/shallow/", views.SpendByShallowJson.as_view()),
    path("categories/", views.CategoryCreate.as_view()),
    path("categories/own-validator/", views.OwnValidatorCategoryCreate.as_view()),
    path("products/naive/", views.NaiveProductList.as_view()),
    path("products/checked/", views.CheckedProductList.as_view()),
]
