"""The commands behind the Makefile: `python -m runner COMMAND [ARGUMENT]`.

Exit status: 0 all is well · 1 a verdict, a proof or a check is red · 2 the user can mend it ·
130 interrupted.
"""

import importlib
import os
import sys
from contextlib import ExitStack

from runner.errors import UserError
from runner.services import ServiceError

# command: (module, function, whether it needs the number of a demo)
COMMANDS = {
    "demo": ("runner.play", "play", True),
    "step": ("runner.step", "step", True),
    "break": ("runner.mutations", "break_demo", True),
    "test": ("runner.suite", "run", False),
    "prove": ("runner.mutations", "prove", False),
    "demos": ("runner.index", "list_demos", False),
    "watch": ("runner.watch", "watch", True),
    "new": ("runner.new", "new", False),
    "check": ("runner.check", "check", False),
    "docs": ("runner.docs", "write", False),
    "bench": ("runner.bench", "bench", False),
}


def main(command: str, argument: str = "") -> int:
    module, function, needs_demo = COMMANDS[command]
    run = getattr(importlib.import_module(module), function)
    with ExitStack() as services:
        choose_database(os.environ.get("DB", ""), services)
        if needs_demo:
            from runner.discovery import find_demo

            return run(find_demo(argument))
        return run(argument)


def choose_database(name: str, services: ExitStack) -> None:
    """Do what the user asked for with DB=; raises UserError where there is no such database."""
    if name == "sqlite":
        os.environ["DATABASE_URL"] = ""
    elif name == "postgres":
        if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
            from runner.services.postgres import postgres

            os.environ["DATABASE_URL"] = services.enter_context(postgres())
    elif name:
        raise UserError(f"DB={name} is unknown; there are DB=postgres and DB=sqlite.")


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="replace")
    try:
        sys.exit(main(*sys.argv[1:]))
    except (UserError, ServiceError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
