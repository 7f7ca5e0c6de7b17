"""What djangorestframework-simplejwt puts into a token and checks in it."""

from django.contrib.auth.models import User
from rest_framework.exceptions import ValidationError
from rest_framework_simplejwt import serializers, tokens, views
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings


def user_id():
    return repr(tokens.RefreshToken.for_user(User(pk=1))["user_id"])


def issued_at():
    return "a time" if "iat" in tokens.RefreshToken() else "absent"


def log_out():
    return "TokenBlacklistView" if hasattr(views, "TokenBlacklistView") else "no such view"


def verify_after_log_out():
    token = tokens.RefreshToken()
    token.blacklist()
    checked = serializers.TokenVerifySerializer(data={"token": str(token)})
    try:
        checked.is_valid(raise_exception=True)
    except (TokenError, ValidationError) as error:
        return type(error).__name__
    return "valid"


def refresh_of_an_inactive_user():
    user = User.objects.create_user("ann", is_active=False)
    token = tokens.RefreshToken.for_user(user)
    checked = serializers.TokenRefreshSerializer(data={"refresh": str(token)})
    return refreshed(checked)


def refresh_of_a_deleted_user():
    token = tokens.RefreshToken.for_user(User(pk=9))
    return refreshed(serializers.TokenRefreshSerializer(data={"refresh": str(token)}))


def refreshed(checked):
    try:
        checked.is_valid(raise_exception=True)
    except Exception as error:  # its type is the answer
        return type(error).__name__
    return "a new access token"


def password_in_the_token():
    api_settings.CHECK_REVOKE_TOKEN = True
    try:
        token = tokens.RefreshToken.for_user(User(pk=1, password="hashed"))
    finally:
        del api_settings.CHECK_REVOKE_TOKEN
    return "a digest" if "hash_password" in token else "absent"
