from django.db import models


class Parcel(models.Model):
    """Has two codes, one with an index, and a name with one index, sorted like a phone book."""

    tracking_code = models.TextField(db_index=True)
    customs_code = models.TextField()
    last_name = models.TextField()
    first_name = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["last_name", "first_name"])]

    def __str__(self):
        return self.tracking_code
