"""The database behind the demos' endpoints while the pages are served: made new, and again."""

from django.core.management import call_command
from django.db import transaction

from shop import factories, people


def fill() -> None:
    """Empty all tables, and fill those of the shop, so that the URLs of the pages answer."""
    call_command("migrate", run_syncdb=True, verbosity=0)
    with transaction.atomic():
        call_command("flush", interactive=False, verbosity=0)
        for customer in (people.ann(), people.bob()):
            customer.user.set_password(people.PASSWORD)
            customer.user.save()
        for order in factories.stock_orders(50):
            order.note = "from the playground"
