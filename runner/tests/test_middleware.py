"""What every request passes before a view sees its data."""

import pytest
from django.test import Client
from rest_framework.exceptions import ParseError
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView


@pytest.mark.parametrize("url", ["/07/orders/a%00b/", "/07/orders/naive/?page=%00"])
def test_a_nul_in_a_url_is_a_bad_request(url):
    answer = Client().get(url)

    assert (answer.status_code, answer.content) == (400, b"A URL must not hold a NUL.")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (r'{"order": "A-\u0000", "amount": "5.00"}', "application/json"),
        (r'{"items": [{"product": "A-\u0000"}]}', "application/json"),
        (r'{"a\u0000": 1}', "application/json"),
        ("amount=5.00&order=A-1&order=A-%00", "application/x-www-form-urlencoded"),
        (
            '--x\r\nContent-Disposition: form-data; name="order"\r\n\r\nA-\0\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
    ],
)
def test_a_nul_in_a_body_is_a_bad_request(body, content_type):
    request = APIRequestFactory().post("/", body, content_type=content_type)

    with pytest.raises(ParseError, match=r"^A body must not hold a NUL\.$"):
        APIView().initialize_request(request).data  # noqa: B018 - it is parsed when it is read


def test_a_body_without_a_nul_is_parsed():
    body = r'{"items": [{"product": "P-\\u0000"}], "note": null}'
    request = APIRequestFactory().post("/", body, content_type="application/json")

    assert APIView().initialize_request(request).data == {
        "items": [{"product": r"P-\u0000"}],
        "note": None,
    }
