from django.db import models


class Review(models.Model):
    """What a visitor says about the shop; no one has to sign in for it."""

    text = models.CharField(max_length=200)

    def __str__(self):
        return self.text
