from datetime import timedelta

from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token


class UnlistedRefreshToken(Token):
    """The refresh token of a project that has not installed the app token_blacklist."""

    token_type = RefreshToken.token_type
    lifetime = RefreshToken.lifetime
    no_copy_claims = RefreshToken.no_copy_claims
    access_token_class = AccessToken
    access_token = RefreshToken.access_token


class LoginRefreshToken(RefreshToken):
    """Knows the login that it comes from, however often it was rotated."""

    def __init__(self, token=None, verify=True):
        super().__init__(token, verify)
        if token is None:
            self["login"] = self["jti"]
            self.set_exp("login_exp", lifetime=timedelta(days=30))

    def verify(self):
        self.check_exp("login_exp")
        super().verify()

    def check_blacklist(self):
        """Its signature is checked by now. If it was used before, someone has a copy of it."""
        try:
            super().check_blacklist()
        except TokenError:
            self.end_login()
            raise

    def end_login(self):
        issued = OutstandingToken.objects.filter(user_id=self["user_id"])
        BlacklistedToken.objects.bulk_create(
            [BlacklistedToken(token=row) for row in issued if self._is_of_this_login(row.token)],
            ignore_conflicts=True,
        )

    def _is_of_this_login(self, token):
        return RefreshToken(token, verify=False).get("login") == self["login"]

    def blacklist(self):
        """Only one of two requests that are sent at once inserts the row."""
        _, is_first = super().blacklist()
        if not is_first:
            raise TokenError("Token is blacklisted")
