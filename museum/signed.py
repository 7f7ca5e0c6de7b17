"""What PyJWT alone signs and accepts."""

import jwt

KEY = "k" * 64


def encoded():
    return type(jwt.encode({"sub": "1"}, KEY, algorithm="HS256")).__name__


def number_as_a_subject():
    token = jwt.encode({"sub": 1}, KEY, algorithm="HS256")
    return decoded(token, algorithms=["HS256"])


def without_algorithms():
    return decoded(jwt.encode({"sub": "1"}, KEY, algorithm="HS256"))


def short_key():
    import warnings

    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        jwt.encode({"sub": "1"}, "short", algorithm="HS256")
    return ", ".join(each.category.__name__ for each in warned) or "no warning"


def decoded(token, **options):
    try:
        return "accepted" if jwt.decode(token, KEY, **options) else "empty"
    except jwt.PyJWTError as error:
        return type(error).__name__
