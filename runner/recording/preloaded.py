"""A process that has imported what is foreign, and forks for each run of pytest.

`python -m runner.recording.preloaded` runs at the top of a checkout. Each line on standard input
asks for a run as JSON: the arguments of pytest, the number of the demo, the file for its output,
the seconds that it may take. Each line on standard output answers with its exit status, or null
where it took longer. The process ends, and its run with it, when standard input is closed.

Foreign packages and the foreign apps of INSTALLED_APPS are loaded once. `config.demos`, `shop`,
`demos`, `runner` and the plugins of pytest are loaded by each run, so that an edit of them counts.
Only `config.settings` is read once: foreign packages read settings when they are imported.
"""

import ast
import atexit
import contextlib
import gc
import importlib
import json
import os
import select
import signal
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import NoReturn

OURS = {"config", "shop", "runner", "demos", "conftest"}
# pytest complains of plugins that were imported before it could rewrite their assertions.
PLUGINS = {"pytest_django"}
GRACE = 1  # seconds from SIGINT to SIGKILL


def main() -> None:
    """Answer each line of standard input until it is closed."""
    own_apps = load_foreign()
    seen: set[str] = set()
    woken, wake = os.pipe()
    for end in (woken, wake):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    while line := _request():
        asked = json.loads(line)
        if asked["demo"] not in seen:
            seen.add(asked["demo"])
            import_what_is_foreign_in(Path.cwd().glob(f"demos/{asked['demo']}_*/*.py"))
        child = os.fork()
        if child == 0:
            run(asked, own_apps)
        with contextlib.suppress(PermissionError, ProcessLookupError):
            os.setpgid(child, child)  # as the child does: whichever comes first
        status = _wait(child, woken, asked["seconds"])
        os.write(sys.stdout.fileno(), json.dumps(status).encode() + b"\n")


def load_foreign() -> list[str]:
    """Set Django up with its foreign apps; returns INSTALLED_APPS without the demos."""
    sys.modules["config.demos"] = stub = ModuleType("config.demos")
    stub.DEMO_APPS = []
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django
    from _pytest.config import default_plugins
    from django.conf import settings

    apps = list(settings.INSTALLED_APPS)
    settings.INSTALLED_APPS[:] = [app for app in apps if app.partition(".")[0] not in OURS]
    django.setup()
    del sys.modules["config.demos"]
    for name in default_plugins:
        importlib.import_module(f"_pytest.{name}")
    import_what_is_foreign_in(Path.cwd().glob("shop/*.py"))
    import_what_is_foreign_in(Path.cwd().glob("runner/support/**/*.py"))
    import_what_is_foreign_in(Path.cwd().glob("runner/recording/*.py"))
    for name in (
        "django.core.management.commands.flush",
        "django.core.management.commands.migrate",
        "django.db.backends.sqlite3.base",
        "django.test.testcases",
    ):
        importlib.import_module(name)
    return apps


def import_what_is_foreign_in(files: Iterator[Path]) -> None:
    """Import the foreign modules that these files import; one that cannot be is left to the run."""
    for file in files:
        with contextlib.suppress(SyntaxError):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                for name in _imported(node):
                    if name.partition(".")[0] not in OURS | PLUGINS:
                        with contextlib.suppress(ImportError):
                            importlib.import_module(name)
    gc.collect()
    gc.freeze()


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and not node.level:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def run(asked: dict, own_apps: list[str]) -> NoReturn:
    """Be the run: load the demo, run pytest, end the process with its exit status."""
    os.setpgid(0, 0)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with open(os.devnull) as nothing, open(asked["output"], "wb") as output:
        os.dup2(nothing.fileno(), 0)
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    gc.disable()
    status = 3
    try:
        os.environ["DEMO"] = asked["demo"]
        _install(own_apps)
        import pytest

        from runner.recording.run import plugins

        status = pytest.main(asked["arguments"], plugins=plugins())
    except BaseException:  # the process ends here, and says why
        traceback.print_exc()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _install(own_apps: list[str]) -> None:
    from django.apps import apps
    from django.conf import settings

    settings.INSTALLED_APPS[:] = [*own_apps, *importlib.import_module("config.demos").DEMO_APPS]
    apps.set_installed_apps(settings.INSTALLED_APPS)


def _request() -> bytes:
    """The next line of standard input, which is read without a buffer: `select` sees it all."""
    line = b""
    while byte := os.read(0, 1):
        line += byte
        if byte == b"\n":
            return line
    return b""


def _wait(child: int, woken: int, seconds: float) -> int | None:
    """The exit status of the run, None where it was ended after these seconds.

    Does not return where standard input is closed meanwhile.
    """
    ready = True
    while ready:
        ready, _, _ = select.select([0, woken], [], [], seconds)
        if woken in ready:
            os.read(woken, 1024)
            if status := _ended(child):
                return status[0]
        elif ready:
            _end(child, woken)
            sys.exit()
    _end(child, woken)
    return None


def _ended(child: int) -> tuple[int] | None:
    ended, status = os.waitpid(child, os.WNOHANG)
    if not ended:
        return None
    with contextlib.suppress(ProcessLookupError):  # what the run may have left behind
        os.killpg(child, signal.SIGKILL)
    return (os.waitstatus_to_exitcode(status),)


def _end(child: int, woken: int) -> None:
    """Interrupt the run, so that it can clean up; kill it where that takes longer than GRACE."""
    for deadly in (signal.SIGINT, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, deadly)
        select.select([woken], [], [], GRACE)
        if _ended(child):
            return
    os.waitpid(child, 0)


if __name__ == "__main__":
    main()
