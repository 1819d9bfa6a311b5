"""Results of several versions of the code beside each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ksweep.model import Result
from ksweep.report.display import counted

_DIGITS = 12


def version_lines(results: Sequence[Result]) -> Iterator[str]:
    """How many trials ran which version of the code; nothing where all ran the same."""
    versions = Counter(result.code for result in results if result.code is not None)
    if len(versions) > 1:
        each = (f"{counted(n, 'trial')} of {code[:_DIGITS]}" for code, n in versions.most_common())
        yield f"Results of {len(versions)} versions of the code are compared: {', '.join(each)}"
