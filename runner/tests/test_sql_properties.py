"""What must be true of every statement that is shortened."""

import re
from collections.abc import Iterator

import pytest
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
    Window,
)
from django.db.models.constants import OnConflict
from django.db.models.functions import Coalesce, ExtractYear, Mod, RowNumber
from django.db.models.sql import DeleteQuery, InsertQuery, UpdateQuery
from django.db.utils import ConnectionHandler
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.story.sql import readable
from shop.models import Brand, Customer, Order, OrderItem, Product

# What must be true of every statement.

LITERAL = re.compile(r"'(?:[^']|'')*'")
LITERAL_OR_COMMENT = re.compile(r"'(?:[^']|'')*'|/\*.*?\*/")


def assert_well_shortened(sql: str) -> None:
    whole, short = readable(sql, whole=True), readable(sql)
    literals = LITERAL.findall(sql)
    assert normalised(whole) == normalised(sql)
    assert LITERAL.findall(whole) == literals
    assert is_part_of(LITERAL.findall(short), literals)
    assert depths(short)[-1] == 0
    assert min(depths(short)) == 0
    assert outer_tables(sql) <= set(re.findall(r"\w+", outside_of_brackets(short)))
    assert readable(whole, whole=True) == whole
    assert readable(short) == short


def normalised(sql: str) -> list[str]:
    """What is between the literals, without white space and quotes; then the literals."""
    texts = [re.sub(r'[\s"]', "", text) for text in LITERAL.split(sql)]
    return [text.replace("%s", "?").replace("%%", "%") for text in texts] + LITERAL.findall(sql)


def is_part_of(few: list[str], many: list[str]) -> bool:
    rest = iter(many)
    return all(one in rest for one in few)


def depths(sql: str) -> list[int]:
    depth = [0]
    for sign in LITERAL_OR_COMMENT.sub("", sql):
        depth.append(depth[-1] + {"(": 1, ")": -1}.get(sign, 0))
    return depth


def outside_of_brackets(sql: str) -> str:
    sql, more = LITERAL_OR_COMMENT.sub("", sql), 1
    while more:
        sql, more = re.subn(r"\([^()]*\)", "", sql)
    return sql


def outer_tables(sql: str) -> set[str]:
    """Of the outer statement; IS DISTINCT FROM compares values, and names none."""
    pattern = r'(?<!DISTINCT )\b(?:FROM|JOIN|INTO|UPDATE) "(\w+)"'
    return set(re.findall(pattern, outside_of_brackets(sql)))


# The statements that the ORM writes, on both databases; nothing is sent.

DATABASES = ConnectionHandler(
    {
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
        "postgres": {"ENGINE": "django.db.backends.postgresql", "NAME": "none"},
    }
)
DATABASES["postgres"].get_autocommit = lambda: False  # as in a transaction, for FOR UPDATE
ITEMS = OrderItem.objects.filter(order=OuterRef("pk")).order_by()
PER_ORDER = ITEMS.values("order").annotate(n=Sum("quantity")).values("n")
RANK = Window(RowNumber(), partition_by=F("customer"), order_by=F("created_at").asc())
KIND = Case(When(Q(stock=0) | Q(stock=1), then=Value("few")), default=Value("it's 100%"))

