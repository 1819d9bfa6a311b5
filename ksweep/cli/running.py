"""`ksweep run`, `sweep` and `resume`: run trials, show how far they are, and say what came out."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from ksweep import plan, provenance, search, trackers
from ksweep import settings as settings_
from ksweep import sweep as sweep_
from ksweep.analysis.overview import LEADING, overview_of
from ksweep.analysis.ranking import choose_basis, rank
from ksweep.analysis.standing import standing
from ksweep.cli import calling, dryrun, ending, trusting
from ksweep.cli.arguments import CONFIG_DIR
from ksweep.cli.exporting import beside
from ksweep.cli.looking import say_leaderboard
from ksweep.cli.output import tell
from ksweep.cli.preparing import Place, check_machine, prepared
from ksweep.cli.spaces import assigned, generation_of, given, opened, tell_written
from ksweep.cli.tracking import Tracker, announced, interruptible, screen
from ksweep.errors import InputError, Where
from ksweep.model import Goal, Settings, TrialState
from ksweep.provenance import Changes
from ksweep.rangefile import RangeFile
from ksweep.report.analysis_text import analysis_text
from ksweep.report.display import counted, plain
from ksweep.report.reading import earlier_trial_seconds, read_view
from ksweep.report.writing import write_analysis
from ksweep.search import Search
from ksweep.store import ConfigDir, Entry, Generated, Results
from ksweep.sweep import Finished, Noticed, RunOptions, programs
from ksweep.sweep.jobs import command_of
from ksweep.trackers import Companions


def run(options: Namespace) -> int:
    """Run generated configurations, or go on with a sweep (`--resume`)."""
    if options.resume is not None:
        return resume(options)
    if options.retry:
        raise InputError(
            "a new sweep has nothing to retry", "name a sweep with --resume", Where("--retry")
        )
    config_dir = ConfigDir(options.config_dir or CONFIG_DIR)
    with config_dir.reading() as generated:
        settings = _overridden(generated.document, config_dir.path, options)
        _check_fits(options, settings)
        trackers.wanted(settings)
        if options.dry_run:
            planned = dryrun.planned(generated, settings, options)
            return dryrun.say_commands(planned, generated.document, settings, options)
        begun = _begin(generated, settings, options)
    return _run(begun, options)


def _begin(generated: Generated, settings: Settings, options: Namespace) -> _Begun:
    """Lay out the results directory of a generated sweep, if it can run."""
    run_options = _run_options(options, settings)
    earlier = _earlier(options)
    learnt = _learnt(options, settings)
    texts = ((one.name, generated.config_text(one)) for one in _asked(generated, options))
    place = prepared(settings, texts)
    results = sweep_.begin(
        generated,
        options.output_dir,
        settings,
        run_options.only,
        learnt,
        place.devices,
        _changes(options),
    )
    if learnt is not None:
        told = counted(len(sweep_.recalled(results.sweep)), "configuration")
        tell(f"begins with what {learnt['from']} teaches: {told}, none of which runs again")
    return _Begun(results, run_options, earlier, place)


def _asked(generated: Generated, options: Namespace) -> Sequence[Entry]:
    """The configurations that are to run; a wrong name is told later."""
    bases = {name.partition(".")[0] for name in options.only or ()}
    return [one for one in generated.entries if not bases or one.base in bases]


def _changes(options: Namespace) -> Changes:
    """How the code differs from its commit, unless nobody is to know."""
    changes = Changes(None, None) if options.no_diff else provenance.diff(os.getcwd())
    if changes.note is not None:
        tell(changes.note)
    return changes


def sweep(options: Namespace) -> int:
    """Generate, run, analyze; what could not be run is not generated either."""
    options.retry = ()
    range_file, space, settings = opened(options, _check_program)
    _check_fits(options, settings)
    trackers.wanted(settings)
    check_machine(settings)
    generation = generation_of(options, range_file, space, settings)
    if options.dry_run:
        trials = dryrun.chosen(generation, options)
        return dryrun.say_commands(trials, generation.head, settings, options)
    config_dir = ConfigDir(options.config_dir)
    with config_dir.staged() as staged:
        summary = generation.write(staged)
        generated = staged.generated()
        settings = _overridden(generated.document, config_dir.path, options)
        begun = _begin(generated, settings, options)
    tell_written(options, space, summary)
    return _run(begun, options)


def _check_program(range_file: RangeFile, settings: Settings) -> None:
    """See that what trials start is there, as far as that is the same for all of them."""
    lines = (line for line in range_file.settings if line.value == settings.command)
    where = next((line.where for line in lines if line.symbol == "SWEEP_COMMAND"), None)
    template = command_of(settings, where or Where(range_file.path))
    here = {"cwd": os.getcwd()}
    programs.check_directory(here, settings)
    if all(isinstance(piece, str) for piece in template.words[0]):
        programs.check_programs(template, here, settings, [("", "", "/the trial's directory")])


def resume(options: Namespace) -> int:
    """Run what a sweep has left; with `--config-dir` it may grow or shrink."""
    results = Results.open(options.resume, options.output_dir)
    settings = _overridden(results.sweep, results.path, options)
    _check_fits(options, settings)
    trackers.wanted(settings)
    run_options = _run_options(options, settings)
    if options.dry_run:
        recorded = {result.name: result for result in results.results()}
        due = sweep_.select(results.entries, recorded, run_options)
        trials = dryrun.laid_out(results, due)
        return dryrun.say_commands(trials, results.sweep, settings, options)
    trusting.check(results, settings, options)
    config_dir = ConfigDir(options.config_dir) if options.config_dir is not None else None
    return _run(_Begun(results, run_options, _earlier(options)), options, config_dir)


def _overridden(document: dict[str, object], path: str, options: Namespace) -> Settings:
    where = Where(os.path.join(path, "sweep.json"))
    held = settings_.from_json(document.get("settings"), where)
    return settings_.override(held, given(options), assigned(options))


def _check_fits(options: Namespace, settings: Settings) -> None:
    """See that the options suit the method.

    Raises:
        InputError: one does not.
    """
    if settings.method.adaptive:
        if options.reuse is not None:
            what = f"{settings.method} learns from results, it does not take them over"
            fix = "begin with what they teach: --warm-start DIR"
            raise InputError(what, fix, Where("--reuse"))
    elif getattr(options, "warm_start", None) is not None:
        what = f"{settings.method} does not learn from results"
        raise InputError(what, "choose --method tpe or nsga2", Where("--warm-start"))
    elif options.trials is not None and not hasattr(options, "range_config"):
        what = "the configurations of this sweep are generated already"
        fix = "generate more of them, then resume with --config-dir"
        raise InputError(what, fix, Where("--trials"))


def _learnt(options: Namespace, settings: Settings) -> dict[str, object] | None:
    """What an earlier sweep teaches a search, where one is named."""
    if getattr(options, "warm_start", None) is None:
        return None
    return sweep_.taught(Results.open(options.warm_start, options.output_dir), settings)


def _search(results: Results, settings: Settings, shell: bool) -> Search | None:
    """The method of a sweep that chooses while results come in."""
    if not settings.method.adaptive:
        return None
    where = Where(os.path.join(results.path, "sweep.json"))
    return search.make(plan.reopen(results.sweep, where, shell), settings)


def _run_options(options: Namespace, settings: Settings) -> RunOptions:
    return RunOptions(
        settings,
        max_runs=options.max_runs,
        only=options.only or (),
        retry=frozenset(_state(name) for name in options.retry),
        stop_on_failure=options.stop_on_failure,
    )


def _state(name: str) -> TrialState:
    final = [state.value for state in TrialState if state.final]
    if name not in final:
        raise InputError(
            f"no trial ends as `{plain(name)}`", f"choose from {', '.join(final)}", Where("--retry")
        )
    return TrialState(name)


def _earlier(options: Namespace) -> Results | None:
    """The sweep to reuse results of; opened before `latest` becomes the new one."""
    return Results.open(options.reuse, options.output_dir) if options.reuse else None


@dataclass(frozen=True)
class _Begun:
    """A sweep that is laid out and can run.

    Attributes:
        earlier: the sweep to reuse results of.
        place: where it runs, if that was looked at.
    """

    results: Results
    options: RunOptions
    earlier: Results | None
    place: Place | None = None


def _run(begun: _Begun, options: Namespace, grow: ConfigDir | None = None) -> int:
    results, run_options, place = begun.results, begun.options, begun.place
    unused = ""
    with ExitStack() as stack:
        with results.lock():
            if grow is not None:
                with grow.reading() as generated:
                    change = sweep_.grow(results, generated)
                settings = _overridden(results.sweep, results.path, options)
                run_options = replace(run_options, settings=settings)
                kept, added, dropped = change.kept, change.added, change.dropped
                tell(f"{kept} kept, {added} new, {dropped} no longer asked for")
                for text in sweep_.changed_settings(change.before, settings, change.wanted):
                    tell(text)
            if begun.earlier is not None:
                unused = _reuse(results, begun.earlier, options)
            run_options = replace(
                run_options, code=_code(results, run_options, resumed=place is None)
            )
            if place is None:
                place = prepared(run_options.settings, _left(results))
            searching = _search(results, run_options.settings, not options.no_shell)
            companions = stack.enter_context(beside(results, run_options.settings))
            finished, interrupted = _loop(
                results, run_options, options, searching, place, companions
            )
        return _conclude(results, run_options, options, finished, interrupted, companions, unused)


def _conclude(
    results: Results,
    run_options: RunOptions,
    options: Namespace,
    finished: Finished,
    interrupted: bool,
    companions: Companions,
    unused: str,
) -> int:
    """Say what came out, when the sweep is anybody's again; and what was not reused."""
    view = read_view(results)
    goal = Goal(options.goal) if options.goal else None
    basis = choose_basis(view.results, run_options.settings, options.metric, goal)
    ranking = rank(view.results, basis)
    stand = standing(view, ranking, max(options.top, LEADING))
    write_analysis(results, view, analysis_text(view, overview_of(view, stand), options.top))
    if ranking.ranked or options.json:
        say_leaderboard(
            stand, options, more=calling.command("leaderboard", options="--columns all")
        )
    companions.finish(view.results, hurried=interrupted)
    if unused:
        tell(unused)
    ending.tell_end(results, view, stand, finished)
    return ending.exit_code(view.results, run_options.settings, interrupted, options.strict)


