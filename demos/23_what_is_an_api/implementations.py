"""Five ways to calculate a quote. The API is the same for all; three of them break it."""

from decimal import Decimal

from shop.models import Product

PRICE_LIST = {"P-0001": Decimal("10.10")}


class UnknownSku(LookupError):
    pass


def from_database(sku, quantity):
    product = Product.objects.filter(sku=sku).first()
    if product is None:
        raise UnknownSku(f"There is no product {sku}.")
    return {"sku": sku, "quantity": quantity, "total": product.price * quantity}


def from_price_list(sku, quantity):
    if sku not in PRICE_LIST:
        raise UnknownSku(f"There is no product {sku}.")
    return {"sku": sku, "quantity": quantity, "total": PRICE_LIST[sku] * quantity}


# The broken ones


def under_another_name(sku, quantity):
    answer = from_price_list(sku, quantity)
    answer["sum"] = str(answer.pop("total"))
    return answer


def zero_for_unknown(sku, quantity):
    total = PRICE_LIST.get(sku, 0) * quantity
    return {"sku": sku, "quantity": quantity, "total": total}


def in_cents(sku, quantity):
    answer = from_price_list(sku, quantity)
    return answer | {"total": answer["total"] * 100}
