"""The command line of `python -m runner`: what is an option of the Makefile is one here."""

import argparse
from typing import NoReturn

from runner.errors import UserError

PROGRAM = "python -m runner"
COMMANDS = {
    "demo": "play a demo",
    "break": "break a demo on purpose and watch its proofs turn red",
    "watch": "play a demo again at every save",
    "demos": "list the demos",
    "quiz": "ask claims, and ask again what was missed",
    "fix": "repair a demo that was broken on purpose",
    "interview": "answer aloud, then tick what was said",
    "cards": "write a deck for Anki",
    "versions": "play all demos on older and newer releases",
    "museum": "find the releases that ended what demos cannot show",
    "test": "run all proofs, or those of one demo",
    "prove": "try every mutation of every demo",
    "hunt": "try small edits of a demo that nobody wrote down, and list those no test notices",
    "check": "say what a demo lacks",
    "docs": "write the transcripts and the index again",
    "site": "write the pages of all demos as files",
    "shots": "take the pictures of the README",
    "serve": "serve the pages, live",
    "new": "create a demo whose test fails",
    "bench": "measure start-up, the suite, and what each cure is worth",
}


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, without the usage."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{self.prog}: {message}; `{self.prog} --help` lists what it takes.")


def on(value: str) -> bool:
    """Whether an option is switched on: `CODE=1` is, `CODE=0` and `CODE=` are not."""
    return bool(text(value))


def text(value: str) -> str:
    """The value of an option; `X=0` is the same as none."""
    return "" if value == "0" else value


def parser() -> Parser:
    """One subcommand a command of the Makefile; what is an option there is one here."""
    parser = Parser(prog=PROGRAM, description="The commands behind the Makefile.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, sentence in COMMANDS.items():
        commands.add_parser(name, help=sentence, description=sentence, allow_abbrev=False)

    def add(option: str, metavar: str, *names: str, **more: object) -> None:
        for name in names:
            commands.choices[name].add_argument(option, metavar=metavar, default="", **more)

    for option in ("--step", "--code", "--sql", "--short"):
        add(option, "1", "demo", "break", "watch", type=on)
    add("--failures-last", "1", "demo", type=on, help="show the scenes that failed again")
    add("--changed", "1", "prove", type=on, help="only the demos changed since the main branch")
    add("--db", "postgres|sqlite", "demo", "break", "watch", "test", "prove", "hunt", type=text)
    add("--n", "N", "break", "new", "quiz", "fix", "interview", type=text)
    add("--topic", "TOPIC", "quiz", "interview", type=text)
    add("--state", "FILE", "quiz", "fix", "interview", type=text, help="where progress is kept")
    add("--host", "ADDRESS", "serve", type=text)
    add("--port", "NUMBER", "serve", type=text)
    add("--q", "WORD", "demos", type=text)
    add("--slug", "SLUG", "new", type=text)
    add("demo", "NN", "demo", "break", "watch", "hunt")
    add("demo", "NN", "quiz", "fix", "test", "check", "docs", "prove", "site", "shots", nargs="?")
    return parser


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The options of a command line; raises UserError where it is not one."""
    if not arguments or (arguments[0] not in COMMANDS and not arguments[0].startswith("-")):
        wrong = f"There is no command {arguments[0]}" if arguments else "A command is missing"
        raise UserError(f"{wrong}; `{PROGRAM} --help` lists them.")
    options, unknown = parser().parse_known_args(arguments)
    if unknown or not options.command:
        name = f"{PROGRAM} {options.command or ''}".strip()
        raise UserError(f"{name} does not take {unknown[0]}; `{name} --help` lists what it takes.")
    return options
