"""What tells one server from another."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from runner.support.launch import ServiceError


@dataclass(frozen=True)
class Service:
    """What tells one server from another."""

    name: str
    wheel: str
    variable: str  # of the environment, with the URL of a server that the user chose
    stop_signal: str
    as_nobody: bool = True  # where the caller is root; else it keeps the caller's account

    def error(self, reason: str, remedy: str = "") -> ServiceError:
        """Return the error whose sentence gives the reason and the ways out."""
        ways_out = f"{remedy} or set" if remedy else "set"
        return ServiceError(
            f"{self.name} did not start ({reason}): "
            f"{ways_out} {self.variable} to the URL of a server of your own."
        )

    def package(self) -> Path:
        """Return the folder of the wheel's package, which is found but never imported."""
        spec = find_spec(self.wheel.replace("-", "_"))
        if spec is None or spec.origin is None:
            raise self.error(f"the wheel {self.wheel} is missing", "run `make .venv/.all`")
        return Path(spec.origin).resolve().parent
