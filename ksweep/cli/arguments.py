"""The arguments that verbs have in common, each added to a parser by a function."""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError

from ksweep.model import Method, StopRule

CONFIG_DIR = "sweep_configs"
OUTPUT_DIR = "test_matrix_results"
LATEST = "latest"

_COLUMN = re.compile(r'(?:^|(?<=,))((?:[^,"]|"[^"]*")*)(?=,|$)')


def range_config(parser: ArgumentParser) -> None:
    parser.add_argument("range_config", metavar="RANGE_CONFIG", help="a range file")


def kconfig(parser: ArgumentParser) -> None:
    parser.add_argument("--kconfig", default="Kconfig", metavar="FILE", help="default: %(default)s")
    no_shell(parser)


def no_shell(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--no-shell",
        action="store_true",
        help="let Kconfig files run no program: what would, $(shell,…) say, is an error",
    )


def base(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--base",
        metavar="FILE",
        help="what configurations start from; default: .config, if there is one",
    )


def space(parser: ArgumentParser) -> None:
    kconfig(parser)
    base(parser)
    parser.add_argument(
        "--lenient", action="store_true", help="warn of a fixed line that holds nowhere, and go on"
    )
    parser.add_argument(
        "--no-rejects", action="store_true", help="a combination that Kconfig rejects is an error"
    )
    parser.add_argument("--yes", action="store_true", help="allow more than 100,000 configurations")


def method(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--method", choices=[method.value for method in Method], help="how to choose configurations"
    )
    trials(parser)
    parser.add_argument("--seed", metavar="N", help="the same seed chooses the same configurations")
    parser.add_argument(
        "--stop", choices=[rule.value for rule in StopRule], help="which trials to end early"
    )
    setting(parser)


def setting(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="CONFIG_SWEEP_NAME=VALUE, over what the range file says; may be repeated",
    )


def trials(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--trials", metavar="N", help="how many configurations to choose, but for grid and covering"
    )


def warm_start(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--warm-start",
        metavar="DIR|latest",
        help="with tpe and nsga2: begin with what that sweep's results teach",
    )


def config_dir(parser: ArgumentParser, *names: str, default: str | None = CONFIG_DIR) -> None:
    parser.add_argument(
        *names, dest="config_dir", default=default, metavar="DIR", help=f"default: {CONFIG_DIR}"
    )


def output_dir(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--output-dir",
        default=OUTPUT_DIR,
        metavar="DIR",
        help="where results are; default: %(default)s",
    )


def jobs(parser: ArgumentParser) -> None:
    parser.add_argument("-j", "--jobs", metavar="N", help="trials at once")


def trial_seconds(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--trial-seconds",
        type=seconds,
        metavar="S",
        help="how long a trial takes, for the estimate",
    )


def running(parser: ArgumentParser) -> None:
    output_dir(parser)
    jobs(parser)
    parser.add_argument("--backend", choices=["local"], help="where trials run")
    parser.add_argument("--max-runs", type=count, metavar="N", help="start at most N trials now")
    parser.add_argument(
        "--only", type=names, metavar="CONFIG,...", help="run just these, again if need be"
    )
    parser.add_argument("--dry-run", action="store_true", help="show the commands; run nothing")
    parser.add_argument(
        "--reuse", metavar="DIR|latest", help="take equal trials' results from that sweep"
    )
    parser.add_argument(
        "--reuse-anyway", action="store_true", help="with --reuse: also where the code has changed"
    )
    parser.add_argument(
        "--stop-on-failure", action="store_true", help="stop at the first failed trial"
    )
    parser.add_argument("--strict", action="store_true", help="exit with 1 where any trial failed")
    trial_seconds(parser)


def retry(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--retry",
        type=names,
        default=(),
        metavar="STATE,...",
        help="with a resumed sweep: failed,timeout",
    )


def trust(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--trust",
        action="store_true",
        help="with a resumed sweep: run it without asking, whoever began it, wherever",
    )


def no_diff(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--no-diff",
        action="store_true",
        help="do not keep how the code differs from its git commit",
    )


def ranking(parser: ArgumentParser, json: bool = True) -> None:
    parser.add_argument("--top", type=count, default=10, metavar="N", help="default: %(default)s")
    metric(parser)
    if json:
        as_json(parser)


def metric(parser: ArgumentParser) -> None:
    parser.add_argument("--metric", metavar="NAME", help="rank by this metric or resource")
    parser.add_argument(
        "--goal", choices=["maximize", "minimize"], help="which end of it is better"
    )


def as_json(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--json", action="store_true", help="JSON for programs, in place of a table"
    )


def percent(text: str) -> float:
    """A share from what is written as a percentage."""
    match = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)%", text)
    if match is None:
        raise ArgumentTypeError(f"`{text}` is not a percentage such as 1%")
    return float(match[1]) / 100


def where(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--where",
        metavar="EXPRESSION",
        help="only trials for which it holds: 'OPT_ADAM && LEARNING_RATE < 0.01'",
    )


def columns(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--columns",
        type=column_names,
        metavar="NAME,...",
        help="show these: parameters, metrics, resources, config, status, and so on; or all",
    )


def json_or_csv(parser: ArgumentParser) -> None:
    formats = parser.add_mutually_exclusive_group()
    formats.add_argument(
        "--json", action="store_true", help="JSON for programs, in place of a table"
    )
    formats.add_argument("--csv", action="store_true", help="the same as CSV")


def count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text) > 0):
        raise ArgumentTypeError(f"`{text}` is not a whole number above 0")
    return int(text)


def port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and 0 < int(text) < 65536):
        raise ArgumentTypeError(f"`{text}` is not a port, a number from 1 to 65535")
    return int(text)


def seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e9:
        raise ArgumentTypeError(f"`{text}` is not a number of seconds above 0")
    return seconds


def column_names(text: str) -> tuple[str, ...]:
    """Names of columns; one that has a comma in it stands in quotes, as in `metric."a,b"`."""
    found = tuple(name.replace('"', "").strip() for name in _COLUMN.findall(text))
    if not all(found) or text.count('"') % 2:
        raise ArgumentTypeError(f"`{text}` is not a list of names with commas between them")
    return found


def names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if not all(names):
        raise ArgumentTypeError(f"`{text}` is not a list of names with commas between them")
    return names
