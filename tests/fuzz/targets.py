"""The readers that take what others wrote, each as a function of bytes.

Both engines share this table: hypothesis in `test_targets.py`, atheris in `instrumented.py`. A
target that reads several files gets them in one piece, with lines `%%` between them.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import chdir, suppress
from decimal import Decimal
from pathlib import Path

from fuzz.material import ENTRIES, FOLDER, laid_out, parts, sweep_document
from ksweep import expression, metrics, rangefile, settings, stopping
from ksweep.analysis.axes import axes
from ksweep.analysis.overview import overview
from ksweep.analysis.ranking import choose_basis, rank
from ksweep.cli.looking import Snapshot
from ksweep.client import read_config
from ksweep.command import Names, Placeholder, Template, Values
from ksweep.domain import Distribution
from ksweep.errors import InputError, Where
from ksweep.kconfig import Tree, read_base
from ksweep.metrics import Metrics
from ksweep.metrics.attempt import Attempt
from ksweep.model import MetricQuery, Result, Settings, StopRule, TrialState
from ksweep.plan.reopening import reopen
from ksweep.report.analysis_text import analysis_text
from ksweep.report.progress import best_texts, progress_line
from ksweep.report.reading import read_view
from ksweep.report.summary import summary_json
from ksweep.report.tables import leaderboard, leaderboard_records, table_text
from ksweep.report.writing import write_analysis
from ksweep.space import Space
from ksweep.store import Results, from_json, to_json
from ksweep.store import ledger as ledger_
from ksweep.store.record import from_line, to_line

HERE = Where("fuzzed", 1)
QUERY = MetricQuery(("test_acc", "loss", "größe"))

_ENVIRONMENT: Mapping[str, Decimal | str] = {
    "B": Decimal(1),
    "T": Decimal("0.5"),
    "I": Decimal(64),
    "S": "1e-3",
    "R": "resnet18",
    "LONG": "9" * 999,
}
_SHARES = (0.0, 0.3, 0.999999)
_TRIED_AT_MOST = 400
_GARBLING = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNING = frozenset({"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"})


def read_range(data: bytes) -> None:
    """A range file, two that it may include, and a base: all the way to its configurations."""
    names = ("range", "common-range", "deeper-range", "base")
    with chdir(laid_out("range", dict(zip(names, parts(data, 4), strict=True)))):
        file = rangefile.read(Path("range"), Path())
        base = Path("base") if Path("base").exists() else None
        space = Space(file, "Kconfig", base, lenient=True)
        held = settings.resolve({}, file.settings, base)
        if held.command:
            Template.parse(held.command, HERE).check(space.tree.truths())
        for axis in space.continuous:
            for domain in axis.domains:
                assert isinstance(domain, Distribution)
                drawn = [domain.quantile(share) for share in _SHARES]
                assert all(domain.value(text) is not None for text in drawn), drawn
        found = space.enumerate(_TRIED_AT_MOST)
        resolved = [space.resolve(point) for point in found.points[:5]]
        assert len({one.id for one in resolved}) == len(resolved)


def read_expression(data: bytes) -> None:
    """A condition or formula, with its values where all symbols are active and where none is."""
    parsed = expression.parse(_text(data), HERE)
    for environment in ({}, _ENVIRONMENT):
        with suppress(InputError):
            parsed.holds(environment)
        with suppress(InputError):
            value = parsed.value(environment)
            assert isinstance(value, Decimal | str)
            assert not isinstance(value, Decimal) or value.is_finite()


def read_command(data: bytes) -> None:
    """A command, expanded with values that no shell must see."""
    template = Template.parse(_text(data), HERE)
    template.check({"I": False, "S": False, "LR": False, "B": True}, ["OPT"])
    names = Names({"OPT": {"OPT_A": "A", "B": "B"}}, ("I", "OPT", "S"))
    spelled = {"I": "3", "S": '"; rm -rf {S} $(x) \'"', "B": "y"}
    words = template.expand(
        Values(spelled, names), config="/d/config.txt", directory="/d", name="c"
    )
    single = [word for word in template.words if not (len(word) == 1 and _is_words(word[0]))]
    assert len(words) >= len(single)


def _is_words(piece: object) -> bool:
    return isinstance(piece, Placeholder) and piece.is_words


def read_regex(data: bytes) -> None:
    """A user's own expression; how long a match takes is the user's own affair."""
    pattern = _text(data)
    metrics.check_regex(pattern, HERE)
    _said(b"a=88.5\nb", b"", MetricQuery(("test_acc",), pattern))


def read_log(data: bytes) -> None:
    """What a program printed, all at once and as it grows; then what follows from it."""
    whole = _said(data, b"", QUERY)
    assert repr(_followed(data)) == repr(whole)
    tail = metrics.tail_of(str(FOLDER / "log" / "output.log"))
    assert tail is None or not _garbles(tail.replace("\t", " ")), tail
    _consequences(whole)


def read_metric_file(data: bytes) -> None:
    """`training_metrics.json`; then what follows from it."""
    _consequences(_said(b"", data, QUERY))


def read_record(data: bytes) -> None:
    """`result.json`."""
    result = from_line(data, "result.json")
    if result is None:
        return
    again = from_line(to_line(result), "result.json")
    assert repr(again) == repr(result)


def read_ledger(data: bytes) -> None:
    """`results.jsonl`: what is read from it is there after it was written anew."""
    path = FOLDER / "results.jsonl"
    path.write_bytes(data)
    found, _ = ledger_.read(str(path))
    ledger_.rewrite(str(path), found)
    again, sound = ledger_.read(str(path))
    assert sound
    assert repr(again) == repr(found)


def read_results(data: bytes) -> None:
    """A results directory: looked at, analysed, then mended."""
    names = ("sweep.json", *_TRIAL_FILES, "results.jsonl", ".lock")
    given = dict(zip(names, parts(data, len(names)), strict=True))
    given["sweep.json"] = given["sweep.json"] or json.dumps(sweep_document()).encode()
    path = laid_out("results", given)
    results = Results.open(str(path), str(path.parent))
    view = read_view(results)
    for name in (None, "loss", "total_time"):
        ranking = rank(view.results, choose_basis(view.results, view.settings, name))
        shown = [
            analysis_text(view, overview(view, ranking), 5),
            table_text(leaderboard(view, ranking, 5)),
        ]
        assert not any(map(_garbles, shown)), shown
        json.dumps(leaderboard_records(view, ranking, 5), allow_nan=False)
    json.loads(summary_json(view), parse_constant=_refuse)
    write_analysis(results, view, shown[0])
    progress = Snapshot(view).progress()
    assert not _garbles(progress_line(progress) + "".join(best_texts(ranking, axes(view))))
    with results.lock():
        mended = results.recover()
        assert repr(results.recover()) == repr(mended)


def read_search(data: bytes) -> None:
    """The `sweep.json` of a search that is to go on."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return
    if isinstance(document, dict):
        with chdir(laid_out("search", {})):
            reopen(document, HERE)


