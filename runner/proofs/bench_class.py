"""The part of `make bench` that is about a class: many followers of one presenter."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

from rich.table import Table

from runner.catalogue import ROOT
from runner.proofs.medians import empty_table
from runner.support.launch import free_port

FOLLOWERS = 200
ADDRESS = "127.0.0.2"  # loopback too, but not the default: so the server asks for the key
PATIENCE = 180  # seconds


def followers(_: Path) -> Table:
    """How soon FOLLOWERS see the next scene, and whether all of their votes count."""
    command = [sys.executable, "-m", "runner", "serve", f"--host={ADDRESS}"]
    with subprocess.Popen(
        [*command, f"--port={free_port()}"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            seen = _played(server)
        finally:
            server.send_signal(signal.SIGINT)
    table = empty_table(f"A class of {FOLLOWERS} on this machine, played by Locust")
    table.add_column("what")
    for heading in ("count", "errors", "slowest"):
        table.add_column(heading, justify="right")
    for what, name in (("sees the next scene", "scene"), ("votes", "vote")):
        each = seen[name]
        table.add_row(what, str(each["count"]), str(each["errors"]), f"{each['slowest']:.2f} s")
    table.add_row("votes that the server has counted", str(seen["counted"]), "", "")
    table.add_row(f"nothing moves: the server takes {seen['rest']:.0%} of a core", "", "", "")
    return table


def _played(server: subprocess.Popen[str]) -> dict:
    said = ""
    while "Ctrl-C" not in said and (line := server.stdout.readline()):
        said += line
    addresses = re.findall(r"http://\S+", said)
    arguments = [*addresses, str(server.pid), str(FOLLOWERS)]
    locust = [sys.executable, "-m", "runner.proofs.followers", *arguments]
    played = subprocess.run(
        locust, cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=PATIENCE, check=True
    )
    return json.loads(played.stdout)
