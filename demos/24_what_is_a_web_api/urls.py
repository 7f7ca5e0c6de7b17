from django.urls import include, path
from rest_framework.routers import SimpleRouter

from . import serializers, views

router = SimpleRouter()
router.register("listings", views.AllListings)
router.register("catalogue", views.Catalogue, basename="catalogue")


def listed(serializer):
    return views.Rows.as_view(serializer_class=serializer)


urlpatterns = [
    path("", include(router.urls)),
    path("shipping/", views.Shipping.as_view()),
    path("rpc/", views.Procedures.as_view()),
    path("today/all/", listed(serializers.AllFields)),
    path("today/exclude/", listed(serializers.ExcludedFields)),
    path("today/explicit/", listed(serializers.ExplicitFields)),
    path("today/depth/", listed(serializers.DeepFields)),
    path("next/all/", listed(serializers.NextAllFields)),
    path("next/exclude/", listed(serializers.NextExcludedFields)),
    path("next/explicit/", listed(serializers.NextExplicitFields)),
]
