"""The product page of the shop. What the supplier wrote is shown on it."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.template import engines

from shop.models import Product

SCRIPT = """
async function countOrders(url) {
    const token = localStorage.getItem("token");
    const headers = token ? {Authorization: `Bearer ${token}`} : {};
    return (await (await fetch(url, {headers})).json()).length;
}
"""
WIDGET = 'widget = {saw: localStorage.getItem("token")};'  # of another company
PAGE = "<!doctype html>"
OWN_SCRIPT = '<script src="/49/shop.js"></script>'

STRICT = "default-src 'self'"
LEAKY = "default-src 'self'; script-src 'self' 'unsafe-inline'"


def script(request):
    return HttpResponse(SCRIPT, content_type="text/javascript")


def widget(request):
    return HttpResponse(WIDGET, content_type="text/javascript")


def naive(request, sku):
    """Puts the text of the supplier into the page as it is."""
    return HttpResponse(PAGE + get_object_or_404(Product, sku=sku).description)


def escaped(request, sku):
    """Django's templates escape it."""
    template = engines["django"].from_string(PAGE + "{{ product.description }}")
    return HttpResponse(template.render({"product": get_object_or_404(Product, sku=sku)}))


def with_policy(request, sku):
    """As naive, but the browser runs no script that stands in the page."""
    response = naive(request, sku)
    response.write(OWN_SCRIPT)
    response["Content-Security-Policy"] = STRICT
    return response


def with_leaky_policy(request, sku):
    """Lets scripts in the page run again, as many projects do, and restricts where they send to."""
    response = naive(request, sku)
    response["Content-Security-Policy"] = LEAKY
    return response
