from django.urls import path

from . import serializers, views

checks = {
    "bare": views.BareCheck.as_view(serializer_class=serializers.RulesSerializer),
    "raising": views.RaisingCheck.as_view(serializer_class=serializers.RulesSerializer),
    "list": views.RaisingCheck.as_view(serializer_class=serializers.RulesSerializer, many=True),
    "types": views.RaisingCheck.as_view(serializer_class=serializers.TypesSerializer),
    "recorded": views.RecordedCheck.as_view(serializer_class=serializers.RecordedSerializer),
    "optional": views.RecordedCheck.as_view(serializer_class=serializers.OptionalSerializer),
}
updates = {
    "rules": serializers.RulesSerializer,
    "dozens": serializers.DozensSerializer,
    "key-error": serializers.KeyErrorSerializer,
    "if-both": serializers.IfBothSerializer,
    "misspelt": serializers.MisspeltSerializer,
    "field-returns-nothing": serializers.FieldReturnsNothingSerializer,
    "object-returns-nothing": serializers.ObjectReturnsNothingSerializer,
    "validators-replaced": serializers.ReplacedSkuSerializer,
    "validators-complete": serializers.CompleteSkuSerializer,
    "checked-in-validate": serializers.CheckedInValidateSerializer,
    "checked-in-update": serializers.CheckedInUpdateSerializer,
    "strict": serializers.StrictSerializer,
}
urlpatterns = [
    path("orders/<str:reference>/points/validated/", views.ValidatedSpending.as_view()),
    path("orders/<str:reference>/points/conditional/", views.ConditionalSpending.as_view()),
    *(path(f"check/{name}/", view) for name, view in checks.items()),
    *(
        path(f"products/<str:sku>/{name}/", views.ProductUpdate.as_view(serializer_class=rules))
        for name, rules in updates.items()
    ),
]
