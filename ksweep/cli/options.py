"""The command line: verbs, their options and what they stand for."""

from __future__ import annotations

from argparse import (
    ArgumentParser,
    ArgumentTypeError,
    Namespace,
    RawDescriptionHelpFormatter,
    _SubParsersAction,
)
from collections.abc import Sequence
from typing import NoReturn, TypeAlias

from ksweep import __version__
from ksweep.errors import InputError, Where
from ksweep.model import Method, StopRule

CONFIG_DIR = "sweep_configs"
OUTPUT_DIR = "test_matrix_results"
LATEST = "latest"


class _Parser(ArgumentParser):
    """argparse with our form of errors, and without guessing at shortened options."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, allow_abbrev=False, **options)  # type: ignore[arg-type, misc]

    def error(self, message: str) -> NoReturn:
        fix = f"`{self.prog} --help` shows how it is used"
        if message.endswith("required: RANGE_CONFIG"):
            fix = f"name a range file: `{self.prog} FILE`, or RANGE_CONFIG=FILE with make"
        raise InputError(message, fix, Where(self.prog))


_Verbs: TypeAlias = "_SubParsersAction[_Parser]"


def parse(argv: Sequence[str]) -> Namespace:
    """The options of a command line; `verb` is the function to call, as `module:function`.

    Raises:
        InputError: it is not one of ours.
        SystemExit: help or the version was asked for and printed.
    """
    return _parser().parse_args(argv)


def _parser() -> _Parser:
    parser = _Parser(
        prog="ksweep",
        description="Parameter sweeps described in Kconfig.",
        epilog="exit codes: 0 done; 1 the answer is no (no trial succeeded); "
        "2 the input is wrong;\n3 the surroundings failed (disk, processes); 130 interrupted",
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"ksweep {__version__}")
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    _config(_verb(verbs, "config", "edit the base configuration, .config", ""))
    _list(
        _verb(verbs, "list", "list range files with their number of configurations", "spaces:list_")
    )
    _show(_verb(verbs, "show", "show what a range file would run; write nothing", "spaces:show"))
    _generate(
        _verb(verbs, "generate", "write the configurations of a range file", "spaces:generate")
    )
    _run(_verb(verbs, "run", "run generated configurations", "running:run"))
    _sweep(_verb(verbs, "sweep", "generate, run and analyze a range file", "running:sweep"))
    _resume(_verb(verbs, "resume", "run what an interrupted sweep has left", "running:resume"))
    _look(_verb(verbs, "status", "count the trials by state", "looking:status"))
    _look(_verb(verbs, "watch", "follow a running sweep to its end", "looking:watch"))
    _rank(_verb(verbs, "leaderboard", "list the best configurations so far", "looking:leaderboard"))
    _rank(_verb(verbs, "analyze", "write the analysis again and show it", "looking:analyze"))
    _clean(_verb(verbs, "clean", "remove generated configurations; never results", "spaces:clean"))
    return parser


def _verb(verbs: _Verbs, name: str, what: str, place: str) -> _Parser:
    parser = verbs.add_parser(name, help=what, description=what[0].upper() + what[1:] + ".")
    parser.set_defaults(verb=place)
    return parser


# -- verbs ---------------------------------------------------------------------------------------


def _config(parser: _Parser) -> None:
    verbs = parser.add_subparsers(metavar="WHAT", required=True)
    for name, what in (
        ("menuconfig", "edit it in the terminal"),
        ("oldconfig", "update it and ask for new symbols"),
        ("olddefconfig", "update it with the defaults of new symbols"),
        ("savedefconfig", "write what differs from the defaults to the file defconfig"),
    ):
        _kconfig(_verb(verbs, name, what, f"config:{name}"))
    defconfig = _verb(
        verbs, "defconfig", "make it from a defconfig, or from defaults", "config:defconfig"
    )
    defconfig.add_argument(
        "name", nargs="?", metavar="DEFCONFIG", help="a file, or its name in defconfigs/"
    )
    _kconfig(defconfig)
    listing = _verb(verbs, "list", "list the defconfigs", "config:list_defconfigs")
    _kconfig(listing)
    _json(listing)


def _list(parser: _Parser) -> None:
    parser.add_argument("directory", nargs="?", default="defconfigs", metavar="DIR")
    _kconfig(parser)
    _base(parser)
    _json(parser)


def _show(parser: _Parser) -> None:
    _range_config(parser)
    _space(parser)
    _method(parser)
    _output_dir(parser)
    _jobs(parser)
    _trial_seconds(parser)
    _json(parser)


def _generate(parser: _Parser) -> None:
    _range_config(parser)
    _config_dir(parser, "-o")
    _space(parser)
    _method(parser)
    parser.add_argument(
        "--show", action="store_true", help="show what would be written; write nothing"
    )
    parser.set_defaults(output_dir=OUTPUT_DIR, jobs=None, trial_seconds=None)  # as for `show`
    _json(parser)


def _run(parser: _Parser) -> None:
    _config_dir(parser, "--config-dir", default=None)
    _running(parser)
    _trials(parser)
    _warm_start(parser)
    parser.add_argument("--resume", metavar="DIR|latest", help="go on with that sweep")
    _retry(parser)
    _ranking(parser)


def _sweep(parser: _Parser) -> None:
    _range_config(parser)
    _config_dir(parser, "-o", "--config-dir")
    _space(parser)
    _method(parser)
    _warm_start(parser)
    _running(parser)
    _ranking(parser)


def _resume(parser: _Parser) -> None:
    parser.add_argument(
        "resume", nargs="?", default=LATEST, metavar="RESULTS", help="default: latest"
    )
    _config_dir(parser, "--config-dir", default=None)
    _running(parser)
    _trials(parser)
    _retry(parser)
    _ranking(parser)


def _look(parser: _Parser) -> None:
    parser.add_argument(
        "results", nargs="?", default=LATEST, metavar="RESULTS", help="default: latest"
    )
    _output_dir(parser)
    _json(parser)


def _rank(parser: _Parser) -> None:
    _look(parser)
    _ranking(parser, json=False)


def _clean(parser: _Parser) -> None:
    _config_dir(parser, "-o", "--config-dir")


# -- options -------------------------------------------------------------------------------------


def _range_config(parser: _Parser) -> None:
    parser.add_argument("range_config", metavar="RANGE_CONFIG", help="a range file")


def _kconfig(parser: _Parser) -> None:
    parser.add_argument("--kconfig", default="Kconfig", metavar="FILE", help="default: %(default)s")


def _base(parser: _Parser) -> None:
    parser.add_argument(
        "--base",
        metavar="FILE",
        help="what configurations start from; default: .config, if there is one",
    )


def _space(parser: _Parser) -> None:
    _kconfig(parser)
    _base(parser)
    parser.add_argument(
        "--lenient", action="store_true", help="warn of a fixed line that holds nowhere, and go on"
    )
    parser.add_argument(
        "--no-rejects", action="store_true", help="a combination that Kconfig rejects is an error"
    )
    parser.add_argument("--yes", action="store_true", help="allow more than 100,000 configurations")


def _method(parser: _Parser) -> None:
    parser.add_argument(
        "--method", choices=[method.value for method in Method], help="how to choose configurations"
    )
    _trials(parser)
    parser.add_argument("--seed", metavar="N", help="the same seed chooses the same configurations")
    parser.add_argument(
        "--stop", choices=[rule.value for rule in StopRule], help="which trials to end early"
    )


def _trials(parser: _Parser) -> None:
    parser.add_argument(
        "--trials", metavar="N", help="how many configurations to choose, but for grid and covering"
    )


def _warm_start(parser: _Parser) -> None:
    parser.add_argument(
        "--warm-start",
        metavar="DIR|latest",
        help="with tpe and nsga2: begin with what that sweep's results teach",
    )


def _config_dir(parser: _Parser, *names: str, default: str | None = CONFIG_DIR) -> None:
    parser.add_argument(
        *names, dest="config_dir", default=default, metavar="DIR", help=f"default: {CONFIG_DIR}"
    )


def _output_dir(parser: _Parser) -> None:
    parser.add_argument(
        "--output-dir",
        default=OUTPUT_DIR,
        metavar="DIR",
        help="where results are; default: %(default)s",
    )


def _jobs(parser: _Parser) -> None:
    parser.add_argument("-j", "--jobs", metavar="N", help="trials at once")


def _trial_seconds(parser: _Parser) -> None:
    parser.add_argument(
        "--trial-seconds",
        type=_seconds,
        metavar="S",
        help="how long a trial takes, for the estimate",
    )


def _running(parser: _Parser) -> None:
    _output_dir(parser)
    _jobs(parser)
    parser.add_argument("--backend", choices=["local"], help="where trials run")
    parser.add_argument("--max-runs", type=_count, metavar="N", help="start at most N trials now")
    parser.add_argument(
        "--only", type=_names, metavar="CONFIG,...", help="run just these, again if need be"
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
    _trial_seconds(parser)


def _retry(parser: _Parser) -> None:
    parser.add_argument(
        "--retry",
        type=_names,
        default=(),
        metavar="STATE,...",
        help="with a resumed sweep: failed,timeout",
    )


def _ranking(parser: _Parser, json: bool = True) -> None:
    parser.add_argument("--top", type=_count, default=10, metavar="N", help="default: %(default)s")
    parser.add_argument("--metric", metavar="NAME", help="rank by this metric or resource")
    parser.add_argument(
        "--goal", choices=["maximize", "minimize"], help="which end of it is better"
    )
    if json:
        _json(parser)


def _json(parser: _Parser) -> None:
    parser.add_argument(
        "--json", action="store_true", help="JSON for programs, in place of a table"
    )


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text) > 0):
        raise ArgumentTypeError(f"`{text}` is not a whole number above 0")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e9:
        raise ArgumentTypeError(f"`{text}` is not a number of seconds above 0")
    return seconds


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if not all(names):
        raise ArgumentTypeError(f"`{text}` is not a list of names with commas between them")
    return names
