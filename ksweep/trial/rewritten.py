"""What a program changed in its copy of the configuration: it ran something else then."""

from __future__ import annotations

from ksweep.client import entries
from ksweep.model import Job
from ksweep.store import TrialDir

_MOST = 1_000  # symbols that a record names
_SETTING = "SWEEP_"


def changes_of(job: Job) -> dict[str, tuple[str | None, str | None]]:
    """By symbol what was asked for and what the program made of it, None without a line.

    A symbol that is n and one without a line are the same to any build, so they are here.
    """
    directory = TrialDir(job.directory)
    if job.env.get("KCONFIG_CONFIG") != directory.config_copy_path:
        return {}
    text = directory.rewritten_config(job.config)
    if text is None:
        return {}
    asked, made = dict(entries(job.config)), dict(entries(text))
    changed = (
        name
        for name in sorted(asked.keys() | made.keys())
        if not name.startswith(_SETTING) and asked.get(name, "n") != made.get(name, "n")
    )
    first = [name for name, _ in zip(changed, range(_MOST), strict=False)]
    return {f"CONFIG_{name}": (asked.get(name), made.get(name)) for name in first}
