from rest_framework_simplejwt.serializers import TokenObtainPairSerializer


class LoginWithClaimsSerializer(TokenObtainPairSerializer):
    """Puts into the token what the stateless views need to know of the user."""

    @classmethod
    def get_token(cls, user):
        token = super().get_token(user)
        token["username"] = user.username
        token["email"] = user.email
        token["is_staff"] = user.is_staff
        return token
