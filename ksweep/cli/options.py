"""The command line: verbs, their options and what they stand for."""

from __future__ import annotations

from argparse import (
    SUPPRESS,
    ArgumentParser,
    Namespace,
    RawDescriptionHelpFormatter,
    _SubParsersAction,
)
from collections.abc import Sequence
from typing import Any, NoReturn, TypeAlias

from ksweep import __version__
from ksweep.cli import arguments as add
from ksweep.cli.arguments import LATEST, OUTPUT_DIR
from ksweep.errors import InputError, Where


class _Parser(ArgumentParser):
    """argparse with our form of errors, and without guessing at shortened options.

    Attributes:
        scattered: the positional argument that takes a list, if there is one.
    """

    scattered: str = ""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, allow_abbrev=False, **options)  # type: ignore[arg-type, misc]

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """As argparse, but for a list of names options may also stand between them."""
        found, left = super().parse_known_args(args, namespace)
        if self.scattered:
            names = [word for word in left if not word.startswith("-")]
            setattr(found, self.scattered, [*getattr(found, self.scattered), *names])
            left = [word for word in left if word.startswith("-")]
        return found, left

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
        epilog="exit codes: 0 done; 1 the answer is no (no trial succeeded, it is worse); "
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
    _choose(_verb(verbs, "status", "count the trials by state", "looking:status"))
    _watch(_verb(verbs, "watch", "follow a running sweep to its end", "looking:watch"))
    _rank(_verb(verbs, "leaderboard", "list the best configurations so far", "looking:leaderboard"))
    _analyze(_verb(verbs, "analyze", "write the analysis again and show it", "looking:analyze"))
    _report(_verb(verbs, "report", "write report.html and plots/", "reporting:report"))
    _dashboard(
        _verb(verbs, "dashboard", "serve the report of a running sweep", "reporting:dashboard")
    )
    _compare(_verb(verbs, "compare", "say what became of a sweep in others", "comparing:compare"))
    _refine(_verb(verbs, "refine", "write a finer range file around the best", "refining:refine"))
    _export(_verb(verbs, "export", "write a sweep into MLflow, W&B or Optuna", "exporting:export"))
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
        add.kconfig(_verb(verbs, name, what, f"config:{name}"))
    defconfig = _verb(
        verbs, "defconfig", "make it from a defconfig, or from defaults", "config:defconfig"
    )
    defconfig.add_argument(
        "name", nargs="?", metavar="DEFCONFIG", help="a file, or its name in defconfigs/"
    )
    add.kconfig(defconfig)
    listing = _verb(verbs, "list", "list the defconfigs", "config:list_defconfigs")
    add.kconfig(listing)
    add.as_json(listing)


def _list(parser: _Parser) -> None:
    parser.add_argument("directory", nargs="?", default="defconfigs", metavar="DIR")
    add.kconfig(parser)
    add.base(parser)
    add.as_json(parser)


def _show(parser: _Parser) -> None:
    add.range_config(parser)
    add.space(parser)
    add.method(parser)
    add.output_dir(parser)
    add.jobs(parser)
    add.trial_seconds(parser)
    add.as_json(parser)


def _generate(parser: _Parser) -> None:
    add.range_config(parser)
    add.config_dir(parser, "-o")
    add.space(parser)
    add.method(parser)
    parser.add_argument(
        "--show", action="store_true", help="show what would be written; write nothing"
    )
    parser.set_defaults(output_dir=OUTPUT_DIR, jobs=None, trial_seconds=None)  # as for `show`
    add.as_json(parser)


def _run(parser: _Parser) -> None:
    add.config_dir(parser, "--config-dir", default=None)
    add.running(parser)
    add.trials(parser)
    add.setting(parser)
    add.warm_start(parser)
    add.no_diff(parser)
    parser.add_argument("--resume", metavar="DIR|latest", help="go on with that sweep")
    add.retry(parser)
    add.trust(parser)
    add.no_shell(parser)
    add.ranking(parser)


