"""Random Kconfig trees, each with a range file over it.

Every influence goes from a symbol to a later one in an order of ranks, so no tree has a
dependency loop; the blocks are then written in a random order, and so are the lines of the
range file. What the range file says is also kept as values (`Sweep`), so that a reference need
not read it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

TRISTATE_VALUES = ("n", "m", "y")
STRINGS = ("a", "b", "c d", "", 'q"e', "back\\slash", "1|2")


@dataclass(frozen=True)
class AxisSpec:
    """One axis: `rows` has the values of `symbols` row by row, in the order of the file.

    A choice axis has one row a member, with `y` at that member and `n` at the others. Under
    `wildcard` the rows are all candidates, and one that Kconfig does not take is passed over.
    """

    symbols: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    line: str
    choice: bool = False
    wildcard: bool = False


@dataclass(frozen=True)
class Exclusion:
    """An `exclude if` as text and as a function of the lines of a configuration."""

    text: str
    holds: Callable[[dict[str, str]], bool]


@dataclass(frozen=True)
class Sweep:
    """A Kconfig tree and what is swept over it.

    `kconfig` is what the released kconfiglib and C agree on but for the `modules` property,
    which only `modern` has. `impossible` symbols have a value outside their own constant range.
    """

    kconfig: str
    modern: str
    base: str
    axes: tuple[AxisSpec, ...]
    fixed: tuple[tuple[str, str], ...]
    exclusions: tuple[Exclusion, ...]
    impossible: frozenset[str]
    range_text: str

    @property
    def combinations(self) -> int:
        """The product of the axes."""
        size = 1
        for axis in self.axes:
            size *= len(axis.rows)
        return size


@dataclass
class _Entry:
    """A symbol, or one member of a choice, while its tree grows."""

    name: str
    kind: str
    prompt: bool = True
    low: int | None = None  # of an unconditional range between two numbers
    high: int | None = None
    bounded: bool = False  # some unconditional range, maybe on another symbol


@dataclass
class _Growth:
    rng: random.Random
    modules: bool
    entries: list[_Entry] = field(default_factory=list)
    choices: list[list[_Entry]] = field(default_factory=list)
    bool_choices: list[list[_Entry]] = field(default_factory=list)
    reserved: list[_Entry] = field(default_factory=list)  # later ranks, targets of select
    blocks: list[str] = field(default_factory=list)
    impossible: set[str] = field(default_factory=set)

    def of(self, *kinds: str) -> list[_Entry]:
        return [entry for entry in self.entries if entry.kind in kinds]


def _atom(g: _Growth) -> str:
    entry = g.rng.choice(g.entries)
    if entry.kind in ("bool", "member"):
        return g.rng.choice([entry.name, entry.name, f"!{entry.name}"])
    if entry.kind == "tristate":
        return g.rng.choice([entry.name, f"{entry.name} = m", f"{entry.name} != n"])
    if entry.kind == "int":
        ints = [other.name for other in g.of("int") if other is not entry]
        if ints and g.rng.random() < 0.2:
            return f"{entry.name} = {g.rng.choice(ints)}"
        return f"{entry.name} {g.rng.choice(['=', '!=', '<', '>='])} {g.rng.randint(1, 6)}"
    if entry.kind == "hex":
        return f"{entry.name} {g.rng.choice(['=', '!='])} 0x{g.rng.randint(1, 20):x}"
    return f'{entry.name} {g.rng.choice(["=", "!="])} "{g.rng.choice(["a", "b", ""])}"'


def _condition(g: _Growth) -> str:
    if g.rng.random() < 0.7:
        return _atom(g)
    left, operator, right = _atom(g), g.rng.choice(["&&", "||"]), _atom(g)
    if operator == "||" and right in (f"!{left}", left.removeprefix("!")):
        return left  # with both it would be no condition
    return f"{left} {operator} {right}"


def _maybe_if(g: _Growth, chance: float) -> str:
    return f" if {_condition(g)}" if g.entries and g.rng.random() < chance else ""


def _bool_lines(g: _Growth, entry: _Entry) -> list[str]:
    lines = []
    followed = [e.name for e in g.of("bool", "tristate", "member")]
    if g.rng.random() < 0.4:
        value = g.rng.choice(["y", "y", "n", *followed[-3:]])
        lines.append(f"\tdefault {value}{_maybe_if(g, 0.5)}")
    targets = [e for e in g.reserved if e.kind in ("bool", "tristate")]
    for word, chance in (("select", 0.25), ("imply", 0.2)):
        if targets and g.rng.random() < chance:
            lines.append(f"\t{word} {g.rng.choice(targets).name}{_maybe_if(g, 0.3)}")
    return lines


def _number_text(kind: str, value: int) -> str:
    return str(value) if kind == "int" else f"0x{value:x}"


def _range_line(g: _Growth, entry: _Entry) -> str:
    low = g.rng.randint(0, 4)
    high = low + g.rng.randint(1, 6)
    others = [e for e in g.of(entry.kind) if e.low is not None and e.prompt]
    if others and g.rng.random() < 0.45:
        # Zero as the lower bound: such a range is never inverted.
        entry.bounded = True
        return f"\trange {_number_text(entry.kind, 0)} {g.rng.choice(others).name}"
    condition = _maybe_if(g, 0.2)
    if not condition:
        entry.low, entry.high, entry.bounded = low, high, True
    return f"\trange {_number_text(entry.kind, low)} {_number_text(entry.kind, high)}{condition}"


def _number_lines(g: _Growth, entry: _Entry) -> list[str]:
    lines = [_range_line(g, entry)] if g.rng.random() < 0.75 else []
    same = [e.name for e in g.of(entry.kind)]
    if same and g.rng.random() < 0.35:
        lines.append(f"\tdefault {g.rng.choice(same)}{_maybe_if(g, 0.3)}")
    first = entry.low if entry.low is not None else 1
    last = entry.high if entry.high is not None else 9
    # A number without a value is written by kconfiglib as an empty one, which C resets.
    lines.append(f"\tdefault {_number_text(entry.kind, g.rng.randint(max(first, 1), last))}")
    return lines


def _string_lines(g: _Growth) -> list[str]:
    strings = [e.name for e in g.of("string")]
    if strings and g.rng.random() < 0.4:
        return [f"\tdefault {g.rng.choice(strings)}{_maybe_if(g, 0.3)}", '\tdefault "a"']
    return [f'\tdefault "{g.rng.choice(["a", "b"])}"{_maybe_if(g, 0.3)}']


def _twice_read_blocks(g: _Growth, number: int) -> list[tuple[_Entry, str]]:
    """A default of y under a prompt that may be m: y at the first reading, m at the second."""
    bus, device, user = (_Entry(f"{kind}{number}", "tristate") for kind in ("TB", "TD", "TU"))
    value = g.rng.choice(["m", "y"])
    return [
        (bus, f'config {bus.name}\n\ttristate "bus"\n\tdefault {value}{_maybe_if(g, 0.3)}\n'),
        (
            device,
            f'config {device.name}\n\ttristate "device" if {bus.name}\n\tdefault y\n',
        ),
        (
            user,
            f'config {user.name}\n\ttristate "user"\n'
            f"\tdepends on {device.name} {g.rng.choice(['=', '!='])} {g.rng.choice(['m', 'y'])}\n",
        ),
    ]


def _symbol_block(g: _Growth, entry: _Entry) -> str:
    entry.prompt = g.rng.random() < 0.88
    lines = [f"config {entry.name}", f"\t{entry.kind}"]
    if entry.prompt:
        lines.append(f'\tprompt "{entry.name.lower()}"{_maybe_if(g, 0.2)}')
    if g.entries and g.rng.random() < 0.35:
        lines.append(f"\tdepends on {_condition(g)}")
    if entry.kind in ("bool", "tristate"):
        lines += _bool_lines(g, entry)
        if not entry.prompt and not any("default" in line for line in lines):
            lines.append(f"\tdefault {_condition(g) if g.entries else 'y'}")
    elif entry.kind in ("int", "hex"):
        lines += _number_lines(g, entry)
    else:
        lines += _string_lines(g)
    return "\n".join(lines) + "\n"


def _choice_block(g: _Growth, number: int, tristate: bool) -> tuple[str, list[_Entry]]:
    kind = "tristate" if tristate else "bool"
    members = [_Entry(f"C{number}_{i}", "member") for i in range(g.rng.randint(2, 4))]
    lines = ["choice", f'\tprompt "choice {number}"{_maybe_if(g, 0.2)}']
    lines += ["\ttristate"] if tristate else []
    if g.rng.random() < 0.25:
        lines.append("\toptional")
    if g.entries and g.rng.random() < 0.35:
        lines.append(f"\tdepends on {_condition(g)}")
    if g.rng.random() < 0.4:
        lines.append(f"\tdefault {g.rng.choice(members).name}{_maybe_if(g, 0.4)}")
    for member in members:
        lines += [f"config {member.name}", f'\t{kind} "{member.name.lower()}"{_maybe_if(g, 0.15)}']
        if g.entries and g.rng.random() < 0.15:
            lines.append(f"\tdepends on {_condition(g)}")
    return "\n".join([*lines, "endchoice"]) + "\n", members


def _wrapped(g: _Growth, block: str) -> str:
    """A block under what encloses it: nothing, an `if`, or a menu."""
    roll = g.rng.random()
    if not g.entries or roll < 0.7:
        return block
    if roll < 0.8:
        return f"if {_condition(g)}\n{block}endif\n"
    if roll < 0.9:
        return f'menu "m"\n\tdepends on {_condition(g)}\n{block}endmenu\n'
    return f'menu "m"\n\tvisible if {_condition(g)}\n{block}endmenu\n'


def _grow(g: _Growth, size: int) -> None:
    kinds = ["bool", "bool", "bool", "int", "int", "hex", "string", "choice"]
    kinds += g.rng.choice([1, 4]) * ["tristate", "tristate", "tchoice"] if g.modules else []
    plan = [g.rng.choice(kinds) for _ in range(size)]
    planned = [_Entry(f"{kind[0].upper()}{i}", kind) for i, kind in enumerate(plan)]
    for number, entry in enumerate(planned):
        g.reserved = planned[number + 1 :]
        if g.modules and g.rng.random() < 0.05:
            for extra, block in _twice_read_blocks(g, number):
                g.entries.append(extra)
                g.blocks.append(block)
        if entry.kind in ("choice", "tchoice"):
            block, members = _choice_block(g, number, entry.kind == "tchoice")
            g.blocks.append(_wrapped(g, block))
            g.entries += members
            g.choices.append(members)
            if entry.kind == "choice":
                g.bool_choices.append(members)
        else:
            g.blocks.append(_wrapped(g, _symbol_block(g, entry)))
            g.entries.append(entry)


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _text(entry: _Entry, value: str) -> str:
    return _quoted(value) if entry.kind == "string" else value


def _values(g: _Growth, entry: _Entry, count: int) -> list[str]:
    """Values of one symbol that its own type and range allow, each once."""
    if entry.kind == "bool":
        pool = ["n", "y"]
    elif entry.kind == "tristate":
        pool = list(TRISTATE_VALUES)
    elif entry.kind == "string":
        pool = list(STRINGS)
    else:
        low = 0 if entry.low is None else entry.low
        high = 8 if entry.high is None else entry.high
        pool = [_number_text(entry.kind, n) for n in range(low, high + 1)]
    return g.rng.sample(pool, min(count, len(pool)))


def _single(g: _Growth, entry: _Entry) -> AxisSpec:
    values = _values(g, entry, g.rng.randint(2, 3))
    if entry.high is not None and g.rng.random() < 0.03:
        values.append(_number_text(entry.kind, entry.high + 1))
        g.impossible.add(entry.name)
    line = f"CONFIG_{entry.name}={'|'.join(_text(entry, value) for value in values)}"
    return AxisSpec((entry.name,), tuple((value,) for value in values), line)


def _wildcard(g: _Growth, entry: _Entry) -> AxisSpec:
    if entry.kind in ("bool", "tristate"):
        pool = ["n", "y"] if entry.kind == "bool" else list(TRISTATE_VALUES)
    else:
        pool = [_number_text(entry.kind, n) for n in range(16)]
    return AxisSpec(
        (entry.name,), tuple((v,) for v in pool), f"CONFIG_{entry.name}=*", wildcard=True
    )


def _choice_axis(g: _Growth, members: Sequence[_Entry]) -> AxisSpec:
    names = [m.name for m in members]
    names = g.rng.sample(names, g.rng.randint(2, len(names)))
    rows = tuple(tuple("y" if name == one else "n" for name in names) for one in names)
    line = "|".join(f"CONFIG_{name}" for name in names) + "=y"
    return AxisSpec(tuple(names), rows, line, choice=True)


def _linked(g: _Growth, entries: Sequence[_Entry]) -> AxisSpec:
    columns = [_values(g, entry, 3) for entry in entries]
    rows: dict[tuple[str, ...], None] = {}
    for _ in range(g.rng.randint(3, 5)):
        rows[tuple(g.rng.choice(column) for column in columns)] = None
    if len(rows) < 2:
        rows = {tuple(c[0] for c in columns): None, tuple(c[-1] for c in columns): None}
    texts = [
        f"({', '.join(_text(e, v) for e, v in zip(entries, row, strict=True))})" for row in rows
    ]
    names = tuple(entry.name for entry in entries)
    line = f"({', '.join('CONFIG_' + name for name in names)})={'|'.join(texts)}"
    return AxisSpec(names, tuple(rows), line)


def _axis(g: _Growth, free: list[_Entry]) -> AxisSpec:
    entry = free.pop()
    partners = [other for other in free if other.kind != entry.kind] or free
    roll = g.rng.random()
    if roll < 0.2 and partners:
        partner = g.rng.choice(partners)
        free.remove(partner)
        return _linked(g, [entry, partner])
    small = entry.high is not None and entry.high < 16
    if roll < 0.45 and (entry.kind in ("bool", "tristate") or small):
        return _wildcard(g, entry)
    return _single(g, entry)


def _axes(g: _Growth, limit: int) -> tuple[list[AxisSpec], list[_Entry]]:
    free = [e for e in g.entries if e.prompt and e.kind != "member"]
    g.rng.shuffle(free)
    axes = [_choice_axis(g, members) for members in g.choices if g.rng.random() < 0.5]
    wanted = g.rng.randint(2, 6)
    while free and len(axes) < wanted:
        axes.append(_axis(g, free))
    g.rng.shuffle(axes)
    kept, size = [], 1
    for axis in axes:
        if size * len(axis.rows) <= limit:
            kept.append(axis)
            size *= len(axis.rows)
    return kept, free


def _fixed(g: _Growth, free: list[_Entry]) -> list[tuple[str, str, str]]:
    """Symbol, value, line."""
    fixed = []
    derived = [e for e in g.entries if not e.prompt and e.kind in ("bool", "int")]
    for entry in free[: g.rng.choice([0, 0, 1, 2])] + (derived[:1] if g.rng.random() < 0.1 else []):
        value = _values(g, entry, 1)[0]
        unset = value == "n" and g.rng.random() < 0.5
        line = f"# CONFIG_{entry.name} is not set"
        fixed.append(
            (
                entry.name,
                value,
                line if unset else f"CONFIG_{entry.name}={_text(entry, value)}",
            )
        )
    return fixed


def _exclusion(g: _Growth) -> Exclusion:
    """`X`, `!X`, a comparison, or two of them joined."""
    text, holds = _term(g)
    if g.rng.random() < 0.5:
        other, also = _term(g)
        if g.rng.random() < 0.7:
            return Exclusion(f"{text} && {other}", lambda lines: holds(lines) and also(lines))
        return Exclusion(f"{text} || ({other})", lambda lines: holds(lines) or also(lines))
    return Exclusion(text, holds)


def _term(g: _Growth) -> tuple[str, Callable[[dict[str, str]], bool]]:
    entry = g.rng.choice(g.entries)
    name = entry.name
    if entry.kind in ("bool", "member"):
        if g.rng.random() < 0.5:
            return name, lambda lines: lines.get(name) == "y"
        return f"!{name}", lambda lines: lines.get(name) != "y"
    if entry.kind == "tristate":
        return f"{name} = 1", lambda lines: lines.get(name) == "y"
    if entry.kind in ("int", "hex"):
        bound = g.rng.randint(1, 8)
        if g.rng.random() < 0.5:
            return (
                f"{name} >= {bound}",
                lambda lines: name in lines and _number(lines[name]) >= bound,
            )
        return (
            f"!({name} * 2 < {bound})",
            lambda lines: not (name in lines and _number(lines[name]) * 2 < bound),
        )
    return f'{name} = "a"', lambda lines: lines.get(name) == "a"


class NoNumberError(Exception):
    """An int or hex symbol has an empty value, which no exclusion can compare."""


def _number(text: str) -> int:
    if not text:
        raise NoNumberError
    return int(text, 16 if text.lower().startswith("0x") else 10)


def _base(g: _Growth) -> str:
    """Some lines of a `.config` that somebody kept.

    None of a tristate choice: where its members are limited to m, kconfiglib's own files take
    several readings to settle, and which is the right one nobody can say.
    """
    lines = []
    for entry in g.entries:
        if entry.kind != "member" and g.rng.random() < 0.3:
            value = _values(g, entry, 1)[0]
            lines.append(f"CONFIG_{entry.name}={_text(entry, value)}")
    for members in g.bool_choices:
        if g.rng.random() < 0.3:
            lines.append(f"CONFIG_{g.rng.choice(members).name}=y")
    return "".join(line + "\n" for line in lines)


def sweep(seed: int, limit: int = 96) -> Sweep:
    """The tree and range file number `seed`, of at most `limit` combinations."""
    rng = random.Random(seed)
    g = _Growth(rng, modules=rng.random() < 0.5)
    head = ""
    if g.modules:
        modules = _Entry("MODULES", "bool")
        g.entries.append(modules)
        head = 'config MODULES\n\tbool "modules"\n\tdefault y\n'
    _grow(g, rng.randint(5, 12))
    rng.shuffle(g.blocks)
    axes, free = _axes(g, limit)
    fixed = _fixed(g, free)
    chance = rng.choice([0.0, 0.0, 0.4])
    exclusions = [_exclusion(g) for _ in range(2) if rng.random() < chance]
    places = [axis.line for axis in axes]
    for line in [line for _, _, line in fixed] + [f"exclude if {e.text}" for e in exclusions]:
        places.insert(rng.randint(0, len(places)), line)
    body = "".join(g.blocks)
    modern = head + ("\tmodules\n" if head else "") + body
    base = _base(g) if rng.random() < 0.5 else ""
    return Sweep(
        kconfig=head + body,
        modern=modern,
        base=base,
        axes=tuple(axes),
        fixed=tuple((symbol, value) for symbol, value, _ in fixed),
        exclusions=tuple(exclusions),
        impossible=frozenset(g.impossible & {name for axis in axes for name in axis.symbols}),
        range_text="# a random range file\n" + "".join(line + "\n" for line in places),
    )


@contextmanager
def entered(seed: int, parent: Path) -> Iterator[Sweep]:
    """The files of a seed's sweep in a directory that is current for the block.

    What goes wrong in there names the seed, and the directory stays.
    """
    folder = parent / str(seed)
    folder.mkdir()
    made = sweep(seed)
    (folder / "Kconfig").write_text(made.modern, encoding="utf-8")
    (folder / "range").write_text(made.range_text, encoding="utf-8")
    try:
        with chdir(folder):
            yield made
    except Exception as failure:
        raise AssertionError(f"seed {seed} in {folder}: {failure}") from failure
