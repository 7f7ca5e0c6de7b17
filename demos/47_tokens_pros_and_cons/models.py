from django.conf import settings
from django.db import models


class DeviceToken(models.Model):
    """A token for each device. `key` is no primary key, so a new login can change it."""

    key = models.CharField(max_length=40, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    device = models.SlugField()

    class Meta:
        ordering = ["device"]
        constraints = [
            models.UniqueConstraint(fields=["user", "device"], name="one_token_per_device")
        ]

    def __str__(self):
        return self.device
