from django.urls import path

from . import serializers
from .views import OrderCreate, OrderCreateThatCatchesInside, OrderDetail

creating = {
    "orders/default/": serializers.DefaultCreateSerializer,
    "orders/spending/": serializers.SpendingSerializer,
    "orders/checked-early/": serializers.CheckedEarlySerializer,
    "orders/returning-nothing/": serializers.ReturningNothingSerializer,
    "orders/nested/default/": serializers.DefaultNestedSerializer,
    "orders/nested/creating/": serializers.CreatingNestedSerializer,
    "checkout/naive/": serializers.NaiveCheckoutSerializer,
    "checkout/atomic/": serializers.AtomicCheckoutSerializer,
}
updating = {
    "default/": serializers.DefaultUpdateSerializer,
    "telling/": serializers.TellingUpdateSerializer,
    "refusing-in-update/": serializers.RefusingInUpdateSerializer,
    "refusing-in-validation/": serializers.RefusingInValidationSerializer,
    "given-fields/": serializers.GivenFieldsSerializer,
    "forgetful-fields/": serializers.ForgetfulFieldsSerializer,
    "nested/creating/": serializers.CreatingNestedSerializer,
    "nested/replacing/": serializers.ReplacingNestedSerializer,
}

urlpatterns = [
    path(
        "checkout/caught-inside/",
        OrderCreateThatCatchesInside.as_view(serializer_class=serializers.NaiveCheckoutSerializer),
    ),
]
for url, serializer in creating.items():
    urlpatterns.append(path(url, OrderCreate.as_view(serializer_class=serializer)))
for url, serializer in updating.items():
    detail = OrderDetail.as_view(serializer_class=serializer)
    urlpatterns.append(path(f"orders/<str:reference>/{url}", detail))
