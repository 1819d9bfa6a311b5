"""What failed and why, for people: a paragraph a cause, and a clause for the end of a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ksweep.analysis.failures import FailureGroup, Relation, Share, Trait, causes, failed, shares
from ksweep.analysis.view import View
from ksweep.model import Result, TrialState
from ksweep.report.display import counted, plain, shortened

_NAMES = 10
_SHARES = 5
_WIDTH = 160
_VALUE_WIDTH = 60


def failures_lines(found: Sequence[FailureGroup]) -> Iterator[str]:
    """The failures by cause, each after an empty line."""
    if not found:
        yield ""
        yield "None."
    for cause in found:
        yield ""
        yield from _cause_lines(cause)


def shared_clause(view: View) -> str:
    """`; they share: exit code 3, CONFIG_SIZE=1`: what can be said of all failures at once."""
    found, bad = causes(view), failed(view.results)
    texts = [_cause_text(cause.first) for cause in found[:1]]
    if len(bad) == 1:
        return f"; its cause: {texts[0]}"
    everywhere = (one for one in shares(bad, view) if one.failures == one.of_failures)
    shared = [_trait_text(one.trait) for one in everywhere][:_SHARES]
    if len(found) == 1:
        shared = [*texts, *shared]
    clause = f"; they share: {', '.join(shared)}" if shared else ""
    if len(found) > 1:
        clause += f"; {len(found[0].trials):,} of {len(bad):,}: {texts[0]}"
    return clause


def last_words(view: View) -> str:
    """A sentence with the end of the log of the most frequent cause; empty where there is none."""
    found = causes(view)
    last = _last_line(found[0].first) if found else ""
    return f"the log of {found[0].first.name} ends: {last}" if last else ""


def names_line(results: Sequence[Result]) -> str:
    """The names of the first few, and how many more there are."""
    names = [result.name for result in results[:_NAMES]]
    more = len(results) - len(names)
    return ", ".join(names) + (f" and {more:,} more" if more else "")


def _cause_lines(cause: FailureGroup) -> Iterator[str]:
    first, count = cause.first, len(cause.trials)
    title = first.name if count == 1 else counted(count, "trial")
    yield f"{title}: {first.status.value}"
    if first.error:
        yield f"   {_line(first.error)}"
    if count > 1:
        yield f"   {names_line(cause.trials)}"
    last = _last_line(first)
    if last:
        whose = "its log" if count == 1 else f"the log of {first.name}"
        yield f"   {whose} ends: {last}"
    blamed = cause.blamed if first.status is TrialState.OOM else None
    if blamed is not None:
        yield f"   most likely to blame: {blamed.trait.parameter} ({share_text(blamed)})"
    for share in cause.shares[:_SHARES]:
        if share is not blamed:
            yield f"   {share_text(share)}"


def share_text(share: Share) -> str:
    """`9 of 9 failures have CONFIG_BATCH_SIZE=512, 0 of 27 trials that succeeded have it`."""
    text = f"{share.failures:,} of {share.of_failures:,} failures have {_trait_text(share.trait)}"
    if not share.of_successes:
        return text
    return f"{text}, {share.successes:,} of {share.of_successes:,} trials that succeeded have it"


def _trait_text(trait: Trait) -> str:
    """`CONFIG_BATCH_SIZE=512`, or `CONFIG_BATCH_SIZE >= 256`."""
    sign = "=" if trait.relation is Relation.EQUAL else f" {trait.relation.value} "
    return f"{trait.parameter}{sign}{shortened(plain(trait.value), _VALUE_WIDTH)}"


def _cause_text(result: Result) -> str:
    return _line(result.error) if result.error else result.status.value


def _last_line(result: Result) -> str:
    lines = [line.strip() for line in (result.log_tail or "").splitlines()]
    return next((_line(line) for line in reversed(lines) if line), "")


def _line(text: str) -> str:
    return shortened(plain(text), _WIDTH)