SELECTS = {
    "all": Product.objects.all(),
    "join": Order.objects.select_related("customer__user"),
    "self join": Brand.objects.filter(products__stock=1).filter(products__stock=2),
    "subquery": Order.objects.annotate(n=Subquery(PER_ORDER)),
    "subqueries": Order.objects.annotate(n=Subquery(PER_ORDER), m=Coalesce(Subquery(PER_ORDER), 0)),
    "exists": Order.objects.annotate(has=Exists(ITEMS)).filter(~Exists(ITEMS.filter(quantity=2))),
    "window": Order.objects.annotate(rank=RANK),
    "window in a filter": Order.objects.annotate(rank=RANK).filter(rank=1),
    "filter": Order.objects.annotate(n=Count("items", filter=Q(items__quantity__gt=1))),
    "case": Product.objects.annotate(kind=KIND).order_by("kind"),
    "extract": Order.objects.annotate(year=ExtractYear("created_at")),
    "mod": Product.objects.annotate(odd=Mod("stock", 2)).filter(stock=F("stock") % 2),
    "having": Customer.objects.annotate(n=Count("orders")).filter(n__gt=1),
    "group by a subquery": Order.objects.annotate(n=Subquery(PER_ORDER)).values("n").annotate(
        m=Count("items")
    ),
    "in": Product.objects.filter(pk__in=range(500)),
    "in, one": Product.objects.filter(pk__in=[1]),
    "in, subquery": Product.objects.filter(order_items__in=OrderItem.objects.filter(quantity=2)),
    "or": Product.objects.filter(Q(sku="a") | Q(sku="b") | Q(sku="c") & Q(stock=1)),
    "like": Product.objects.filter(Q(name__icontains="%'\"") | Q(name__startswith="a")),
    "distinct": Product.objects.filter(tags__name="tea").distinct(),
    "exclude": Product.objects.exclude(tags__name="tea"),
    "literals": Product.objects.extra(select={"n": "'a  \"b\" -- (%%' || name"}, where=["1 = 1"]),
    "union": Product.objects.filter(stock=1).order_by().union(Product.objects.order_by()),
    "slice": Product.objects.order_by("-price")[10:20],
}  # fmt: skip
ON_POSTGRES = {
    "distinct on": Order.objects.order_by("customer_id").distinct("customer_id"),
    "for update of": Order.objects.select_related("customer").select_for_update(of=["self"]),
    "skip locked": Order.objects.select_for_update(skip_locked=True, no_key=True),
}


def select(queryset: QuerySet, database: str) -> str:
    return queryset.query.get_compiler(connection=DATABASES[database]).as_sql()[0]


def update(queryset: QuerySet, database: str, **values) -> str:
    query = queryset.order_by().query.chain(UpdateQuery)
    query.add_update_values(values)
    return query.get_compiler(connection=DATABASES[database]).as_sql()[0]


def delete(queryset: QuerySet, database: str) -> str:
    query = queryset.order_by().query.chain(DeleteQuery)
    return query.get_compiler(connection=DATABASES[database]).as_sql()[0]


def insert(database: str, rows: int, **conflict) -> str:
    query = InsertQuery(Product, **conflict)
    fields = [field for field in Product._meta.concrete_fields if not field.primary_key]
    query.insert_values(fields, [Product(sku=f"{row}", price=1) for row in range(rows)])
    compiler = query.get_compiler(connection=DATABASES[database])
    compiler.returning_fields = [Product._meta.pk]
    ((sql, _),) = compiler.as_sql()
    return sql


def statements_of_the_orm() -> Iterator[tuple[str, str]]:
    stock = Case(When(stock__gt=1, then=F("stock") - 1), default=Value(0))
    for database in ("default", "postgres"):
        querysets = SELECTS | (ON_POSTGRES if database == "postgres" else {})
        for name, queryset in querysets.items():
            yield f"{database}: {name}", select(queryset, database)
        few = Product.objects.filter(pk__in=range(30))
        yield f"{database}: update", update(few, database, stock=stock, name="it's")
        unpaid = Order.objects.filter(Exists(ITEMS))
        yield f"{database}: update, exists", update(unpaid, database, status="PAID")
        yield f"{database}: delete", delete(few, database)
        yield f"{database}: delete, exists", delete(unpaid, database)
        for rows in (1, 2, 100):
            yield f"{database}: insert {rows}", insert(database, rows)
        upsert = {
            "on_conflict": OnConflict.UPDATE,
            "update_fields": [Product._meta.get_field("stock")],
            "unique_fields": [Product._meta.get_field("sku")],
        }
        yield f"{database}: upsert", insert(database, 3, **upsert)


ORM = dict(statements_of_the_orm())


@pytest.mark.parametrize("sql", ORM.values(), ids=ORM)
def test_what_the_orm_writes_is_well_shortened(sql):
    assert_well_shortened(sql)


@pytest.mark.parametrize("name", [name for name in ORM if " insert " in name or ": in" in name])
def test_rows_and_values_make_a_statement_no_longer(name):
    assert len(readable(ORM[name])) < 400


# Generated statements.

COLUMNS = st.sampled_from(["id", "note", "asc_of", "order", "from", "name_of_the_customer"])
TABLES = st.sampled_from(["a", "shop_order", "shop_orderitem", "from_asc"])
LITERALS = st.text("aé'%s?\"()[],-/*;$ \n", max_size=8).map(
    lambda text: "'" + text.replace("'", "''") + "'"
)
COLUMN = st.builds('"{}"."{}"'.format, TABLES, COLUMNS)
GAPS = st.sampled_from([" ", "  ", "\n", " /* a (b */ "])


