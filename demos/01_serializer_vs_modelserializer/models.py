from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class Voucher(models.Model):
    """Takes `discount` off an order of at least `minimum`. No rule of it belongs to one field."""

    code = models.CharField(max_length=20)
    discount = models.DecimalField(max_digits=6, decimal_places=2)
    minimum = models.DecimalField(max_digits=6, decimal_places=2)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(discount__gt=0), name="discount_above_zero"),
            models.UniqueConstraint(Lower("code"), name="one_code_in_any_case"),
        ]

    def __str__(self):
        return self.code

    def clean(self):
        if self.discount > self.minimum:
            raise ValidationError("The discount exceeds the minimum.")


class Price(models.Model):
    """What a product costs in one currency, for so many pieces."""

    sku = models.CharField(max_length=20)
    currency = models.CharField(max_length=3, default="EUR")
    pieces = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sku", "currency"], name="one_price")]

    def __str__(self):
        return self.sku