def read_base_configuration(data: bytes) -> None:
    """A `.config`, as it is read for its settings, by Kconfig, and by a program."""
    with chdir(laid_out("base", {"base": data})):
        text = read_base("base") if data else ""
        read_config(text)
        with suppress(InputError):
            settings.resolve({}, (), Path("base") if data else None)
        tree = Tree("Kconfig")
        tree.load_base("base", text)
        rendered, _ = tree.render()
        assert "\0" not in rendered  # which no program could be started with
        tree.load_base("again", rendered)
        assert tree.render()[0] == rendered
        for name in tree.names():
            tree.term(name)


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "range": read_range,
    "expression": read_expression,
    "command": read_command,
    "regex": read_regex,
    "log": read_log,
    "metric_file": read_metric_file,
    "record": read_record,
    "ledger": read_ledger,
    "results": read_results,
    "search": read_search,
    "base": read_base_configuration,
}

_TRIAL_FILES = (
    f"{ENTRIES[0].directory}/result.json",
    f"{ENTRIES[0].directory}/started.json",
    f"{ENTRIES[0].directory}/pruned.json",
    f"{ENTRIES[1].directory}/result.json",
)


def _text(data: bytes) -> str:
    """The data as a range file or an argument would have them."""
    return data.decode("utf-8", "surrogateescape")


def _said(log: bytes, file: bytes, query: MetricQuery) -> Metrics:
    folder = laid_out("log", {"output.log": log, "training_metrics.json": file})
    return Attempt(str(folder / "training_metrics.json"), str(folder / "output.log"), query).read()


def _followed(log: bytes) -> Metrics:
    """What is said by a log that grows in a few steps."""
    folder = laid_out("log", {"output.log": b"", "training_metrics.json": b""})
    path = folder / "output.log"
    attempt = Attempt(str(folder / "training_metrics.json"), str(path), QUERY)
    step = max(len(log) // 3, 1)
    with path.open("ab", buffering=0) as file:
        for start in range(0, len(log), step):
            file.write(log[start : start + step])
            for _ in attempt.pieces(last=False):
                pass
    return attempt.read()


def _consequences(said: Metrics) -> None:
    """What a trial says is recorded, and may stop it."""
    one = Result("config_001", ENTRIES[0].id, TrialState.SUCCESS, 0, 1, "", "", "", {})
    result = Result(**{**_fields(one), "metrics": said.final})
    assert repr(from_json(to_json(result), "result.json")) == repr(result)
    for rule in StopRule:
        judge = stopping.make(Settings(metric="loss", stop=rule))
        if judge is None:
            continue
        for name, history in said.histories.items():
            for trial in ("config_001", "config_002", "config_003"):
                judge.end(f"{trial}{name}", history)
            judge.judge("config_004", history)


def _fields(result: Result) -> dict[str, object]:
    return {name: getattr(result, name) for name in Result.__dataclass_fields__}


def _garbles(text: str) -> bool:
    """Whether a terminal would obey some of it, or turn its direction."""
    return any(
        unicodedata.category(c) in _GARBLING or unicodedata.bidirectional(c) in _TURNING
        for c in text.replace("\n", "")
    )


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")
