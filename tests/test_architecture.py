"""The table of tiers, and what holds every module to it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "ksweep"

# A module imports only from tiers below its own; modules of one package may import each other.
TIERS = {
    0: {"errors", "model", "number", "proctable", "client", "exposed", "inputfile"},
    1: {
        "extras", "domain", "expression", "command", "executables", "kconfig", "process", "probe", "metrics",
        "measures", "store",
    },
    2: {
        "rangefile", "settings", "provenance", "environment", "machine", "trial", "stopping",
        "admission", "analysis",
    },
    3: {"space", "backends", "report"},
    4: {"search", "trackers", "importers"},
    5: {"plan", "sweep"},
    6: {"cli"},
    7: {"__main__"},
}  # fmt: skip
TIER_OF = {name: tier for tier, names in TIERS.items() for name in names}

# The vocabulary of tier 0 builds on itself: a place in a file, the types, the numbers of a type.
WITHIN_TIER = {("model", "errors"), ("number", "model")}

# They meet in the results directory, so that analysis works on any sweep in any state.
STRANGERS = {("sweep", "analysis"), ("sweep", "report")}

PRINTERS = {"cli", "__main__"}
EXITS = {"exit", "quit"}

OPTIONAL = {
    "optuna", "scipy", "matplotlib", "sklearn", "pynvml", "ray", "mlflow",
    "sqlalchemy", "alembic", "wandb",
}  # fmt: skip
OWNERS = {
    "kconfiglib": {"kconfig"},
    "menuconfig": {"kconfig"},  # of kconfiglib, as is
    "oldconfig": {"kconfig"},
    "psutil": {"proctable"},
    **{library: {"extras"} for library in OPTIONAL},
}
# Imported where they are used; numpy comes with pandas.
HEAVY = {"numpy", "pandas", "rich", "tabulate", "kconfiglib", "psutil"}
DEPENDENCIES = {*OWNERS, *HEAVY}


@dataclass(frozen=True)
class Import:
    """What one statement imports: a module of the package by its path, or a library."""

    module: str
    line: int
    at_start: bool  # runs when the importing module is loaded


@dataclass(frozen=True)
class Module:
    """One file: `path` is its dotted name below the package, empty for the package itself."""

    path: str
    file: str
    tree: ast.Module
    inner: tuple[Import, ...]
    outer: tuple[Import, ...]

    @property
    def unit(self) -> str:
        """The module of the table that it is, or is part of."""
        return self.path.partition(".")[0]


def read_package(package: Path) -> dict[str, Module]:
    found = (file for file in sorted(package.rglob("*.py")) if not file.is_symlink())
    files = {_dotted(file, package): file for file in found}
    modules = {}
    for path, file in files.items():
        tree = ast.parse(file.read_text("utf-8"), str(file))
        is_package = file.name == "__init__.py"
        found = list(_imports(tree, path, is_package, package.name, set(files)))
        modules[path] = Module(
            path,
            str(file.relative_to(package.parent)),
            tree,
            tuple(one for inside, one in found if inside),
            tuple(one for inside, one in found if not inside),
        )
    return modules


def _dotted(file: Path, package: Path) -> str:
    parts = file.relative_to(package).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(
    tree: ast.Module, path: str, is_package: bool, package: str, known: set[str]
) -> Iterator[tuple[bool, Import]]:
    """Every import with whether it is of the package itself."""
    for node, at_start in _statements(tree, True):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, path, is_package, package)
            names = [_imported(base, alias.name, package, known) for alias in node.names]
        else:
            continue
        for name in names:
            top, _, rest = name.partition(".")
            inside = top == package
            yield inside, Import(rest if inside else top, node.lineno, at_start)


def _statements(node: ast.AST, at_start: bool) -> Iterator[tuple[ast.AST, bool]]:
    for child in ast.iter_child_nodes(node):
        in_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        runs = at_start and not in_function and not _for_types_only(child)
        yield child, runs
        yield from _statements(child, runs)


def _for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def _absolute(node: ast.ImportFrom, path: str, is_package: bool, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = [package, *path.split(".")] if path else [package]
    parts = parts[: len(parts) - node.level + is_package]
    return ".".join([*parts, *([node.module] if node.module else [])])


def _imported(base: str, name: str, package: str, known: set[str]) -> str:
    """`from base import name`: the module `base.name` where there is one, else `base`."""
    top, _, rest = base.partition(".")
    inner = f"{rest}.{name}" if rest else name
    return f"{base}.{name}" if top == package and inner in known else base


def violations(package: Path) -> list[str]:
    """What breaks the rules, one line each, with the file and its line."""
    modules = read_package(package)
    found = [line for module in modules.values() for line in _violations_of(module)]
    return [*found, *_cycles(modules), *_slow_starts(modules)]


def _violations_of(module: Module) -> Iterator[str]:
    if module.unit and module.unit not in TIER_OF:
        yield f"{module.file}: `{module.unit}` is in no tier of the table"
        return
    for one in module.inner:
        target = one.module.partition(".")[0]
        if not _allowed(module.unit, target):
            yield f"{module.file}:{one.line}: `{module.unit}` must not import `{target}`"
    for one in module.outer:
        if one.module in OWNERS and module.unit not in OWNERS[one.module]:
            owners = " or ".join(sorted(OWNERS[one.module]))
            yield f"{module.file}:{one.line}: only {owners} imports {one.module}"
        elif one.module not in DEPENDENCIES and one.module not in sys.stdlib_module_names:
            yield f"{module.file}:{one.line}: {one.module} is no dependency"
        elif module.unit == "client" and one.module not in sys.stdlib_module_names:
            yield f"{module.file}:{one.line}: client has the standard library alone"
    if module.unit not in PRINTERS:
        yield from _talk(module)


def _allowed(unit: str, target: str) -> bool:
    if target in ("", unit):
        return True
    if not unit or target not in TIER_OF or (unit, target) in STRANGERS:
        return False
    return TIER_OF[target] < TIER_OF[unit] or (unit, target) in WITHIN_TIER


def _talk(module: Module) -> Iterator[str]:
    """Printing and exiting."""
    for node in ast.walk(module.tree):
        spoken = ""
        if isinstance(node, ast.Name) and node.id in {"print", "SystemExit", *EXITS}:
            spoken = node.id
        elif isinstance(node, ast.Attribute) and ast.unparse(node) in (
            "sys.exit",
            "builtins.print",
        ):
            spoken = ast.unparse(node)
        elif isinstance(node, ast.ImportFrom) and node.module in ("sys", "builtins"):
            names = {alias.name for alias in node.names} & {"print", *EXITS}
            spoken = f"{node.module}.{names.pop()}" if names else ""
        if spoken:
            yield f"{module.file}:{node.lineno}: `{spoken}` outside cli"


def _cycles(modules: dict[str, Module]) -> Iterator[str]:
    graph = {
        path: {one.module for one in module.inner if one.module in modules}
        for path, module in modules.items()
    }
    done: set[str] = set()

    def visit(path: str, trail: tuple[str, ...]) -> Iterator[str]:
        if path in trail:
            circle = [*trail[trail.index(path) :], path]
            yield f"{modules[path].file}: import cycle: {' -> '.join(circle)}"
        elif path not in done:
            for target in sorted(graph[path]):
                yield from visit(target, (*trail, path))
            done.add(path)

    for path in sorted(graph):
        yield from visit(path, ())


def _slow_starts(modules: dict[str, Module]) -> Iterator[str]:
    """Heavy libraries that are imported as soon as the command starts."""
    stack = [path for path in ("cli", "__main__") if path in modules]
    loaded: set[str] = set()
    while stack:
        path = stack.pop()
        if path in loaded:
            continue
        loaded.add(path)
        for one in modules[path].outer:
            if one.at_start and one.module in HEAVY | OPTIONAL:
                yield f"{modules[path].file}:{one.line}: the command's start imports {one.module}"
        started = {one.module for one in modules[path].inner if one.at_start}
        parents = {module.rpartition(".")[0] for module in started}
        stack.extend((started | parents) & modules.keys())


# -- the package ---------------------------------------------------------------------------------


def test_the_package_keeps_to_the_tiers():
    assert violations(PACKAGE) == []


def test_the_table_has_each_module_once():
    assert len(TIER_OF) == sum(len(names) for names in TIERS.values())


# -- the rules, on small trees -------------------------------------------------------------------

GOOD = {
    "__init__.py": "__version__ = '1'",
    "__main__.py": "from ksweep.cli import main\nraise SystemExit(main())",
    "errors.py": "",
    "model.py": "from ksweep.errors import Where",
    "store/__init__.py": "from ksweep.store.layout import Layout",
    "store/layout.py": "from ksweep.store import atomic\nfrom ksweep import model, __version__",
    "store/atomic.py": "import os",
    "kconfig.py": "import kconfiglib",
    "report/__init__.py": "from . import text",
    "report/text.py": "def table():\n    import tabulate",
    "cli/__init__.py": "import sys\nfrom ksweep import report\ndef main(): print(); sys.exit()",
}

BAD = {
    "upward": ("model.py", "from ksweep.cli import main", "`model` must not import `cli`"),
    "upward as a module": ("model.py", "from ksweep import report", "must not import `report`"),
    "upward by its full name": ("errors.py", "import ksweep.store.atomic", "must not import `store`"),
    "upward in a function": ("errors.py", "def f():\n  import ksweep.cli", "must not import `cli`"),
    "upward for types": (
        "errors.py",
        "import typing\nif typing.TYPE_CHECKING:\n  from ksweep.model import Axis",
        "must not import `model`",
    ),
    "upward by a relative name": (
        "store/atomic.py",
        "from ..report import text",
        "ksweep/store/atomic.py:1: `store` must not import `report`",
    ),
    "the same tier": ("store/atomic.py", "from ksweep.kconfig import Tree", "must not import `kconfig`"),
    "the loop knows the analysis": (
        "sweep.py",
        "from ksweep.analysis import rank",
        "`sweep` must not import `analysis`",
    ),
    "an unlisted module": ("helpers.py", "", "`helpers` is in no tier"),
    "an unlisted package": ("utils/__init__.py", "", "`utils` is in no tier"),
    "the package imports": ("__init__.py", "from ksweep.model import Axis", "must not import `model`"),
    "print": ("store/atomic.py", "print('x')", "atomic.py:1: `print` outside cli"),
    "print as a value": ("store/atomic.py", "say = print", "`print` outside cli"),
    "sys.exit": ("store/atomic.py", "import sys\nsys.exit(1)", "atomic.py:2: `sys.exit` outside cli"),
    "exit from sys": ("store/atomic.py", "from sys import exit as e", "`sys.exit` outside cli"),
    "SystemExit": ("store/atomic.py", "raise SystemExit(1)", "`SystemExit` outside cli"),
    "a cycle in a package": (
        "store/atomic.py",
        "from ksweep.store.layout import Layout",
        "import cycle: store.layout -> store.atomic -> store.layout",
    ),
    "a cycle through a package's own module": (
        "store/atomic.py",
        "from ksweep.store import Layout",
        "import cycle",
    ),
    "a lazy cycle": (
        "store/atomic.py",
        "def f():\n  from ksweep.store import layout",
        "import cycle",
    ),
    "kconfiglib": ("report/text.py", "import kconfiglib", "only kconfig imports kconfiglib"),
    "psutil": ("report/text.py", "from psutil import Process", "only proctable imports psutil"),
    "an optional library": ("report/text.py", "import matplotlib.figure", "only extras imports matplotlib"),
    "a foreign library": ("report/text.py", "import requests", "requests is no dependency"),
    "the client": ("client.py", "import pandas", "client has the standard library alone"),
    "a slow start": ("cli/__init__.py", "import rich.live", "the command's start imports rich"),
    "a slow start at one remove": (
        "report/text.py",
        "import pandas",
        "ksweep/report/text.py:1: the command's start imports pandas",
    ),
    "a slow start under a condition": (
        "report/text.py",
        "try:\n  import pandas\nexcept ImportError:\n  pass",
        "the command's start imports pandas",
    ),
}  # fmt: skip


def plant(directory: Path, files: dict[str, str]) -> Path:
    package = directory / "ksweep"
    for name, text in files.items():
        file = package / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return package


def test_a_good_tree_has_no_violations(tmp_path):
    assert violations(plant(tmp_path, GOOD)) == []


@pytest.mark.parametrize("case", BAD)
def test_a_bad_module_is_found(tmp_path, case):
    name, text, expected = BAD[case]
    found = violations(plant(tmp_path, {**GOOD, name: text}))
    assert any(expected in line for line in found), found
    assert all(line.startswith("ksweep/") for line in found)
