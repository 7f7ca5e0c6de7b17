"""The schemas that drf-spectacular makes of the listing.

In a project `DEFAULT_SCHEMA_CLASS` names the AutoSchema for all views. Here each view gets its own,
and the schema describes these three URLs only.
"""

from django.urls import path
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from drf_spectacular.views import SpectacularJSONAPIView

from . import views
from .serializers import ProblemSerializer


class WithErrors(AutoSchema):
    def get_response_serializers(self):
        problem = "application/problem+json"
        return {
            200: super().get_response_serializers(),
            **{(status, problem): ProblemSerializer for status in (400, 401, 404, 429)},
        }


class WithParameters(WithErrors):
    def get_override_parameters(self):
        return [OpenApiParameter("category"), OpenApiParameter("tag", many=True)]


def described(listing, by_hand):
    patterns = [
        path("21/products/", views.ProductList.as_view(schema=listing())),
        path("21/products/by-hand/", views.ByHandProductList.as_view(schema=by_hand())),
        path("21/products/plain-errors/", views.PlainErrorsProductList.as_view(schema=listing())),
    ]
    return SpectacularJSONAPIView.as_view(patterns=patterns)


SCHEMAS = {
    "inferred": described(AutoSchema, AutoSchema),
    "complete": described(WithErrors, WithParameters),
}
