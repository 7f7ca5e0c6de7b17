from django.db import models


class DueCharge(models.Model):
    """A row of the outbox: a charge that the worker must make."""

    reference = models.TextField()

    def __str__(self):
        return self.reference
