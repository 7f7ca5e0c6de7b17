from django.db import models


class Parcel(models.Model):
    """Bears two codes, one with an index, and a name that one index holds as a phone book does."""

    tracking_code = models.CharField(max_length=20, db_index=True)
    customs_code = models.CharField(max_length=20)
    last_name = models.CharField(max_length=50)
    first_name = models.CharField(max_length=50)

    class Meta:
        indexes = [models.Index(fields=["last_name", "first_name"], name="parcel_phone_book")]

    def __str__(self):
        return self.tracking_code
