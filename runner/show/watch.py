"""`make watch-NN`: plays a demo again whenever one of its files, or the shop's, is saved."""

import subprocess
import sys

import watchfiles

from runner.catalogue import ROOT, Demo


def watch(demo: Demo, options: list[str]) -> int:
    """Play at once and at every save, until Ctrl-C; each time in a fresh process.

    `options` are those of the command `demo`. What failed is shown again at the end, where the eye
    is after a save.
    """
    play(demo, options)
    for _ in watchfiles.watch(demo.folder, ROOT / "shop", raise_interrupt=True):
        play(demo, options)
    return 0


def play(demo: Demo, options: list[str]) -> None:
    if sys.stdout.isatty():
        print("\033[2J\033[H", end="", flush=True)
    command = [sys.executable, "-m", "runner", "demo", demo.number, "--failures-last=1"]
    subprocess.run([*command, *options], cwd=ROOT, check=False)
    print("\n saved files play again · Ctrl-C ends", flush=True)