def _sweep(parser: _Parser) -> None:
    add.range_config(parser)
    add.config_dir(parser, "-o", "--config-dir")
    add.space(parser)
    add.method(parser)
    add.warm_start(parser)
    add.running(parser)
    add.no_diff(parser)
    add.ranking(parser)


def _resume(parser: _Parser) -> None:
    parser.add_argument(
        "resume", nargs="?", default=LATEST, metavar="RESULTS", help="default: latest"
    )
    parser.add_argument(
        "--config-dir", metavar="DIR", help="grow or shrink to what is generated there"
    )
    add.running(parser)
    add.trials(parser)
    add.setting(parser)
    add.retry(parser)
    add.trust(parser)
    add.no_shell(parser)
    add.ranking(parser)


def _look(parser: _Parser) -> None:
    parser.add_argument(
        "results", nargs="?", default=LATEST, metavar="RESULTS", help="default: latest"
    )
    add.output_dir(parser)


def _watch(parser: _Parser) -> None:
    _look(parser)
    add.as_json(parser)
    parser.set_defaults(where=None, columns=None, csv=False)  # as for `status`


def _choose(parser: _Parser) -> None:
    _look(parser)
    add.where(parser)
    add.columns(parser)
    add.json_or_csv(parser)


def _rank(parser: _Parser) -> None:
    _choose(parser)
    add.ranking(parser, json=False)


def _report(parser: _Parser) -> None:
    _look(parser)
    parser.add_argument("-o", "--output", metavar="FILE", help="write the page there, and no plots")
    add.metric(parser)


def _dashboard(parser: _Parser) -> None:
    _look(parser)
    parser.add_argument(
        "--port", type=add.port, default=0, metavar="N", help="default: any that is free"
    )
    parser.add_argument("--host", default="127.0.0.1", help="default: %(default)s")
    add.metric(parser)


def _analyze(parser: _Parser) -> None:
    _rank(parser)
    parser.add_argument(
        "--baseline",
        metavar="CONFIG",
        help="what differs from that configuration, config_001 say, or from the base's own "
        "values (.config)",
    )


def _compare(parser: _Parser) -> None:
    parser.add_argument(
        "results",
        nargs="*",
        metavar="RESULTS",
        help="the base, then what is compared with it; of one, the sweep before it is the base; "
        "default: latest",
    )
    add.output_dir(parser)
    add.ranking(parser)
    parser.add_argument(
        "--fail-if-worse",
        type=add.percent,
        metavar="N%",
        help="exit with 1 where a configuration fails now, or it or all together are worse by more "
        "than N%% beyond the noise",
    )
    parser.scattered = "results"


def _refine(parser: _Parser) -> None:
    _look(parser)
    parser.add_argument(
        "-o",
        dest="output",
        metavar="FILE",
        help="write it there, where there is no file yet; default: standard output",
    )
    add.metric(parser)
    parser.add_argument(
        "--top",
        type=add.count,
        metavar="N",
        help="no finer values: the best N configurations again, and nothing else",
    )
    parser.add_argument(
        "--repeat", type=add.count, metavar="N", help="run each of them so often; with --top"
    )


def _export(parser: _Parser) -> None:
    parser.add_argument("tracker", choices=["mlflow", "wandb", "optuna"])
    parser.add_argument(
        "results", nargs="?", default=LATEST, metavar="RESULTS", help="default: latest"
    )
    parser.add_argument(
        "-o",
        dest="output",
        metavar="WHERE",
        help="a tracking URI or an SQLite file for mlflow, a directory for wandb, a file for "
        "optuna; default: what their environment says, else beside the results",
    )
    add.output_dir(parser)
    parser.add_argument(
        "--files",
        action="store_true",
        help="with configuration, output and metric file of each trial; not for optuna",
    )
    parser.add_argument(
        "--follow", action="store_true", help="go on until nobody runs the sweep any more"
    )
    parser.add_argument("--held-to", type=int, help=SUPPRESS)  # a descriptor, of a runner


def _clean(parser: _Parser) -> None:
    add.config_dir(parser, "-o", "--config-dir")
