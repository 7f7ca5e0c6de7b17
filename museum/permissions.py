"""What DRF makes of permission classes that are composed."""

from rest_framework import permissions

from museum.views import Echo, answer


class Deny(permissions.BasePermission):
    def has_permission(self, request, view):
        return False


class Owner(permissions.BasePermission):
    def has_object_permission(self, request, view, obj):
        return False


def composed(compose, method="get"):
    """The answer where `compose` makes the permission class; only GET asks for an object."""
    try:
        permission = compose()
    except TypeError:
        return "TypeError"
    refused = answer(Echo, method, data={"note": ""}, permission_classes=[permission])
    return str(refused.status_code)


def allowed_or_denied():
    return composed(lambda: permissions.AllowAny | Deny)


def not_denied():
    return composed(lambda: ~Deny, "post")


def denied_or_owner():
    return composed(lambda: Deny | Owner)
