from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class Voucher(models.Model):
    """Takes `discount` off an order of at least `minimum`. None of its rules is tied to a field."""

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
