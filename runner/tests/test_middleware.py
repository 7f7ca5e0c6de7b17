"""What every request passes before it reaches a view."""

import pytest
from django.test import Client


@pytest.mark.parametrize("url", ["/07/orders/a%00b/", "/07/orders/naive/?page=%00"])
def test_a_nul_in_a_url_is_a_bad_request(url):
    answer = Client().get(url)

    assert (answer.status_code, answer.content) == (400, b"A URL must not hold a NUL.")
