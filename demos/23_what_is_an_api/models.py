from django.db import models


class BaseOffer(models.Model):
    sku = models.TextField(primary_key=True)

    class Meta:
        abstract = True

    def __str__(self):
        return self.sku


class Offer(BaseOffer):
    """The table of an API, before somebody renames a column of it."""

    price = models.PositiveIntegerField()


class RenamedOffer(BaseOffer):
    """The same table afterwards."""

    unit_price = models.PositiveIntegerField()
