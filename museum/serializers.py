"""What DRF's serializers do."""

import json

from django.core.exceptions import ImproperlyConfigured
from rest_framework import serializers
from rest_framework.validators import UniqueValidator

from museum.models import Brand, Coupon, Product, Seat


def serializer(model, *names, **options):
    """A ModelSerializer of these fields; the options belong to its Meta."""
    meta = type("Meta", (), dict(options, model=model, fields=names))
    return type("Serializer", (serializers.ModelSerializer,), {"Meta": meta})


def said(checked):
    """What validation finds: "valid", or the errors as JSON."""
    return "valid" if checked.is_valid() else json.dumps(checked.errors)


def write_only_fields():
    code = serializer(Coupon, "id", "code", write_only_fields=("code",))
    return "in the response" if "code" in code(Coupon(code="TEA")).data else "hidden"


def typo_in_read_only_fields():
    try:
        serializer(Brand, "name", readonly_fields=("name",))().fields  # noqa: B018 - may raise
    except AssertionError:
        return "AssertionError"
    return "silent"


def without_fields():
    class Naive(serializers.ModelSerializer):
        class Meta:
            model = Brand

    try:
        return ", ".join(Naive().fields)
    except (AssertionError, ImproperlyConfigured) as error:
        return type(error).__name__


def read_only_default():
    class Stocked(serializer(Product, "name", "stock")):
        stock = serializers.IntegerField(read_only=True, default=7)

    checked = Stocked(data={"name": "Oolong"})
    assert checked.is_valid()
    return f"stock {checked.save().stock}"


def put_without_a_field():
    product = Product.objects.create(name="Oolong", stock=5)
    checked = serializer(Product, "name", "stock")(product, data={"name": "Sencha"})
    assert checked.is_valid()
    checked.save()
    return f"stock {Product.objects.get().stock}"


def data_of_a_put():
    checked = serializer(Product, "name", "stock")(Product(), data={"name": "Sencha"})
    assert checked.is_valid()
    return ", ".join(sorted(checked.validated_data))


def unique_constraint_of_one_field():
    Coupon.objects.create(code="TEA")
    return said(serializer(Coupon, "code")(data={"code": "TEA"}))


def unique_constraint_of_two_fields():
    Seat.objects.create(row=1, number=1)
    return said(serializer(Seat, "row", "number")(data={"row": 1, "number": 1}))


def negative_number():
    return said(serializer(Product, "name", "weight")(data={"name": "Oolong", "weight": -5}))


def errors_of_a_list():
    numbers = serializers.ListSerializer(child=Number(), data=[{"number": 1}, {"number": "z"}])
    return said(numbers)


class Number(serializers.Serializer):
    number = serializers.IntegerField()


def list_that_is_too_long():
    try:
        numbers = Number(many=True, max_length=1, data=[{"number": 1}, {"number": 2}])
    except TypeError:
        return "TypeError"
    return said(numbers)


def unique_field_in_an_updated_list():
    class Coupons(serializers.ListSerializer):
        def update(self, instance, validated_data):
            return instance

    class Unique(serializer(Coupon, "code", list_serializer_class=Coupons)):
        code = serializers.CharField(validators=[UniqueValidator(Coupon.objects.all())])

    coupon = Coupon.objects.create(code="TEA")
    try:
        return said(Unique([coupon], data=[{"code": "TEA"}], many=True))
    except (AttributeError, RuntimeError) as error:
        return type(error).__name__


def true_as_a_key():
    Brand.objects.create(pk=1, name="Oolong Ltd")
    field = serializers.PrimaryKeyRelatedField(queryset=Brand.objects.all())
    try:
        return f"brand {field.run_validation(True).pk}"
    except serializers.ValidationError as error:
        return str(error.detail[0])


def nul_in_a_text():
    try:
        return repr(serializers.CharField().run_validation("a\0b"))
    except serializers.ValidationError as error:
        return str(error.detail[0])
