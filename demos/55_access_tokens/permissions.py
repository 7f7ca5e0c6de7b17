from rest_framework.permissions import BasePermission


def scope_of(request):
    return request.auth.get("scope", "") if request.auth else ""


def is_manager(user):
    return user.groups.filter(name="managers").exists()


class HasScope(BasePermission):
    def has_permission(self, request, view):
        return view.scope in scope_of(request).split()


class HasScopeText(BasePermission):
    """The naive one: looks for the word anywhere in the text."""

    def has_permission(self, request, view):
        return view.scope in scope_of(request)


class SaysManager(BasePermission):
    """The naive one: believes a claim that is as old as the login."""

    def has_permission(self, request, view):
        return request.auth is not None and request.auth.get("role") == "manager"


class IsManager(BasePermission):
    def has_permission(self, request, view):
        return is_manager(request.user)
