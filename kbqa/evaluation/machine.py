"""What a run is reported with: the version of the code and the memory of the process."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["commit", "peak_memory_mb"]

_PROC = Path("/proc")


def commit() -> str:
    """Return the git revision of the code, with "-dirty" where files differ from it, else "v" + the version."""
    import kbqa

    git, root = shutil.which("git"), Path(kbqa.__file__).parents[1]
    if git and (root / ".git").exists():
        described = subprocess.run(
            [git, "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
            capture_output=True,
            text=True,
            check=False,
        )
        if described.returncode == 0:
            return described.stdout.strip()
    return f"v{kbqa.__version__}"


def peak_memory_mb() -> float:
    """Return the highest resident memory of this process and its running children so far, in MiB."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    own_mb = own / 2**20 if sys.platform == "darwin" else own / 2**10
    return round(own_mb + sum(_peak_kb(child) for child in _children()) / 2**10, 1)


def _children() -> list[str]:
    """Return the process ids of the running children; none where the system does not list them."""
    lists = (_PROC / "self" / "task").glob("*/children") if _PROC.is_dir() else []
    return [child for path in lists for child in _read(path).split()]


def _peak_kb(process: str) -> int:
    """Return the highest resident memory of a process in KiB, 0 once it has ended."""
    for line in _read(_PROC / process / "status").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:  # the process has ended
        return ""
