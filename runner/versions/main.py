"""`make versions`: plays what is not known yet, and writes the data and the page."""

from runner.catalogue import ROOT, find_demos
from runner.proofs.docs import PAGE, page_of_versions
from runner.story.versions import FILE, read_versions
from runner.versions.columns import keep_former, read_pairs
from runner.versions.data import versions_of
from runner.versions.environment import Environment
from runner.versions.fallen import fallen
from runner.versions.play import made, missing, play, say


def main() -> int:
    """Bring docs/versions.json and docs/VERSIONS.md up to date.

    Returns 1 where a verdict fell on the releases of the pins, else 0. Raises UserError where no
    package index answers.
    """
    demos = find_demos()
    for name in keep_former(read_versions()):
        say(f"{name} stays as a column, since the pins have moved.")
    environments = made(read_pairs())
    for _ in range(2):  # what was red is played again, on other servers
        play(
            [
                task
                for pair, environment in environments.items()
                if isinstance(environment, Environment)
                for task in missing(environment, [d for d in demos if pair.plays(d.number)])
            ]
        )
    versions = versions_of(environments, demos)
    FILE.write_text(versions.to_json(), "utf-8")
    PAGE.write_text(page_of_versions(demos), "utf-8")
    say(f"wrote {FILE.relative_to(ROOT)} and {PAGE.relative_to(ROOT)}")
    sentences = list(fallen(versions, demos))
    for sentence in sentences:
        say(sentence)
    return 1 if sentences else 0
