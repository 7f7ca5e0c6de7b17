"""The customers whom the demos know by name, and the headers with which they sign in."""

from base64 import b64encode
from datetime import timedelta

from rest_framework_simplejwt.tokens import AccessToken

from shop import factories
from shop.models import Customer

PASSWORD = "right"


def ann() -> Customer:
    """Save and return Ann: the user "ann", a customer with 100 points and no order."""
    return factories.customer.make(name="Ann", user__username="ann")


def bob() -> Customer:
    """Save and return Bob: the user "bob", a customer with 100 points and no order."""
    return factories.customer.make(name="Bob", user__username="bob")


def basic(username: str, password: str = PASSWORD) -> dict[str, str]:
    """Return the header that signs in with a password at every request (RFC 7617)."""
    return {"Authorization": "Basic " + b64encode(f"{username}:{password}".encode()).decode()}


def bearer(token: object) -> dict[str, str]:
    """Return the header that signs in with a token (RFC 6750)."""
    return {"Authorization": f"Bearer {token}"}


def by_token(key: str) -> dict[str, str]:
    """Return the header that signs in with a key of DRF's TokenAuthentication."""
    return {"Authorization": f"Token {key}"}


def token_of(customer: Customer, lifetime: timedelta = timedelta(minutes=5)) -> AccessToken:
    """Return a new access token of the customer; a negative lifetime makes an expired one."""
    token = AccessToken.for_user(customer.user)
    token.set_exp(lifetime=lifetime)
    return token
