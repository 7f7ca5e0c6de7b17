"""What TOPIC= and N= choose."""

import pytest

from runner.catalogue import find_demo, find_demos
from runner.errors import UserError
from runner.learn.choice import demos_about, number_of


def about(topic):
    return [demo.number for demo in demos_about(topic, find_demos())]


@pytest.mark.parametrize("topic", ["Security", "security", "ECUR", " security "])
def test_a_part_of_a_topics_name_in_any_case_chooses_its_demos(topic):
    assert about(topic) == ["17", "18", "30", "34", "48", "49", "60"]


def test_no_topic_chooses_all():
    assert about("") == [f"{number:02}" for number in range(1, 65)]
    assert about(" ") == about("")


def test_a_part_of_two_names_chooses_the_demos_of_both():
    assert about("s and") == ["06", "07", "08", "12", "13", "14"]


def test_a_way_is_chosen_where_no_topic_fits():
    assert about("tonight") == ["05", "07", "15", "16", "17"]


def test_the_questions_of_the_demos_are_searched_last():
    assert about("jwt") == ["51", "52"]


def test_a_topic_that_fits_none_is_one_sentence_that_lists_them():
    with pytest.raises(UserError) as refused:
        demos_about("zebra", find_demos())

    assert str(refused.value) == (
        "TOPIC=zebra fits none of the demos asked for; the topics are Serializers, "
        "Views and queries, Lists, Errors and responses, Transactions, Security, Background, "
        "The whole, The web, DRF itself, Signing in."
    )


def test_only_the_demos_asked_for_are_chosen_from():
    assert demos_about("security", [find_demo("17")]) == [find_demo("17")]
    with pytest.raises(UserError, match=r"^TOPIC=security fits none of the demos"):
        demos_about("security", [find_demo("01")])


@pytest.mark.parametrize(("n", "number"), [("", 10), ("1", 1), ("10", 10), ("9999", 9999)])
def test_n_is_a_number_or_the_default(n, number):
    assert number_of(n, 10) == number


@pytest.mark.parametrize("n", ["many", "-1", "1.5", "007", "10000", "٣", "1\n", "9" * 5000])
def test_an_n_that_is_no_number_is_one_sentence(n):
    with pytest.raises(UserError) as refused:
        number_of(n, 10)

    assert str(refused.value) == f"N={n} is not a number from 1 to 9999; N=10 is the default."
