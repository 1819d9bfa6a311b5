"""The account of what is given out: who may start now."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

from ksweep.admission.peaks import Peaks
from ksweep.admission.site import Site
from ksweep.model import Allotment, Job, Result

_SETTLED = 1.05
_SETTLES_S = 60.0
_MARGIN = 1.1
_PATIENCE_S = 300.0


@dataclass(slots=True)
class _Running:
    """A trial that runs: what it has, and its use of memory in MB so far."""

    job: Job
    allotment: Allotment
    since: float
    used: float = 0.0
    peak: float = 0.0
    peaks: deque[tuple[float, float]] = field(default_factory=deque)  # when, and the peak then

    def use(self, used_mb: float, now: float) -> None:
        self.used = used_mb
        if used_mb > self.peak:
            self.peak = used_mb
            self.peaks.append((now, used_mb))
        while len(self.peaks) > 1 and self.peaks[1][0] <= self.half(now):
            self.peaks.popleft()

    def half(self, now: float) -> float:
        """When half of its life so far was over."""
        return (self.since + now) / 2

    def settled(self, now: float) -> bool:
        """It has run for a while, and hardly grown in the second half of that."""
        old = bool(self.peaks) and now - self.since >= _SETTLES_S
        return (
            old and self.peaks[0][0] <= self.half(now) and self.peak <= _SETTLED * self.peaks[0][1]
        )


class Admission:
    """Gives out cores, GPUs and memory. Memory is in MB, times are in seconds of one clock."""

    def __init__(self, site: Site, peaks: Peaks | None = None) -> None:
        """`peaks` are those that are known already."""
        self._site = site
        self._peaks = peaks or Peaks()
        self._running: dict[str, _Running] = {}
        self._short_since: float | None = None  # when a trial began to wait for others' memory
        self._excess_mb = 0.0  # how far above the formula a trial was

    def admit(self, job: Job, available_mb: float, now: float) -> Allotment | None:
        """What a trial is given if it may start now; None where it has to wait.

        It may start when the cores and GPUs that it needs are free, and the memory that it is
        expected to need is: of what is available, what those that run will still take is theirs.

        Args:
            job: the trial.
            available_mb: the memory that anybody could have now.
            now: the time.
        """
        if not self._fits(job, available_mb, now):
            return None
        allotment = self._free(job)
        if allotment is not None:
            self._short_since = None
            self._running[job.name] = _Running(job, allotment, now)
        return allotment

    def expected(self, job: Job, now: float) -> float | None:
        """The memory that a trial will need, as far as anything says so.

        Where a trial has used more than the formula said, the others may by as much.
        """
        if job.needs.memory_mb is not None:
            return job.needs.memory_mb + self._excess_mb
        seen = self._peaks.expected(job.params)
        if seen is not None:
            return seen
        running = self._running.values()
        known = [one.peak for one in running if not self._site.careful or one.settled(now)]
        return _MARGIN * max(known) if known and max(known) > 0 else None

    def hopeless(self, job: Job) -> bool:
        """It is known to need more than there is, whatever else runs."""
        return job.needs.memory_mb is not None and job.needs.memory_mb > self._site.memory_mb

    def use(self, name: str, used_mb: float, now: float) -> None:
        """Note what a trial uses now."""
        self._running[name].use(used_mb, now)

    def end(self, name: str, result: Result | None) -> None:
        """Take back what a trial had, and learn from its result, if it came to one."""
        needs = self._running.pop(name).job.needs
        if result is None or not self._peaks.learn(result) or needs.memory_mb is None:
            return
        peak_mb = result.resources.peak_rss_mb or 0.0
        self._excess_mb = max(self._excess_mb, peak_mb - needs.memory_mb)

    def _fits(self, job: Job, available_mb: float, now: float) -> bool:
        if not self._running:
            return self._fits_alone(job, available_mb, now)
        expected = self.expected(job, now)
        if expected is None:
            return not self._site.careful
        return expected <= self._free_mb(available_mb, now)

    def _fits_alone(self, job: Job, available_mb: float, now: float) -> bool:
        """Whether it may start where nothing of the sweep runs, so nothing of ours becomes free.

        The formula is the user's own word. What was only learnt may be too much: shared memory
        counts for each process in it. So it holds a trial back for some minutes, in which others
        may free what they use; and not at all where all of the memory would not be enough.
        """
        room_mb = min(available_mb, self._site.memory_mb)
        if job.needs.memory_mb is not None:
            return job.needs.memory_mb <= room_mb
        expected = self.expected(job, now)
        if expected is None or not room_mb < expected <= self._site.memory_mb:
            return True
        if self._short_since is None:
            self._short_since = now
        return now - self._short_since >= _PATIENCE_S

    def _free_mb(self, available_mb: float, now: float) -> float:
        used = sum(one.used for one in self._running.values())
        promised = sum(
            max((self.expected(one.job, now) or 0.0) - one.used, 0.0)
            for one in self._running.values()
        )
        return min(available_mb, self._site.memory_mb - used) - promised

    def _free(self, job: Job) -> Allotment | None:
        cores = self._free_cores(job.needs.cpus)
        gpus = self._free_gpus(self._site.gpus_of(job.needs.gpus))
        return Allotment(cores, gpus) if cores is not None and gpus is not None else None

    def _free_cores(self, count: int) -> tuple[int, ...] | None:
        taken = {core for one in self._running.values() for core in one.allotment.cores}
        free = [core for core in self._site.cores if core not in taken]
        return tuple(free[:count]) if count <= len(free) else None

    def _free_gpus(self, count: int) -> tuple[int, ...] | None:
        """Those that the fewest trials use."""
        load = Counter(gpu for one in self._running.values() for gpu in one.allotment.gpus)
        free = [gpu for gpu in self._site.gpus if load[gpu] < self._site.trials_per_gpu]
        chosen = sorted(free, key=lambda gpu: load[gpu])[:count]
        return tuple(sorted(chosen)) if count <= len(free) else None
