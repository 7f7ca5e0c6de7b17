"""The commands behind the Makefile: `python -m runner COMMAND …`.

Exit status: 0 all is well · 1 a verdict, a proof or a check is red · 2 the user can fix it ·
130 interrupted.
"""

# ruff: noqa: E402 - Ctrl-C is looked after before the imports, which take a while

import os
import signal
from typing import NoReturn


def end_at_once(*_: object) -> NoReturn:
    """What Ctrl-C does before and after `run`, where there is nothing to close."""
    os._exit(130)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, end_at_once)

import argparse
import atexit
import gc
import sys
from contextlib import AbstractContextManager, ExitStack, suppress

from runner import surroundings
from runner.catalogue import Demo, find_demo, find_demos
from runner.errors import UserError
from runner.recording.model import Recording
from runner.support.launch.scratch import run_folder

PROGRAM = "python -m runner"
COMMANDS = {
    "demo": "play a demo",
    "break": "break a demo on purpose and watch its proofs turn red",
    "watch": "play a demo again at every save",
    "demos": "list the demos",
    "test": "run all proofs, or those of one demo",
    "prove": "try every mutation of every demo",
    "hunt": "try small edits of a demo that nobody wrote down, and list those no test notices",
    "check": "say what a demo lacks",
    "docs": "write the transcripts and the index again",
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
    add("--n", "N", "break", "new", type=text)
    add("--q", "WORD", "demos", type=text)
    add("--slug", "SLUG", "new", type=text)
    add("demo", "NN", "demo", "break", "watch", "hunt")
    add("demo", "NN", "test", "check", "docs", "prove", nargs="?")
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


def main(arguments: list[str]) -> int:
    """Run the command; returns its exit status."""
    options = parsed(arguments)
    surroundings.clean()
    with run_folder(), ExitStack() as services:
        if "db" in options:
            choose_database(options.db, services)
        return globals()[f"do_{options.command}"](options)


def choose_database(name: str, services: ExitStack) -> None:
    """Do what the user asked for with DB=; raises UserError where there is no such database."""
    os.environ["DB"] = name
    if name == "sqlite":
        os.environ["DATABASE_URL"] = ""
    elif name == "postgres":
        if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
            from runner.support.launch.postgres import postgres

            os.environ["DATABASE_URL"] = services.enter_context(postgres())
    elif name:
        raise UserError(f"DB={name} is unknown; there are DB=postgres and DB=sqlite.")


def servers_for(demos: list[Demo]) -> AbstractContextManager[None]:
    """Inside the block, the runs of these demos share one server of each kind they need."""
    from runner.support.launch.shared import shared_servers

    return shared_servers(need for demo in demos for need in demo.needs)


def told(options: argparse.Namespace):
    """How much is told, by the options of the command."""
    from runner.story.told import Options

    return Options(whole_sql=options.sql, code=options.code, short=options.short)


def do_demo(options: argparse.Namespace) -> int:
    demo = find_demo(options.demo)
    if options.step:
        from runner.recording.loading import load
        from runner.recording.run import rehearse
        from runner.show.slides import step

        load(demo)
        with ExitStack() as servers:

            def rehearse_on_servers_kept_up(what: str, demo: Demo) -> Recording:
                servers.enter_context(servers_for([demo]))
                return rehearse(what, demo=demo)

            return step(demo, told(options), rehearse_on_servers_kept_up)
    from rich.console import Console

    from runner.recording.run import listen
    from runner.show.play import Audience

    console = Console(highlight=False)
    audience = Audience(demo, told(options), console, failures_last=options.failures_last)
    return listen(demo, audience)


def do_break(options: argparse.Namespace) -> int:
    from runner.proofs.mutations import break_demo, mutations_of

    demo = find_demo(options.demo)
    only = None
    if options.n:
        last = len(mutations_of(demo))
        if not options.n.isdecimal() or not 1 <= int(options.n) <= last:
            raise UserError(
                f"N={options.n} is no mutation of demo {demo.number}, which has N=1 to N={last}."
            )
        only = int(options.n)
    with servers_for([demo]):
        return break_demo(demo, told(options), only=only, step=options.step)


def do_watch(options: argparse.Namespace) -> int:
    if options.step:
        raise UserError(
            "STEP=1 waits for keys and `make watch-NN` for saved files; choose one of them."
        )
    from runner.show.watch import watch

    shown = [f"--{name}=1" for name in ("code", "sql", "short") if getattr(options, name)]
    return watch(find_demo(options.demo), shown)


def do_test(options: argparse.Namespace) -> int:
    from runner.recording.run import run_all

    demos = [find_demo(options.demo)] if options.demo else find_demos()
    return run_all(demos, with_runner=not options.demo)


def do_prove(options: argparse.Namespace) -> int:
    from runner.proofs.mutations import prove

    demos = [find_demo(options.demo)] if options.demo else find_demos()
    if options.changed:
        from runner.proofs.changed import changed

        demos = changed(demos)
    with servers_for(demos):
        return prove(demos)


def do_hunt(options: argparse.Namespace) -> int:
    from runner.proofs.hunt import hunt

    demo = find_demo(options.demo)
    with servers_for([demo]):
        return hunt(demo)


def do_check(options: argparse.Namespace) -> int:
    surroundings.forget_choices()
    from runner.proofs.check import check

    return check(find_demo(options.demo) if options.demo else None)


def do_docs(options: argparse.Namespace) -> int:
    surroundings.forget_choices()
    from runner.proofs.docs import write

    return write(find_demo(options.demo) if options.demo else None)


def do_bench(options: argparse.Namespace) -> int:
    from runner.proofs.bench import bench

    with servers_for([find_demo("16")]):
        return bench()


def do_demos(options: argparse.Namespace) -> int:
    from runner.show.index import list_demos

    return list_demos(options.q)


def do_new(options: argparse.Namespace) -> int:
    from runner.proofs.new import new

    return new(options.slug, options.n)


def run(arguments: list[str]) -> int:
    """Run the command. Print errors that the user can fix as one sentence on standard error."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return main(arguments)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader, `head` for example, has closed the pipe
        return 0
    except KeyboardInterrupt:
        return 130


def leave(status: int) -> NoReturn:
    """End the process and skip interpreter shutdown, which takes a sixth of `make demo-07`.

    Nothing is left to close: services end with their blocks, and exit handlers do run.
    """
    signal.signal(signal.SIGINT, end_at_once)
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(BrokenPipeError):
            stream.flush()
    os._exit(status)


if __name__ == "__main__":
    gc.disable()  # the process is short, and collecting would walk its modules for nothing
    sys.stdout.reconfigure(errors="replace")
    leave(run(sys.argv[1:]))
