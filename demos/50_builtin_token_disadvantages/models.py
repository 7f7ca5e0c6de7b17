from django.conf import settings
from django.db import models


class SecretToken(models.Model):
    """A user may have many. `key` is a digest: the token itself is stored nowhere."""

    key = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self):
        return f"token of {self.user}"
