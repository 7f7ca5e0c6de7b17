"""What a learner chooses: TOPIC=, the demos, and N=, how many."""

import re

from runner.catalogue import Demo
from runner.errors import UserError
from runner.story.topics import read_topics


def demos_about(topic: str, demos: list[Demo]) -> list[Demo]:
    """Those of the demos that are about the topic; all of them where it is empty.

    A part of a name is enough, in any case. Topics come first, then the ways through the demos,
    then the questions of the demos: the first of the three that fits a demo decides.
    Raises UserError where none does.
    """
    sought = topic.strip().casefold()
    topics = read_topics()
    for groups in (topics.topics, topics.ways):
        listed = {n for group in groups if sought in group.name.casefold() for n in group.demos}
        if chosen := [demo for demo in demos if not sought or demo.number in listed]:
            return chosen
    if chosen := [demo for demo in demos if sought in demo.question.casefold()]:
        return chosen
    names = ", ".join(group.name for group in topics.topics)
    raise UserError(f"TOPIC={topic} fits none of the demos asked for; the topics are {names}.")


def number_of(n: str, default: int) -> int:
    """The number that N= says; the default where it is empty. Raises UserError if it is none."""
    if not n:
        return default
    if not re.fullmatch("[1-9][0-9]{0,3}", n):
        raise UserError(f"N={n} is not a number from 1 to 9999; N={default} is the default.")
    return int(n)
