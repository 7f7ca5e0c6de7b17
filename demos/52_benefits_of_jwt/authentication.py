import hmac

import jwt
from rest_framework_simplejwt.authentication import JWTStatelessUserAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError

from . import keys, tokens


class OneAlgorithm(JWTStatelessUserAuthentication):
    """Simple JWT with one algorithm: what the header of a token says does not count."""

    def get_validated_token(self, raw_token):
        try:
            return self.token_class(raw_token)
        except TokenError as error:
            raise InvalidToken(str(error)) from error


class WeakSecret(OneAlgorithm):
    token_class = tokens.WeakToken


class KeyPair(OneAlgorithm):
    token_class = tokens.VerifiedToken


class BothAlgorithms(JWTStatelessUserAuthentication):
    """PyJWT, and a list in which the caller finds an algorithm to like."""

    def get_validated_token(self, raw_token):
        try:
            return jwt.decode(raw_token, keys.public_pem(), algorithms=["RS256", "HS256"])
        except jwt.PyJWTError as error:
            raise InvalidToken(str(error)) from error


class ByHand(JWTStatelessUserAuthentication):
    """The naive one, written by hand: it believes the header, and checks the signature alone."""

    def get_validated_token(self, raw_token):
        try:
            token = jwt.decode_complete(raw_token, options={"verify_signature": False})
        except jwt.InvalidTokenError as error:
            raise InvalidToken(str(error)) from error
        message = raw_token.rpartition(b".")[0]
        if not is_signed(token["header"]["alg"], message, token["signature"]):
            raise InvalidToken("The signature is wrong.")
        return token["payload"]


def is_signed(name, message, signature):
    key = keys.public_pem()
    if name == "HS256":
        return hmac.digest(key.encode(), message, "sha256") == signature
    algorithm = jwt.get_algorithm_by_name("RS256")
    return algorithm.verify(message, algorithm.prepare_key(key), signature)
