"""What DRF's authentication classes do."""

from base64 import b64encode

from django.contrib.auth.models import User
from django.test import RequestFactory
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed


def password_with_an_accent():
    """As browsers send it today: in UTF-8."""
    User.objects.create_user("ann", password="thé vert")
    sent = b64encode("ann:thé vert".encode()).decode()
    request = RequestFactory().get("/", HTTP_AUTHORIZATION="Basic " + sent)
    try:
        user, _ = authentication.BasicAuthentication().authenticate(request)
    except AuthenticationFailed:
        return "401"
    return user.username


def oauth():
    names = [name for name in dir(authentication) if name.startswith("OAuth")]
    return ", ".join(names) or "no such class"
