from django.urls import path

from . import serializers, views

urlpatterns = [
    path("products/check/bare/", views.BareCheck.as_view()),
    path("products/check/raising/", views.RaisingCheck.as_view()),
    path("products/check/list/", views.ListCheck.as_view()),
    path("products/check/recorded/", views.RecordedCheck.as_view()),
    path("orders/<str:reference>/points/validated/", views.ValidatedSpending.as_view()),
    path("orders/<str:reference>/points/conditional/", views.ConditionalSpending.as_view()),
]

rules = {
    "rules": serializers.RulesSerializer,
    "key-error": serializers.KeyErrorSerializer,
    "if-both": serializers.IfBothSerializer,
    "misspelt": serializers.MisspeltSerializer,
    "field-returns-nothing": serializers.FieldReturnsNothingSerializer,
    "object-returns-nothing": serializers.ObjectReturnsNothingSerializer,
    "checked-in-validate": serializers.CheckedInValidateSerializer,
    "checked-in-update": serializers.CheckedInUpdateSerializer,
}
for name, serializer in rules.items():
    view = views.ProductUpdate.as_view(serializer_class=serializer)
    urlpatterns.append(path(f"products/<str:sku>/{name}/", view))
