"""An order behind classes that write down when DRF calls them."""

from rest_framework.authentication import BasicAuthentication
from rest_framework.generics import ListAPIView, RetrieveAPIView, get_object_or_404
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from .views import IsOwner, OrderView


def note(request, step):
    request.META.setdefault("shop.steps", []).append(step)


class TracedAuthentication(BasicAuthentication):
    def authenticate(self, request):
        note(request, "authentication")
        return super().authenticate(request)


class TracedIsOwner(IsOwner):
    def has_permission(self, request, view):
        note(request, "permission")
        return request.user.is_authenticated

    def has_object_permission(self, request, view, order):
        note(request, "object permission")
        return super().has_object_permission(request, view, order)


class TracedThrottle(BaseThrottle):
    def allow_request(self, request, view):
        note(request, "throttle")
        return True


class Traced(OrderView):
    """Sends the steps in the order in which DRF took them, as a header."""

    authentication_classes = [TracedAuthentication]
    permission_classes = [TracedIsOwner]
    throttle_classes = [TracedThrottle]

    def finalize_response(self, request, response, **kwargs):
        response["Steps"] = ", ".join(request.META.get("shop.steps", []))
        return super().finalize_response(request, response)


class TracedOrderDetail(Traced, RetrieveAPIView):
    pass


class TracedOrderList(Traced, ListAPIView):
    pass


class ByHandOrderDetail(Traced, APIView):
    def get(self, request, reference):
        order = self.fetched(reference)
        return Response(self.serializer_class(order, context={"request": request}).data)

    def fetched(self, reference):
        return get_object_or_404(self.queryset, reference=reference)


class CheckedByHandOrderDetail(ByHandOrderDetail):
    def fetched(self, reference):
        order = super().fetched(reference)
        self.check_object_permissions(self.request, order)
        return order
