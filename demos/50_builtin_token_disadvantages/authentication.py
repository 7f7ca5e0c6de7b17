"""DRF's class, with an end for each token, and with a digest in the table."""

from datetime import timedelta
from hashlib import sha256

from django.utils import timezone
from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from .models import SecretToken

LIFETIME = timedelta(days=30)


def expired():
    """A token that was created at this time, or before it, has expired."""
    return timezone.now() - LIFETIME


def digest_of(key):
    return sha256(key.encode()).hexdigest()


class ExpiringTokenAuthentication(TokenAuthentication):
    def authenticate_credentials(self, key):
        user, token = super().authenticate_credentials(key)
        if token.created <= expired():
            raise AuthenticationFailed("Token expired.")
        return user, token


class DigestAuthentication(ExpiringTokenAuthentication):
    model = SecretToken

    def authenticate_credentials(self, key):
        return super().authenticate_credentials(digest_of(key))