def _code(results: Results, options: RunOptions, resumed: bool) -> str | None:
    """The digest of the code that runs; says first what is not as it was in a resumed sweep."""
    if not resumed:
        began = sweep_.code_in(results)
        return began.digest if began is not None else None
    code, changes = sweep_.changes_since(results, options.settings, results.results())
    for change in changes:
        tell(plain(change))
    return code


def _reuse(results: Results, earlier: Results, options: Namespace) -> str:
    """Take over results, and say so; what is to be said again at the end, where none are."""
    taken = sweep_.reuse(results, earlier, any_code=options.reuse_anyway)
    if not taken.refused:
        tell(f"reused from {earlier.name}: {counted(taken.count, 'result')}")
        return ""
    tell(f"nothing is reused from {earlier.name}: {plain(taken.refused)}")
    fitting = counted(taken.fitting, "result")
    return f"nothing was reused from {earlier.name}, which has {fitting} of these configurations"


def _left(results: Results) -> Iterator[tuple[str, str]]:
    """Name and configuration of each trial that has no result for good."""
    for entry, result in zip(results.entries, results.results(), strict=True):
        trial = results.trial(entry)
        if not result.status.final and trial.trouble is None:
            yield entry.name, trial.config_text()


def _loop(
    results: Results,
    run_options: RunOptions,
    options: Namespace,
    searching: Search | None,
    place: Place,
    companions: Companions,
) -> tuple[Finished, bool]:
    """Run to the end, showing it; the second value says whether somebody interrupted it."""
    jobs = place.outlook.jobs
    settings = replace(run_options.settings, jobs=jobs)
    run_options = replace(run_options, settings=settings)
    for note in (*place.outlook.notes, *place.unmeasured(settings)):
        tell(note)
    seconds = options.trial_seconds or earlier_trial_seconds(options.output_dir, settings.command)
    results.note_run(jobs, seconds)
    view = read_view(results)
    total = max(view.planned, len(view.results))
    trials = f"{'up to ' if searching else ''}{counted(total, 'trial')}, {jobs} at once"
    tell(f"{ending.shown_path(results.path)}: {trials}: {plain(settings.command)}")
    tracker = Tracker(replace(view, settings=settings))
    backend = place.backend(view.results)
    try:
        with interruptible() as interrupt, screen() as show, ending.resumable(results):
            events = sweep_.run(results, backend, run_options, interrupt, searching)
            for event in announced(companions.watched(events), interrupt):
                tracker.take(event)
                if isinstance(event, Noticed):
                    tell(event.text)
                show(tracker)
                if isinstance(event, Finished):
                    return event, interrupt.soft
    finally:
        backend.close()
    raise AssertionError("a sweep tells its end")
