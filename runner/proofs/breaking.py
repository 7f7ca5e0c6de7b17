"""`make break-NN`: shows each mutation of a demo and the scenes that turn red by it."""

import sys
from contextlib import nullcontext

from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from runner.catalogue import Demo
from runner.errors import UserError
from runner.proofs.mutations import Trial, mutations_of, try_out
from runner.proofs.scratch import scratch_copy
from runner.show import terminal
from runner.show.keys import one_key_at_a_time
from runner.show.style import coloured_diff, print_to
from runner.story.story import Teller
from runner.story.told import Options
from runner.story.words import counted


def break_demo(demo: Demo, options: Options, only: int | None = None, step: bool = False) -> int:
    """`make break-NN`: show each edit, the scenes that turn red, and why.

    `only` is the number of the one mutation to show; `step` waits for a key after each. Returns 0
    when every mutation was caught by the tests that it names, else 1. Raises UserError where there
    is no such mutation, or no terminal for `step`.
    """
    mutations = list(enumerate(mutations_of(demo), 1))
    chosen = [(number, mutation) for number, mutation in mutations if only in (None, number)]
    if not chosen:
        raise UserError(
            f"Demo {demo.number} has no mutation {only}; there are N=1 to N={len(mutations)}."
        )
    if step and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UserError(
            "STEP=1 reads keys from a terminal, and there is none; "
            f"`make break-{demo.number}` shows all mutations in a row."
        )
    console = Console(highlight=False)
    problems = tried = 0
    with scratch_copy() as scratch, one_key_at_a_time() if step else nullcontext() as read_key:
        for number, mutation in chosen:
            heading = Text.assemble(
                (f" {number}/{len(mutations)} ", "bold red"), (mutation.breaks, "bold")
            )
            print_to(console, Rule(style=""))
            print_to(console, heading)
            trial = try_out(scratch, demo, mutation)
            _show(console, trial, options)
            tried += 1
            problems += trial.problem is not None
            if step and number != chosen[-1][0]:
                print_to(console, Text("\n any key: the next mutation · q: quit", style="reverse"))
                if read_key() == "q":
                    break
    print_to(console, Rule(style=""))
    print_to(
        console,
        Text(
            f" {tried - problems} of {counted(tried, 'mutation')} caught · "
            "your files are untouched",
            style="bold",
        ),
    )
    return int(problems > 0)


def _show(console: Console, trial: Trial, options: Options) -> None:
    diff = coloured_diff(trial.diff.splitlines())
    print_to(console, Padding(diff, (1, 0, 0, 4), expand=False))
    for scene in trial.red:
        told = Teller(trial.demo, trial.recording, options).scene(scene)
        print_to(console, terminal.scene(told))
    caught_by = ", ".join(trial.mutation.caught_by)
    if trial.problem:
        print_to(console, Text(f"\n ✘ {trial.problem}", style="bold red"))
    elif trial.mutation.cures:
        cured = f"\n ✔ cured: the proof that it was broken goes red: {caught_by}"
        print_to(console, Text(cured, style="bold green"))
    else:
        print_to(console, Text(f"\n ✔ caught by {caught_by}", style="bold green"))
