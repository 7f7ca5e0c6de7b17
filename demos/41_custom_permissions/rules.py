"""The permission classes, in a module that is not called permissions.py."""

from rest_framework.permissions import SAFE_METHODS, BasePermission


class IsOwnerOrReadOnly(BasePermission):
    """As the usual answer writes it: it overrides `has_object_permission` alone."""

    def has_object_permission(self, request, view, order):
        return request.method in SAFE_METHODS or order.customer.user_id == request.user.pk


class IsOwner(BasePermission):
    message = "Only the owner may do this."
    code = "not_owner"

    def has_object_permission(self, request, view, order):
        return order.customer.user_id == request.user.pk


class PlainIsOwner:
    """Extends nothing, so it must have both methods."""

    def has_permission(self, request, view):
        return True

    def has_object_permission(self, request, view, order):
        return order.customer.user_id == request.user.pk


class IsNotStaff(BasePermission):
    """What `~IsAdminUser` was meant to be."""

    def has_permission(self, request, view):
        return not request.user.is_staff
