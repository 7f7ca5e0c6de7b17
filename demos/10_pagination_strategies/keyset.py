"""A keyset over two fields. DRF's CursorPagination remembers one field alone."""

from rest_framework import serializers
from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param


class PositionSerializer(serializers.Serializer):
    """Checks where a client wants to go on, because anyone can make up such a position."""

    created_at = serializers.DateTimeField()
    reference = serializers.CharField(max_length=20)


class KeysetByDate(BasePagination):
    """Pages by the time, and by the unique reference where times are equal."""

    page_size = 10

    def paginate_queryset(self, queryset, request, view=None):
        self.url = request.build_absolute_uri()
        queryset = queryset.order_by("created_at", "reference")
        if "after" in request.query_params:
            queryset = self.rows_after(queryset, request.query_params["after"])
        rows = list(queryset[: self.page_size + 1])
        self.has_next = len(rows) > self.page_size
        self.page = rows[: self.page_size]
        return self.page

    def rows_after(self, queryset, position):
        created_at, _, reference = position.partition(",")
        last = PositionSerializer(data={"created_at": created_at, "reference": reference})
        last.is_valid(raise_exception=True)
        time = last.validated_data["created_at"]
        return queryset.filter(created_at__gte=time).exclude(
            created_at=time, reference__lte=last.validated_data["reference"]
        )

    def get_next_link(self):
        if not self.has_next:
            return None
        last = self.page[-1]
        position = f"{last.created_at.isoformat()},{last.reference}"
        return replace_query_param(self.url, "after", position)

    def get_paginated_response(self, data):
        return Response({"next": self.get_next_link(), "results": data})