@st.composite
def lists(draw, part, separator=", ", most=4):
    return separator.join(draw(st.lists(part, min_size=1, max_size=most)))


@st.composite
def conditions(draw, values):
    left, right = draw(COLUMN), draw(values)
    condition = st.sampled_from(
        [
            f"{left} = %s",
            f"{left} = {right}",
            f"NOT ({left} > %s)",
            f"{left} IN ({', '.join(['%s'] * draw(st.integers(1, 5)))})",
            f"{left} IN ((%s), (%s))",
            f"{left} IS DISTINCT FROM {right}",
            f"{left} %% %s = {right}",
            f"{left} BETWEEN %s AND %s",
        ]
    )
    return draw(lists(condition, draw(st.sampled_from([" AND ", " OR "]))))


@st.composite
def selects(draw, values):
    gap = draw(GAPS)
    table = draw(TABLES)
    clauses = [
        draw(
            st.sampled_from(["SELECT", "SELECT DISTINCT", f"SELECT DISTINCT ON ({draw(COLUMN)})"])
        ),
        draw(lists(st.builds('{} AS "{}"'.format, values, COLUMNS), most=6)),
        f'FROM "{table}"',
    ]
    if draw(st.booleans()):
        clauses.append(f'LEFT OUTER JOIN "{draw(TABLES)}" T2 ON ({draw(conditions(values))})')
    if draw(st.booleans()):
        clauses.append(f"WHERE {draw(conditions(values))}")
    if draw(st.booleans()):
        clauses.append(f"GROUP BY {draw(lists(values))} HAVING {draw(conditions(values))}")
    if draw(st.booleans()):
        clauses.append(f"ORDER BY {draw(lists(COLUMN, ' ASC, '))} ASC")
    if draw(st.booleans()):
        clauses.append(f'LIMIT 21 FOR UPDATE OF "{table}"')
    return gap.join(clauses)


def larger(values):
    """Values that are made of values."""
    return st.one_of(
        st.builds("COALESCE({}, %s, %s)".format, values),
        st.builds("({} + {})".format, values, values),
        st.builds("CASE WHEN {} THEN {} ELSE %s END".format, conditions(values), values),
        st.builds("EXTRACT(YEAR FROM {})".format, values),
        st.builds("COUNT({}) FILTER (WHERE {})".format, values, conditions(values)),
        st.builds("RANK() OVER (PARTITION BY {} ORDER BY {} ASC)".format, values, values),
        st.builds("({})".format, selects(values)),
        st.builds("EXISTS({})".format, selects(values)),
    )


VALUES = st.recursive(COLUMN | LITERALS | st.just("%s") | st.just("1.5"), larger, max_leaves=3)


@st.composite
def writes(draw):
    table, columns = draw(TABLES), draw(st.lists(COLUMNS, min_size=1, max_size=6))
    names = ", ".join(f'"{column}"' for column in columns)
    row = f"({', '.join(draw(VALUES) for _ in columns)})"
    rows = ", ".join([row] * draw(st.integers(1, 4)))
    sets = ", ".join(f'"{column}" = {draw(VALUES)}' for column in columns)
    where = draw(conditions(VALUES))
    return draw(
        st.sampled_from(
            [
                f'INSERT INTO "{table}" ({names}) VALUES {rows} RETURNING "{table}"."id"',
                f'INSERT INTO "{table}" ({names}) {draw(selects(VALUES))}',
                f'UPDATE "{table}" SET {sets} WHERE {where}',
                f'DELETE FROM "{table}" WHERE {where}',
            ]
        )
    )


KEPT = "aAE1'()[].,×…\\$"

# The same statements on every run, none kept from one run to the next, no clock.
SAME = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)


@SAME
@given(selects(VALUES) | writes())
def test_what_is_generated_is_well_shortened(sql):
    assert_well_shortened(sql)


@SAME
@given(st.text(f'{KEPT} "%s?-/*\n', max_size=30))
def test_of_text_that_is_no_statement_nothing_gets_lost(text):
    readable(text)

    whole = readable(text, whole=True)

    assert [sign for sign in whole if sign in KEPT] == [sign for sign in text if sign in KEPT]
