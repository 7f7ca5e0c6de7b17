from django.db import models


class RevokedToken(models.Model):
    """A token that was signed out before it expired, by its `jti` claim."""

    jti = models.CharField(max_length=255, unique=True)

    def __str__(self):
        return self.jti
