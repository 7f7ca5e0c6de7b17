from django.db import models


class GiftCard(models.Model):
    """Reward points to give away; anyone who knows the pin can spend them."""

    code = models.CharField(max_length=20, primary_key=True)
    pin = models.CharField(max_length=4)
    points = models.PositiveIntegerField(default=0)

    def __str__(self):
        return self.code


class Redemption(models.Model):
    """Points that were spent from a card."""

    transaction_id = models.CharField(max_length=40, primary_key=True)
    card = models.ForeignKey(GiftCard, models.PROTECT)
    points = models.PositiveIntegerField()

    def __str__(self):
        return self.transaction_id
