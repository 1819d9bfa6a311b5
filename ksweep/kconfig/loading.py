"""Reads Kconfig files: kconfiglib, made tolerant of large, deep and unreadable ones."""

from __future__ import annotations

import codecs
import functools
import io
import os
import re
import resource
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import kconfiglib

from ksweep import inputfile
from ksweep.errors import InputError, Where
from ksweep.kconfig.language import NewerLanguage

_POSITION = re.compile(
    r"^(?:error: )?(?P<file>[^:\n]+):(?P<line>\d+): (?:error: )?(?P<what>.*)$", re.S
)
_DEFINED = re.compile(r" \(defined at (?P<file>[^:()]+):(?P<line>\d+)[^)]*\)")
_LOOP = re.compile(
    r"^(?:\.\.\.depends (?:again )?on (?:the choice symbol )?)?(\w+|<choice[^>]*>)"
    r" \(defined at ([^:()]+):(\d+)[^)]*\)(?:, with definition\.\.\.)?$",
    re.M,
)
_VARIABLE = re.compile(r"\$[({]?(\w+)[)}]?")
_FILES = 20_000  # ten times the Kconfig files of Linux
_EXPANSIONS, _EXPANDED = 100_000, 1_000_000
_STACK, _CALL = 8 * 1024 * 1024, 512
_SHOWN_AT_MOST = 200
_NO_FUNCTIONS = "ksweep-imports-no-kconfig-functions"


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN_AT_MOST else f"{text[:_SHOWN_AT_MOST]}…"


def _call(args: Sequence[str]) -> str:
    return f"$({_shown(','.join(args))})"


def _decoded(data: bytes, encoding: str = "utf-8") -> str:
    """A file's text; a mark at its beginning and the kind of its line ends are read over."""
    unmarked = data.removeprefix(codecs.BOM_UTF8)
    return io.TextIOWrapper(io.BytesIO(unmarked), encoding=encoding).read()


def _settle(symbol: kconfiglib.Symbol) -> None:
    """Makes what a tristate gets by itself what it is once the file has been read back.

    A default or imply of y under a prompt that is m is written as y, and read back as m. So each
    is limited to the visibility V where there is one, by `&& (V || !V)`. C limits an imply to the
    dependencies as well.
    """
    if symbol.orig_type != kconfiglib.TRISTATE:
        return
    limit = symbol.kconfig.y
    prompts = [node.prompt[1] for node in symbol.nodes if node.prompt]
    if prompts:
        visible = functools.reduce(lambda a, b: (kconfiglib.OR, a, b), prompts)
        limit = (kconfiglib.OR, visible, (kconfiglib.NOT, visible))
        symbol.defaults = [(_and(value, limit), when) for value, when in symbol.defaults]
    if symbol.weak_rev_dep is not symbol.kconfig.n:
        symbol.weak_rev_dep = _and(symbol.weak_rev_dep, _and(symbol.direct_dep, limit))


def _and(left: Any, right: Any) -> Any:
    return (kconfiglib.AND, left, right)


class ModernKconfig(NewerLanguage):
    """A Kconfig tree whose reading ends, whatever its files and macros are.

    Also reads a configuration from memory, see `load_text`, and keeps the contents of the Kconfig
    files as `sources`, in the order of reading.
    """

    def __init__(self, path: str) -> None:
        self.sources: list[str] = []
        self._text: str | None = None
        self._expanded = 0
        self._unset: set[str] = set()
        self._path = path
        try:
            super().__init__(path, warn_to_stderr=False)
        except RecursionError:
            what = "blocks, expressions or dependencies are nested too deeply"
            raise self._wrong(what, "simplify them, or raise the limit `ulimit -s`") from None
        except kconfiglib.KconfigError as error:
            raise _positioned(str(error), path, self._unset) from None
        for symbol in self.unique_defined_syms:
            _settle(symbol)
        self._invalidate_all()

    def _wrong(self, what: str, fix: str) -> InputError:
        """An error at the place that is read."""
        return InputError(what, fix, Where(self.filename or self._path, self.linenr))

    def _open(self, filename: str, mode: str) -> IO[str]:
        if mode != "r":
            return super()._open(filename, mode)  # type: ignore[no-any-return]
        if self._text is not None:
            return io.StringIO(self._text)
        data = inputfile.read(filename)
        if not self._parsing_kconfigs:
            return io.StringIO(_decoded(data))
        if len(self.sources) >= _FILES:
            what = f"more than {_FILES:,} files are read"
            raise self._wrong(what, "source each file once")
        try:
            text = _decoded(data)
        except UnicodeDecodeError:
            text = _decoded(data, "latin-1")  # C's conf takes any bytes
        self.sources.append(text)
        return io.StringIO(text)

    def _fn_val(self, args: Sequence[str]) -> str:
        """What a macro stands for; the amount of it is limited, as macros may double each other."""
        name = args[0]
        self._expanded += 1
        if name in self._functions and name not in self.variables:
            value = self._called(name, args)
        else:
            value = super()._fn_val(args)
            if name not in self.variables and name not in os.environ and len(args) == 1:
                self._unset.add(name)
        if self._expanded > _EXPANSIONS or len(value) > _EXPANDED:
            what = f"the macro `{_shown(name)}` expands to too much"
            raise self._wrong(what, "look for macros that name each other")
        return value

    def _called(self, name: str, args: Sequence[str]) -> str:
        """What a function returns."""
        try:
            value = super()._fn_val(args)
        except (kconfiglib.KconfigError, InputError):
            raise
        except Exception as error:
            what = f"{_call(args)} failed: {type(error).__name__}: {error}"
            raise self._wrong(what, "correct the macro") from None
        if not isinstance(value, str):
            raise self._wrong(f"{_call(args)} gives no text", "correct the function")
        return value

    def load_text(self, text: str) -> None:
        """Replaces all user values by those of a `.config`'s text."""
        self._text = text
        try:
            self.load_config("memory")
        finally:
            self._text = None


