"""Ann and Bob are the same people in every demo."""

import ast

import pytest
from django.core import signing

from runner.catalogue import ROOT
from shop.payloads import payload_of_jwt, payload_of_session
from shop.people import PASSWORD, basic, by_token, token_of

DEMOS = sorted((ROOT / "demos").glob("*/tests.py"))


def test_ann_and_bob_are_stored_customers(ann, bob):
    assert (ann.name, ann.user.username, ann.points) == ("Ann", "ann", 100)
    assert (bob.name, bob.user.username, bob.points) == ("Bob", "bob", 100)


def test_a_buyer_is_ann_signed_in(api, ann, buyer):
    assert buyer == ann
    assert api.handler._force_user == ann.user


def test_the_user_of_api_is_not_stored(api):
    user = api.handler._force_user

    assert (user.username, user.pk) == ("ann", None)


def test_a_password_signs_in_and_another_does_not(passwords, ann):
    ann.user.refresh_from_db()

    assert ann.user.check_password(PASSWORD)
    assert not ann.user.check_password("guess")
    assert basic("ann") == {"Authorization": "Basic YW5uOnJpZ2h0"}
    assert by_token("abc") == {"Authorization": "Token abc"}


def test_what_is_signed_is_read_without_a_key(ann):
    token = token_of(ann)
    short, compressed = {"teas": 1}, {"basket": ["tea"] * 100}

    assert payload_of_jwt(str(token)) == token.payload
    assert payload_of_session(signing.dumps(short)) == short
    assert payload_of_session(signing.dumps(compressed, compress=True)) == compressed


@pytest.mark.parametrize("file", DEMOS, ids=lambda file: file.parent.name[:2])
def test_no_demo_calls_somebody_else_ann_or_bob(file):
    tree = ast.parse(file.read_text("utf-8"))
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}

    assert names.isdisjoint({"ann", "bob"})
