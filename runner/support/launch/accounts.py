"""Where a service may have its files, and under which account it runs where root starts it."""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from runner.support.launch import ServiceError

if TYPE_CHECKING:
    from runner.support.launch.service import Service

MEMORY = Path("/dev/shm")
ROOM = 2**30  # bytes that must be free there


def temporary_folder(service: Service) -> Path:
    """Return the folder for temporary files; for root, one that `nobody` can enter as well.

    It is in memory where Linux has plenty of it and the user has chosen no other: each database of
    PostgreSQL is 300 files.
    """
    if not _is_chosen(os.environ.get("TMPDIR")) and _has_room(MEMORY):
        return MEMORY
    try:
        usual = Path(tempfile.gettempdir())
    except FileNotFoundError:
        raise no_folder(service) from None
    if os.geteuid() != 0:
        return usual
    for place in (usual, Path("/tmp"), Path("/var/tmp")):
        if place.is_dir() and open_to_all(place.resolve()):
            return place
    raise no_folder(service)


def _is_chosen(folder: str | None) -> bool:
    """Whether a user has set TMPDIR; `scratch.run_folder` sets it to a folder below the usual."""
    return folder is not None and not folder.startswith("/tmp/cathay-shop-")


def _has_room(folder: Path) -> bool:
    usable = folder.is_dir() and open_to_all(folder) and os.access(folder, os.W_OK | os.X_OK)
    return usable and shutil.disk_usage(folder).free > ROOM


def no_folder(service: Service) -> ServiceError:
    remedy = "set TMPDIR to a folder that you may write to"
    if os.geteuid() == 0:
        remedy += " and others may enter,"
    return service.error("there is no place for its files", remedy)


def open_to_all(path: Path) -> bool:
    """Whether everybody may enter the folders down to `path`, and enter or run `path` itself."""
    return all(step.stat().st_mode & 0o001 for step in (path, *path.parents))


def nobody() -> tuple[int, int]:
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return 65534, 65534
    return entry.pw_uid, entry.pw_gid
