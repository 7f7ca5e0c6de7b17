from django.conf import settings
from django.db import models


class BaseListing(models.Model):
    """What a seller offers. The shop may know what it cost; its customers may not."""

    sku = models.CharField(max_length=20, primary_key=True)
    name = models.CharField(max_length=200)
    price = models.DecimalField(max_digits=10, decimal_places=2)
    cost_price = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    stock = models.PositiveIntegerField(default=0)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, to_field="username")

    class Meta:
        abstract = True
        ordering = ["sku"]

    def __str__(self):
        return self.sku


class Listing(BaseListing):
    """The table as it is today."""


class NextListing(BaseListing):
    """The same table after the next migration, with one column more."""

    lowest_price = models.PositiveIntegerField()
