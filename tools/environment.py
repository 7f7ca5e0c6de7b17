"""Makes and fills the virtual environment, for the Makefile.

`environment.py fill VENV PINS [EXTRA …]` installs what playing a demo needs, and these extras of
pyproject.toml; the extra `all` stands for every one that a demo may need, and for the tools of
development. `environment.py clean VENV …` removes environments.

Standard library only, since it runs before anything is installed. A folder that lacks MARKER was
not made here: it is neither filled nor removed. Exit status: 0 done, 2 the user can fix it,
130 interrupted.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - older interpreters do run this file
    print(
        "The demos need Python 3.11 or newer, and this is {}.{}: name another one, as in "
        "`make PYTHON=python3.12 demo-07`.".format(*sys.version_info),
        file=sys.stderr,
    )
    sys.exit(2)

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from runner.catalogue import EXTRAS  # noqa: E402 - older interpreters cannot import it
from runner.errors import UserError  # noqa: E402

MARKER = ".made-by-cathay-shop-demos"
# Settings of pip and uv that would install something else, or somewhere else.
MISLEADING = (
    *("PIP_CONSTRAINT", "PIP_DRY_RUN", "PIP_NO_DEPS", "PIP_PREFIX", "PIP_PYTHON"),
    *("PIP_REQUIREMENT", "PIP_ROOT", "PIP_TARGET", "PIP_USER"),
    *("UV_CONSTRAINT", "UV_OVERRIDE", "UV_SYSTEM_PYTHON"),
)


class Environment:
    """The virtual environment at `folder`, with the versions of the file `pins`."""

    def __init__(self, folder: Path, pins: Path) -> None:
        self.folder = folder
        self.pins = pins
        self.python = folder / "bin" / "python"
        self.uv = shutil.which("uv")

    def install(self, extras: list[str]) -> None:
        """Bring the core and these extras up to date; what is up to date is left alone.

        Each gets a stamp that holds what was installed, written when all of it is there, so that
        an install which was killed starts again.
        """
        refuse_if_foreign(self.folder)
        if not (os.access(self.python, os.X_OK) and self.is_current("core")):
            print(f"making {self.folder} …", file=sys.stderr)
            self.make()
            self.fill("core")
        if missing := [extra for extra in extras if not self.is_current(extra)]:
            print(f"installing {', '.join(missing)} …", file=sys.stderr)
            self.fill(*missing)
        for part in extras or ["core"]:
            self.stamp(part).touch()  # make compares times

    def make(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / MARKER).touch()
        for part in ("core", "all", *EXTRAS):
            self.stamp(part).unlink(missing_ok=True)  # first: it is incomplete from here on
        empty(self.folder)
        if self.uv:
            run(self.uv, "venv", "-q", "--allow-existing", "--python", sys.executable, self.folder)
        else:
            run(sys.executable, "-m", "venv", self.folder)

    def fill(self, *parts: str) -> None:
        wanted = [requirement for part in parts for requirement in requirements(part)]
        if self.uv:
            pip = [self.uv, "pip", "install", "-q", "--compile-bytecode", "--python", self.python]
        else:
            pip = [self.python, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        run(*pip, "-c", self.pins, *wanted)
        for part in parts:
            self.stamp(part).write_text(self.contents(part), "utf-8")

    def stamp(self, part: str) -> Path:
        return self.folder / f".{part}"

    def contents(self, part: str) -> str:
        return "\n".join([*requirements(part), "", self.pins.read_text("utf-8")])

    def is_current(self, part: str) -> bool:
        stamp = self.stamp(part)
        return stamp.is_file() and stamp.read_text("utf-8") == self.contents(part)


def requirements(part: str) -> list[str]:
    """What pyproject.toml lists for an extra, or for the "core"."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return project["dependencies"] if part == "core" else project["optional-dependencies"][part]


def refuse_if_foreign(folder: Path) -> None:
    """Raise UserError where the folder holds anything and this project did not make it."""
    if (folder / MARKER).is_file() or not folder.exists():
        return
    if not folder.is_dir() or any(folder.iterdir()):
        raise UserError(
            f"{folder} was not made by this project, so it stays as it is: move it away, or name "
            "another folder, as in `make VENV=.venv-demos demo-07`."
        )


def empty(folder: Path) -> None:
    """Remove all but the marker, so that the folder is still known when this is interrupted."""
    for path in folder.iterdir():
        if path.name == MARKER:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def remove(folder: Path) -> None:
    """Remove an environment; raises UserError where this project did not make it."""
    refuse_if_foreign(folder)
    if folder.is_symlink():
        folder.unlink()  # the environment belongs to the checkout that it leads to
    elif folder.exists():
        empty(folder)
        shutil.rmtree(folder)


def run(*command: object) -> None:
    """Run a command that inherits the lock; raises UserError where it fails."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in MISLEADING and not name.startswith("PYTHON")
    }
    done = subprocess.run([str(word) for word in command], env=environment, close_fds=False)
    if done.returncode:
        raise UserError(
            "Installing failed; is a package index reachable? Then run the command again."
        )


@contextmanager
def locked(folder: Path):
    """Inside the block, no other process fills or removes the environment.

    The lock is held on the folder above, so that it leaves no file behind. Programs that were
    started inside the block hold it as well: one that outlives a killed install still counts.
    """
    above = folder.resolve().parent
    above.mkdir(parents=True, exist_ok=True)
    lock = os.open(above, os.O_RDONLY)
    os.set_inheritable(lock, True)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"Another command is installing in {folder}; waiting for it …", file=sys.stderr)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def fill(folder: Path, pins: Path, extras: list[str]) -> None:
    """Bring the environment up to date with these extras; "all" stands for EXTRAS."""
    environment = Environment(folder, pins)
    environment.install(list(EXTRAS) if extras == ["all"] else extras)
    if extras == ["all"]:
        environment.stamp("all").touch()


def main(arguments: list[str]) -> int:
    """Do what the arguments say; returns the exit status."""
    command, *rest = arguments
    try:
        if command == "clean":
            for name in rest:
                with locked(Path(name)):
                    remove(Path(name))
        else:
            folder, pins, *extras = rest
            with locked(Path(folder)):
                fill(Path(folder), Path(pins), extras)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{command} failed: {error}.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