class WithoutShell(ModernKconfig):
    """For a tree that one only wants to look at."""

    def _called(self, name: str, args: Sequence[str]) -> str:
        if name == "shell":
            what = f"{_call(args)} would run a program"
            raise self._wrong(what, "allow it: leave out --no-shell")
        return super()._called(name, args)


def load(path: str | Path, shell: bool = True) -> ModernKconfig:
    """Parses a Kconfig tree, silently: its warnings are left in `.warnings`.

    Args:
        path: the top file.
        shell: whether it may run programs, by `$(shell,…)` or the functions of a Python module.

    Raises:
        InputError: it cannot be read or parsed; with the parser's own position.
    """
    functions = os.environ.get("KCONFIG_FUNCTIONS")
    if functions and not shell:
        what = f"the Python module `{functions}` would be run for the macros of {path}"
        fix = "unset the variable, or leave out --no-shell"
        raise InputError(what, fix, Where("KCONFIG_FUNCTIONS"))
    return parse(path, ModernKconfig if shell else WithoutShell)


def parse(path: str | Path, parser: Callable[[str], ModernKconfig]) -> ModernKconfig:
    """As `load`, by a parser of one's own."""
    allow_recursion()
    try:
        with _parse_environment():
            return parser(str(path))
    except OSError as error:
        raise _unreadable(error, str(path)) from None
    except ValueError as error:
        what = f"the Kconfig parser gave up: {type(error).__name__}: {error}"
        raise InputError(what, "simplify the file", Where(str(path))) from None


def allow_recursion() -> None:
    """Lets kconfiglib, which is recursive, nest as deeply as the stack has room for.

    It goes one call deeper for each block, term and dependency, and Python's own limit allows 200
    symbols that depend on each other. A call takes less than 400 bytes of the stack.
    """
    size = resource.getrlimit(resource.RLIMIT_STACK)[0]
    room = _STACK if size == resource.RLIM_INFINITY else min(size, _STACK)
    sys.setrecursionlimit(max(sys.getrecursionlimit(), room // _CALL))


@contextmanager
def _parse_environment() -> Iterator[None]:
    """Sets what the parser reads from the environment, for the duration.

    kconfiglib imports a module named `kconfigfunctions` from the current directory unless told
    another name, so it is told one that no module can have. A prefix that the environment has for
    other trees (Buildroot's is empty) is not for configurations here.
    """
    wanted = {
        "CONFIG_": "CONFIG_",
        "KSWEEP": os.environ.get("KSWEEP") or str(Path(__file__).parent.parent),
        "KCONFIG_FUNCTIONS": os.environ.get("KCONFIG_FUNCTIONS") or _NO_FUNCTIONS,
    }
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _positioned(message: str, path: str, unset: Iterable[str] = ()) -> InputError:
    """A message of kconfiglib at its place; `unset` is what was read of the environment in vain."""
    loop = _LOOP.findall(message)
    if loop:
        names, files, lines = zip(*loop, strict=True)
        what, where = f"a dependency loop: {' → '.join(names)}", Where(files[0], int(lines[0]))
        return InputError(what, "remove one of these dependencies", where)
    text = " ".join(message.partition(". Check that environment variables")[0].split())
    match = _POSITION.match(text)
    defined = _DEFINED.search(text)
    where = Where(path)
    if match:
        where, text = Where(match["file"], int(match["line"])), match["what"]
    elif defined:
        where = Where(defined["file"], int(defined["line"]))
        text = _DEFINED.sub("", text)
    read = {*unset, *_VARIABLE.findall(text), *(["srctree"] if " not found (in " in text else [])}
    return InputError(text, _remedy(read), where)


def _remedy(read: Iterable[str]) -> str:
    names = sorted(name for name in read if name not in os.environ)
    if not names:
        return "correct the Kconfig file"
    some = _shown(", ".join(names))
    return f"set {some} in the environment, or correct the Kconfig file"


def _unreadable(error: OSError, path: str) -> InputError:
    name = str(error.filename or path)
    if name.endswith(path) or error.strerror is None:
        what = f"cannot read the Kconfig file: {error.strerror or error}"
        return InputError(what, "name another one with --kconfig (make: KCONFIG=)", Where(name))
    return _positioned(str(error), path)
