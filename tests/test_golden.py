"""Golden cases: `tests/agreement/golden.py` says what a folder holds."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from agreement import conf, golden

from ksweep.errors import InputError
from ksweep.model import Configuration
from ksweep.space import Enumeration, Rejection, Space

ERRORS = [case for case in golden.cases() if case.is_error]
SPACES = [case for case in golden.cases() if not case.is_error]
COUNTS = {
    "combinations": lambda space, found: space.combinations,
    "collapsed": lambda space, found: found.collapsed,
    "rejected": lambda space, found: found.rejected,
    "excluded": lambda space, found: found.excluded,
}


@pytest.mark.parametrize("case", ERRORS, ids=lambda case: case.name)
def test_error(case: golden.Case) -> None:
    with case.entered(), pytest.raises(InputError) as caught:
        case.open().enumerate(case.limit)
    text = str(caught.value)
    for fragment in case.lines("expected/error"):
        assert fragment in text, f"no `{fragment}` in: {text}"


@pytest.mark.parametrize("case", SPACES, ids=lambda case: case.name)
def test_configurations(case: golden.Case) -> None:
    with case.entered():
        space = case.open()
        found = space.enumerate(case.limit)
        configurations = [space.resolve(point) for point in found.points]
    assert [list(one.params.items()) for one in configurations] == [
        golden.params(line.partition(" ")[2]) for line in case.lines("expected/configurations")
    ]
    assert len({one.id for one in configurations}) == len(configurations)
    check_lines(case, configurations)
    check_rejected(case, found.rejections)
    check_warnings(case, [*space.warnings, *found.warnings])
    check_counts(case, space, found)


def check_lines(case: golden.Case, configurations: Sequence[Configuration]) -> None:
    """`expected/lines`: what each file has, and has not."""
    for line in case.lines("expected/lines"):
        name, wanted = line.split(" ", 1)
        text = configurations[int(name.removeprefix("config_")) - 1].text
        if wanted.startswith("!"):
            symbol = wanted.removeprefix("!CONFIG_")
            assert symbol not in conf.config_lines(text), line
        else:
            assert wanted in text.splitlines(), line


def check_rejected(case: golden.Case, rejections: Sequence[Rejection]) -> None:
    """Every expected rejection is there, and every one that is there was expected."""
    wanted = [line.split(": ", 1) for line in case.lines("expected/rejected")]

    def fits(rejection: Rejection, assignment: str, texts: str) -> bool:
        values = set(golden.params(assignment)) <= set(rejection.assignment.items())
        return values and all(text in rejection.reason for text in texts.split(", "))

    for assignment, texts in wanted:
        assert any(fits(one, assignment, texts) for one in rejections), (
            f"{assignment}: {texts} not in {rejections}"
        )
    for one in rejections:
        assert any(fits(one, assignment, texts) for assignment, texts in wanted), one


def check_warnings(case: golden.Case, warnings: Sequence[str]) -> None:
    """One warning for each line, with its text, and no other."""
    wanted = case.lines("expected/warnings")
    assert len(set(warnings)) == len(wanted), warnings
    for fragment in wanted:
        assert any(fragment in warning for warning in warnings), warnings


def check_counts(case: golden.Case, space: Space, found: Enumeration) -> None:
    for line in case.lines("expected/counts"):
        what, number = line.split()
        assert COUNTS[what](space, found) == int(number), line
