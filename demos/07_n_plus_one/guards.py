"""A test against the N+1 problem: as people often write it, and as it works."""


def bare_guard(django_assert_num_queries, get):
    django_assert_num_queries(2)
    return get("/07/orders/naive/")


def with_guard(django_assert_num_queries, get):
    with django_assert_num_queries(2):
        return get("/07/orders/naive/")
