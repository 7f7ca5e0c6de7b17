"""The commands behind the Makefile: `python -m runner COMMAND [ARGUMENT]`.

Exit status: 0 all is well · 1 a verdict, a proof or a check is red · 2 the user can mend it ·
130 interrupted.
"""

import atexit
import gc
import importlib
import os
import sys
from contextlib import ExitStack
from typing import NoReturn

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


def run(command: str, argument: str = "") -> int:
    """Do the command; what the user can mend is said in one sentence on standard error."""
    try:
        return main(command, argument)
    except (UserError, ServiceError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def leave(status: int) -> NoReturn:
    """End the process without taking the interpreter apart object by object.

    That would take a sixth of the time of `make demo-07`, and nothing is left to be closed:
    services end with their blocks, and what was registered to run at exit does run.
    """
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    gc.disable()  # the process is short, and its modules would be walked over and over for nothing
    sys.stdout.reconfigure(errors="replace")
    leave(run(*sys.argv[1:]))
