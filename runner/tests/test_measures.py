"""The measures that need no clock: rows that PostgreSQL reads, steps that SQLite takes."""

import pytest

from shop.factories import stock_products
from shop.models import Product

on_sqlite = pytest.mark.database("sqlite")
on_postgres = pytest.mark.database("postgres", because="it does not count its rows")


@on_sqlite
@pytest.mark.django_db
def test_a_scan_takes_steps_for_every_row_and_a_lookup_does_not(vm_steps):
    scans, lookups = [], []
    stock_products(1000)

    for last_sku in ("P-1000", "P-0100"):
        Product.objects.filter(sku__gt=last_sku).delete()
        with vm_steps() as steps:
            Product.objects.filter(description="none").count()
        scans.append(steps.count)
        with vm_steps() as steps:
            Product.objects.filter(sku="none").count()
        lookups.append(steps.count)

    assert scans[0] > 5 * scans[1]
    assert lookups[0] == lookups[1]


@on_postgres
@pytest.mark.django_db
def test_the_rows_of_each_query_are_counted(rows_read):
    stock_products(50)

    with rows_read() as read:
        list(Product.objects.order_by("sku")[40:45])
        Product.objects.count()

    assert read == [45, 50]


@on_postgres
@pytest.mark.django_db
def test_steps_are_counted_on_sqlite_alone(vm_steps):
    with pytest.raises(RuntimeError, match="Only SQLite counts"), vm_steps():
        pass


@on_sqlite
@pytest.mark.django_db
def test_rows_are_counted_on_postgresql_alone(rows_read):
    with pytest.raises(RuntimeError, match="Only PostgreSQL counts"), rows_read():
        pass


@on_sqlite
@pytest.mark.django_db
def test_a_scan_is_told_from_a_search(sqlite_plans):
    with sqlite_plans() as plans:
        list(Product.objects.filter(description="none"))
        list(Product.objects.filter(sku="none"))

    assert plans == ["SCAN", "SEARCH"]


@on_postgres
@pytest.mark.django_db
def test_plans_of_sqlite_are_told_on_sqlite_alone(sqlite_plans):
    with pytest.raises(RuntimeError, match="Only SQLite says"), sqlite_plans():
        pass


@pytest.mark.django_db
def test_only_objects_of_the_model_are_counted(made_from_rows):
    stock_products(3)

    with made_from_rows(Product) as made:
        products = list(Product.objects.select_related("brand"))
    list(Product.objects.all())

    assert made == products
