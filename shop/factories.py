"""Makes Cathay Shop's objects, the same ones every time: nothing here is random.

Sequences start at 1 for every test (the `fresh_factories` fixture in conftest.py).
"""

from decimal import Decimal
from itertools import cycle

import factory
from django.contrib.auth import get_user_model
from factory.django import DjangoModelFactory

from shop.models import Brand, Category, Customer, Order, OrderItem, Payment, Product, Tag


class CategoryFactory(DjangoModelFactory):
    class Meta:
        model = Category

    name = factory.Sequence(lambda n: f"Category {n}")
    slug = factory.Sequence(lambda n: f"category-{n}")


class BrandFactory(DjangoModelFactory):
    class Meta:
        model = Brand

    name = factory.Sequence(lambda n: f"Brand {n}")


class TagFactory(DjangoModelFactory):
    class Meta:
        model = Tag

    name = factory.Sequence(lambda n: f"tag-{n}")


class ProductFactory(DjangoModelFactory):
    class Meta:
        model = Product
        skip_postgeneration_save = True

    sku = factory.Sequence(lambda n: f"P-{n:04}")
    name = factory.Sequence(lambda n: f"Product {n}")
    category = factory.SubFactory(CategoryFactory)
    brand = factory.SubFactory(BrandFactory)
    price = Decimal("10.00")
    stock = 100

    @factory.post_generation
    def tags(self, create, names):
        """`ProductFactory(tags=["red", "new"])` gives it these tags."""
        if create and names:
            self.tags.set([Tag.objects.get_or_create(name=name)[0] for name in names])


class UserFactory(DjangoModelFactory):
    """A user who cannot log in by password: hashing one costs time that no test asked for."""

    class Meta:
        model = get_user_model()

    username = factory.Sequence(lambda n: f"user-{n}")
    password = "!"


class CustomerFactory(DjangoModelFactory):
    class Meta:
        model = Customer

    user = factory.SubFactory(UserFactory)
    name = factory.Sequence(lambda n: f"Customer {n}")
    points = 100


class OrderFactory(DjangoModelFactory):
    class Meta:
        model = Order

    reference = factory.Sequence(lambda n: f"A-{n:04}")
    customer = factory.SubFactory(CustomerFactory)


class OrderItemFactory(DjangoModelFactory):
    class Meta:
        model = OrderItem

    order = factory.SubFactory(OrderFactory)
    product = factory.SubFactory(ProductFactory)
    quantity = 1
    unit_price = factory.SelfAttribute("product.price")


class PaymentFactory(DjangoModelFactory):
    class Meta:
        model = Payment

    order = factory.SubFactory(OrderFactory)
    amount = Decimal("10.00")
    transaction_id = factory.Sequence(lambda n: f"T-{n:04}")


FACTORIES = [
    CategoryFactory,
    BrandFactory,
    TagFactory,
    ProductFactory,
    UserFactory,
    CustomerFactory,
    OrderFactory,
    OrderItemFactory,
    PaymentFactory,
]


def stock_products(count: int) -> list[Product]:
    """Put `count` products on the shelves, each with a brand and a category of its own."""
    products = ProductFactory.build_batch(count)
    Brand.objects.bulk_create(product.brand for product in products)
    Category.objects.bulk_create(product.category for product in products)
    return Product.objects.bulk_create(products)


def stock_orders(count: int, items: int = 2) -> list[Order]:
    """Take `count` orders of one customer, each of `items` different products of ten."""
    shelf = cycle(stock_products(10))
    orders = OrderFactory.build_batch(count, customer=CustomerFactory())
    Order.objects.bulk_create(orders)
    OrderItem.objects.bulk_create(
        OrderItemFactory.build(order=order, product=next(shelf))
        for order in orders
        for _ in range(items)
    )
    return orders
