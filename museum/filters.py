"""What django-filter reads of a view."""

from django_filters.rest_framework import DjangoFilterBackend

from museum.models import Brand
from museum.views import Brands, answer


def filter_fields():
    Brand.objects.create(name="Oolong Ltd")
    Brand.objects.create(name="Sencha Ltd")
    found = answer(
        *(Brands, "get", "/?name=Sencha+Ltd"),
        filter_backends=[DjangoFilterBackend],
        filter_fields=["name"],
    )
    return f"{len(found.data)} of 2 rows"
