from rest_framework_simplejwt.tokens import RefreshToken


def refresh_token_for(user):
    """A refresh token whose access tokens say whether the user is staff, as `TokenUser` reads."""
    token = RefreshToken.for_user(user)
    token["is_staff"] = user.is_staff
    return token
