from django.db import models

from shop.models import Customer


class IdempotencyKey(models.Model):
    """A request that a customer may send again without a second deduction.

    `fingerprint` is a hash of the first request: its method, path and body. `status` and `answer`
    are the response that every repetition gets.
    """

    customer = models.ForeignKey(Customer, models.CASCADE)
    key = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "key"], name="one_request_per_key")
        ]

    def __str__(self):
        return self.key
