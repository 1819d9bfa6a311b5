"""Before a run: what this machine has for it, and how many trials it can hold at once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ksweep import machine, proctable
from ksweep.admission import SETTING, Formula, Outlook, Peaks, Site, Worst, outlook, visible
from ksweep.backends.local import LocalBackend
from ksweep.errors import InputError
from ksweep.machine import Machine
from ksweep.model import Result, Settings
from ksweep.probe import MB, Energy
from ksweep.provenance import Device
from ksweep.trial import Instruments

_NOBODY = "no trial will have {}, which is to be ranked by"


@dataclass(frozen=True, slots=True)
class Place:
    """This machine, what trials may use of it, and how many of them at once."""

    machine: Machine
    site: Site
    outlook: Outlook

    @property
    def devices(self) -> list[Device]:
        """The machine's GPUs as a record has them."""
        return [Device(gpu.name, gpu.memory_mb) for gpu in self.machine.gpus]

    def unmeasured(self, settings: Settings) -> Iterator[str]:
        """What is ranked by though no trial will have it here, in sentences."""
        names = [objective.metric for objective in settings.ranked_by]
        if "energy_kwh" in names:
            if self.outlook.jobs > 1:
                yield f"{_NOBODY.format('energy_kwh')}: several run at once; --jobs 1 measures it"
            elif Energy.find(gpus=self.machine.nvml) is None:
                yield f"{_NOBODY.format('energy_kwh')}: this machine has no readable counter"
        of_gpus = [name for name in names if name in ("gpu_util_avg", "gpu_peak_mb")]
        if of_gpus and not self.machine.gpus:
            yield f"{_NOBODY.format(' and '.join(of_gpus))}: this machine has no GPU"

    def backend(self, results: Sequence[Result]) -> LocalBackend:
        """Where trials run; what earlier ones have needed is known from `results`."""
        nvml = self.machine.nvml
        peaks = Peaks()
        for result in results:
            peaks.learn(result)
        instruments = Instruments(nvml, Energy.find(gpus=nvml))
        return LocalBackend(site=self.site, instruments=instruments, peaks=peaks)


def check_machine(settings: Settings) -> None:
    """See that the machine has the cores and GPUs that the settings ask for.

    Raises:
        InputError: it has not.
    """
    _site(settings, machine.look())


def prepared(settings: Settings, texts: Iterable[tuple[str, str]]) -> Place:
    """See that the machine has what the trials need.

    Args:
        settings: of the run.
        texts: name and text of each configuration that is known.

    Raises:
        InputError: the settings ask for what the machine has not, not even one trial fits, or the
            formula has no value for a configuration.
    """
    found = machine.look()
    site = _site(settings, found)
    runner = proctable.here().row(os.getpid())
    runner_mb = runner.rss_bytes / MB if runner is not None else 0.0
    total_mb, available_mb = found.memory.total_mb, found.memory.available_mb
    worst = _worst(settings, texts)
    return Place(found, site, outlook(settings, site, worst, total_mb, available_mb, runner_mb))


def _site(settings: Settings, found: Machine) -> Site:
    gpus = visible(found.gpus, os.environ.get("CUDA_VISIBLE_DEVICES"))
    return Site.of(settings, found.cores, found.memory.total_mb, gpus)


def _worst(settings: Settings, texts: Iterable[tuple[str, str]]) -> Worst | None:
    """The configuration that needs the most memory by the formula, where there is one.

    Raises:
        InputError: the formula has no value for a configuration, or names what none of them has.
    """
    if not settings.memory_mb.strip():
        return None
    formula = Formula(settings.memory_mb)
    worst, missing = None, formula.names
    for name, text in texts:
        found = Worst(name, formula.megabytes(name, text))
        worst = found if worst is None or found.memory_mb > worst.memory_mb else worst
        missing = missing and missing - formula.named(text)
    if worst is not None and missing:
        what = f"no configuration has a symbol {min(missing)}"
        raise InputError(what, "name symbols without CONFIG_, as Kconfig defines them", SETTING)
    return worst
