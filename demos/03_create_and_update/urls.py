from django.urls import path

from . import serializers
from .views import OrderCreate, OrderCreateThatCatchesInside, OrderDetail, ProductDetail

creating = {
    "orders/default/": serializers.DefaultCreateSerializer,
    "orders/spending/": serializers.SpendingSerializer,
    "orders/checked-early/": serializers.CheckedEarlySerializer,
    "orders/returning-nothing/": serializers.ReturningNothingSerializer,
    "orders/nested/default/": serializers.DefaultNestedSerializer,
    "orders/nested/creating/": serializers.CreatingNestedSerializer,
    "orders/nested/unchecked/": serializers.UncheckedNestedSerializer,
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
    "nested/unchecked/": serializers.UncheckedNestedSerializer,
}
the_rest = {
    "checkout/caught-inside/": (OrderCreateThatCatchesInside, serializers.NaiveCheckoutSerializer),
    "products/<str:sku>/unique-brand/": (ProductDetail, serializers.UniqueBrandProductSerializer),
    "products/<str:sku>/any-brand/": (ProductDetail, serializers.AnyBrandProductSerializer),
}

urlpatterns = [
    path(url, view.as_view(serializer_class=serializer))
    for url, (view, serializer) in the_rest.items()
]
for url, serializer in creating.items():
    urlpatterns.append(path(url, OrderCreate.as_view(serializer_class=serializer)))
for url, serializer in updating.items():
    detail = OrderDetail.as_view(serializer_class=serializer)
    urlpatterns.append(path(f"orders/<str:reference>/{url}", detail))
