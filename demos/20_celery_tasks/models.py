from django.db import models


class OutgoingMail(models.Model):
    """A row of the outbox: the thank-you mail for this order has not been sent yet."""

    reference = models.TextField()

    def __str__(self):
        return self.reference
