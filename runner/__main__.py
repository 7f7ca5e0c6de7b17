"""The commands behind the Makefile: `python -m runner COMMAND …`.

Exit status: 0 all is well · 1 a verdict, a proof or a check is red · 2 the user can fix it ·
130 interrupted.
"""

import argparse
import atexit
import gc
import os
import sys
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from typing import NoReturn

from runner.catalogue import Demo, find_demo, find_demos
from runner.errors import UserError


def on(value: str) -> bool:
    """Whether an option is switched on: `CODE=1` is, `CODE=0` and `CODE=` are not."""
    return value not in ("", "0")


def parser() -> argparse.ArgumentParser:
    """One subcommand a command of the Makefile; what is an option there is one here."""
    shown = argparse.ArgumentParser(add_help=False)
    for name in ("step", "code", "sql", "short"):
        shown.add_argument(f"--{name}", type=on, default=False, metavar="1")
    database = argparse.ArgumentParser(add_help=False)
    database.add_argument("--db", default="", metavar="postgres|sqlite")
    number = argparse.ArgumentParser(add_help=False)
    number.add_argument("demo")

    parser = argparse.ArgumentParser(prog="python -m runner", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, parents in {
        "demo": [number, shown, database],
        "break": [number, shown, database],
        "watch": [number, shown, database],
        "hunt": [number, database],
        "prove": [database],
        "check": [],
        "docs": [],
        "bench": [],
    }.items():
        commands.add_parser(name, parents=parents)
    commands.choices["break"].add_argument("--n", type=int)
    test = commands.add_parser("test", parents=[database])
    test.add_argument("demo", nargs="?")
    commands.add_parser("demos").add_argument("--q", default="", metavar="WORD")
    new = commands.add_parser("new")
    new.add_argument("--slug", default="")
    new.add_argument("--n", default="")
    return parser


def main(arguments: list[str]) -> int:
    """Run the command; returns its exit status."""
    options = parser().parse_args(arguments)
    with ExitStack() as services:
        choose_database(getattr(options, "db", ""), services)
        return globals()[f"do_{options.command}"](options)


def choose_database(name: str, services: ExitStack) -> None:
    """Do what the user asked for with DB=; raises UserError where there is no such database."""
    if name == "sqlite":
        os.environ["DATABASE_URL"] = ""
        os.environ["DB"] = name
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
    from runner.story.story import Options

    return Options(whole_sql=options.sql, code=options.code, short=options.short)


def do_demo(options: argparse.Namespace) -> int:
    demo = find_demo(options.demo)
    if options.step:
        from runner.recording.loading import load
        from runner.recording.run import rehearse
        from runner.show.slides import step

        load(demo)
        with servers_for([demo]):
            return step(demo, told(options), partial(rehearse, demo=demo))
    from rich.console import Console

    from runner.recording.run import listen
    from runner.show.play import Audience

    return listen(demo, Audience(demo, told(options), Console(highlight=False)))


def do_break(options: argparse.Namespace) -> int:
    from runner.proofs.mutations import break_demo

    demo = find_demo(options.demo)
    with servers_for([demo]):
        return break_demo(demo, told(options), only=options.n, step=options.step)


def do_watch(options: argparse.Namespace) -> int:
    from runner.show.watch import watch

    return watch(find_demo(options.demo))


def do_test(options: argparse.Namespace) -> int:
    from runner.recording.run import run_all

    demos = [find_demo(options.demo)] if options.demo else find_demos()
    return run_all(demos, with_runner=not options.demo)


def do_prove(options: argparse.Namespace) -> int:
    from runner.proofs.mutations import prove

    demos = find_demos()
    with servers_for(demos):
        return prove(demos)


def do_hunt(options: argparse.Namespace) -> int:
    from runner.proofs.hunt import hunt

    demo = find_demo(options.demo)
    with servers_for([demo]):
        return hunt(demo)


def do_check(options: argparse.Namespace) -> int:
    from runner.proofs.check import check

    return check()


def do_docs(options: argparse.Namespace) -> int:
    from runner.proofs.docs import write

    return write()


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
    try:
        return main(arguments)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def leave(status: int) -> NoReturn:
    """End the process and skip interpreter shutdown, which takes a sixth of `make demo-07`.

    Nothing is left to close: services end with their blocks, and exit handlers do run.
    """
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    gc.disable()  # the process is short, and collecting would walk its modules for nothing
    sys.stdout.reconfigure(errors="replace")
    leave(run(sys.argv[1:]))
