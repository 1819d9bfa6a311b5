"""Results and views for tests, with only what a test is about."""

from __future__ import annotations

from ksweep.analysis.dimensions import Dimension
from ksweep.analysis.view import View
from ksweep.model import Resources, Result, Settings, TrialState


def made(
    number: int,
    status: TrialState = TrialState.SUCCESS,
    *,
    params: dict[str, str] | None = None,
    metrics: dict[str, float] | None = None,
    wall_s: float | None = None,
    exit_code: int | None = 0,
    error: str | None = None,
    log_tail: str | None = None,
    **resources: float,
) -> Result:
    return Result(
        name=f"config_{number:03}",
        id=f"{number:012x}",
        status=status,
        exit_code=exit_code,
        attempt=1,
        started_at="2026-03-01T22:00:00+00:00",
        finished_at="2026-03-01T22:00:10+00:00",
        host="host",
        params={} if params is None else params,
        metrics={} if metrics is None else metrics,
        resources=Resources(wall_s=wall_s, **resources),
        error=error,
        log_tail=log_tail,
    )


def view_of(
    *results: Result,
    settings: Settings | None = None,
    parameters: tuple[str, ...] = (),
    choices: tuple[tuple[str, ...], ...] = (),
    dimensions: tuple[Dimension, ...] = (),
) -> View:
    return View(
        path="/results/sweep_20260301_220000",
        results=results,
        directories=tuple(f"{result.name}_{result.id}" for result in results),
        parameters=parameters,
        settings=settings or Settings(),
        choices=choices,
        dimensions=dimensions,
    )
