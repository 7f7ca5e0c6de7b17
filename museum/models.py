"""A shop as small as it can be."""

from django.db import models


class Brand(models.Model):
    name = models.CharField(max_length=20)

    class Meta:
        ordering = ["name"]


class Product(models.Model):
    name = models.CharField(max_length=20)
    stock = models.IntegerField(default=100)
    weight = models.PositiveIntegerField(default=0)
    brand = models.ForeignKey(Brand, null=True, on_delete=models.CASCADE)
    sold = models.DateTimeField(null=True)


class Tag(models.Model):
    name = models.CharField(max_length=20)
    product = models.ForeignKey(Product, related_name="tags", on_delete=models.CASCADE)


def unique(*names):
    """Options of a model whose fields are unique; Django has the constraint since 2.2."""
    if not hasattr(models, "UniqueConstraint"):
        return type("Meta", (), {})
    constraint = models.UniqueConstraint(fields=names, name="unique_" + "_".join(names))
    return type("Meta", (), {"constraints": [constraint]})


def not_negative(name):
    """Options of a model whose field has a CHECK; Django has the constraint since 2.2."""
    if not hasattr(models, "CheckConstraint"):
        return type("Meta", (), {})
    condition = models.Q(**{name + "__gte": 0})
    try:
        constraint = models.CheckConstraint(condition=condition, name=name + "_not_negative")
    except TypeError:  # its name before Django 5.1
        constraint = models.CheckConstraint(check=condition, name=name + "_not_negative")
    return type("Meta", (), {"constraints": [constraint]})


class Coupon(models.Model):
    code = models.CharField(max_length=20)

    Meta = unique("code")


class Seat(models.Model):
    row = models.IntegerField()
    number = models.IntegerField()

    Meta = unique("row", "number")


class Card(models.Model):
    points = models.IntegerField()

    Meta = not_negative("points")
