"""What each command of the command line does: `do_demo` is `demo`. Each returns the exit status.

What a command alone needs is imported in it, so that the others start sooner.
"""

import argparse
import importlib
from contextlib import ExitStack

from runner import surroundings
from runner.catalogue import Demo, find_demo, find_demos
from runner.errors import UserError
from runner.recording.model import Recording
from runner.support.launch.shared import servers_for

# Of the runner's own tests, the one that depends on the database.
POKES = "runner/tests/test_pokes.py"


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
    from runner.proofs.breaking import break_demo
    from runner.proofs.mutations import mutations_of

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
        raise UserError("STEP=1 waits for keys, `make watch-NN` for saves; choose one of them.")
    from runner.show.watch import watch

    shown = [f"--{name}=1" for name in ("code", "sql", "short") if getattr(options, name)]
    return watch(find_demo(options.demo), shown)


def do_test(options: argparse.Namespace) -> int:
    from runner.recording.run import run_all

    demos = asked_for(options)
    what = [str(demo.folder) for demo in demos] if options.demo or options.db else []
    if options.db and not options.demo:
        what.append(POKES)
    return run_all(demos, *what, at_once=not options.demo)


def asked_for(options: argparse.Namespace) -> list[Demo]:
    return [find_demo(options.demo)] if options.demo else find_demos()


def do_prove(options: argparse.Namespace) -> int:
    from runner.proofs.mutations import prove

    demos = asked_for(options)
    if options.changed:
        from runner.proofs.changed import changed

        demos = changed(demos)
    with servers_for(demos):
        return prove(demos)


def do_hunt(options: argparse.Namespace) -> int:
    from runner.proofs.hunt import hunt

    with servers_for(asked_for(options)):
        return hunt(find_demo(options.demo))


def do_check(options: argparse.Namespace) -> int:
    """Also `docs`, `site` and `shots`: what is generated obeys nothing of the shell."""
    surroundings.forget_choices()
    package = "live" if options.command == "shots" else "proofs"
    command = importlib.import_module(f"runner.{package}.{options.command}")
    with servers_for(asked_for(options)):
        return command.main(find_demo(options.demo) if options.demo else None)


do_docs = do_site = do_shots = do_check


def do_serve(options: argparse.Namespace) -> int:
    return importlib.import_module("runner.live.main").serve(options.host, options.port)


def do_bench(options: argparse.Namespace) -> int:
    from runner.proofs.bench import bench

    with servers_for([find_demo("16")]):
        return bench()


def do_demos(options: argparse.Namespace) -> int:
    from runner.show.index import list_demos

    return list_demos(options.q)


def do_quiz(options: argparse.Namespace) -> int:
    """Also `interview`."""
    from runner.learn.progress import progress_file

    command = importlib.import_module(f"runner.learn.{options.command}")
    demos = [find_demo(options.demo)] if getattr(options, "demo", None) else find_demos()
    return command.main(demos, options.n, options.topic, progress_file(options.state))


do_interview = do_quiz


def do_fix(options: argparse.Namespace) -> int:
    from runner.learn.fix import fix
    from runner.learn.progress import progress_file

    demo = find_demo(options.demo) if options.demo else None
    return fix(demo, options.n, progress_file(options.state))


def do_cards(options: argparse.Namespace) -> int:
    from runner.learn.cards import main

    return main(find_demos())


def do_versions(options: argparse.Namespace) -> int:
    surroundings.forget_choices()
    from runner.versions.main import main

    return main()


def do_museum(options: argparse.Namespace) -> int:
    from runner.museum.main import main

    return main()


def do_new(options: argparse.Namespace) -> int:
    from runner.proofs.new import new

    return new(options.slug, options.n)
