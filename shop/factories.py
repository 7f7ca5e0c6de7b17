"""Makes Cathay Shop's objects, the same ones every time: nothing here is random.

Each name below is a recipe of model_bakery: `product.make()` saves one, `product.make(
_quantity=5, price=3)` saves five, `product.prepare()` saves none. A recipe counts from 1 again
once its table is empty, so in every test "Product 1" is the first product.
"""

from decimal import Decimal
from itertools import count, cycle

from django.contrib.auth import get_user_model
from model_bakery.recipe import Recipe, foreign_key

from shop.models import Brand, Category, Customer, Order, OrderItem, Payment, Product, Tag

category = Recipe(
    Category,
    name=(f"Category {n}" for n in count(1)),
    slug=(f"category-{n}" for n in count(1)),
)
brand = Recipe(Brand, name=(f"Brand {n}" for n in count(1)))
tag = Recipe(Tag, name=(f"tag-{n}" for n in count(1)))
product = Recipe(
    Product,
    sku=(f"P-{n:04}" for n in count(1)),
    name=(f"Product {n}" for n in count(1)),
    category=foreign_key(category),
    brand=foreign_key(brand),
    price=Decimal("10.00"),
    stock=100,
)
# The password is none that fits: hashing one costs time that no test asked for.
user = Recipe(get_user_model(), username=(f"user-{n}" for n in count(1)), password="!")
customer = Recipe(
    Customer,
    user=foreign_key(user, one_to_one=True),
    name=(f"Customer {n}" for n in count(1)),
    points=100,
)
order = Recipe(Order, reference=(f"A-{n:04}" for n in count(1)), customer=foreign_key(customer))
order_item = Recipe(
    OrderItem,
    order=foreign_key(order),
    product=foreign_key(product, one_to_one=True),
    quantity=1,
    unit_price=Decimal("10.00"),
)
payment = Recipe(
    Payment,
    order=foreign_key(order, one_to_one=True),
    amount=Decimal("10.00"),
    transaction_id=(f"T-{n:04}" for n in count(1)),
)


# For tests that need many rows: a recipe is slow for hundreds, bulk_create is not.


def stock_products(count: int) -> list[Product]:
    """Put `count` products on the shelves, each with a brand and a category of its own."""
    numbers = range(1, count + 1)
    brands = Brand.objects.bulk_create(Brand(name=f"Brand {n}") for n in numbers)
    categories = Category.objects.bulk_create(
        Category(name=f"Category {n}", slug=f"category-{n}") for n in numbers
    )
    return Product.objects.bulk_create(
        Product(
            sku=f"P-{n:04}",
            name=f"Product {n}",
            brand=brands[n - 1],
            category=categories[n - 1],
            price=Decimal("10.00"),
            stock=100,
        )
        for n in numbers
    )


def stock_orders(count: int, items: int = 2) -> list[Order]:
    """Take `count` orders of one customer, each of `items` different products of ten."""
    buyer = customer.make()
    orders = Order.objects.bulk_create(
        Order(reference=f"A-{n:04}", customer=buyer) for n in range(1, count + 1)
    )
    shelf = cycle(stock_products(10))
    OrderItem.objects.bulk_create(
        OrderItem(order=order, product=(on_shelf := next(shelf)), unit_price=on_shelf.price)
        for order in orders
        for _ in range(items)
    )
    return orders
