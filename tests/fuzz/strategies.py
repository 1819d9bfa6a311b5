"""Text of the languages that ksweep reads: well-formed, nearly so, and anything at all."""

from __future__ import annotations

import json
from collections.abc import Mapping

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from fuzz.material import SEPARATOR, search_document, sweep_document
from fuzz.seeds import ODD, seeds, words

_RAW = "a place for text that no encoder would write"


def examples(target: str) -> SearchStrategy[bytes]:
    """Input for a target."""
    tokens = st.lists(st.sampled_from(words(target)), max_size=25).map(b"".join)
    kinds = [tokens, _mutated(target), st.binary(max_size=60)]
    if target in _GRAMMARS:
        kinds += [_GRAMMARS[target]] * 3
    return st.one_of(kinds)


@st.composite
def _mutated(draw: st.DrawFn, target: str) -> bytes:
    """A valid file, cut and pasted in a few places."""
    data = draw(st.sampled_from(seeds(target)))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(start + 40, len(data))))
        put = draw(
            st.sampled_from(words(target))
            | st.sampled_from([b"", data[start:end] * 2, data[:start]])
            | st.binary(max_size=4)
        )
        data = data[:start] + put + data[end:]
    return data


_numbers = st.one_of(
    st.integers(-10, 2000).map(str),
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
    st.sampled_from([word.decode("utf-8", "replace") for word in words("expression")[:20]]),
    st.tuples(
        st.sampled_from(["0x", "-", "+", ".", ""]), st.from_regex(r"[0-9]{1,6}", fullmatch=True)
    ).map("".join),
    st.tuples(st.integers(-9, 9), st.integers(-2000, 2000)).map(lambda t: f"{t[0]}e{t[1]}"),
)
_letters = st.sampled_from(
    ["y", "n", "m", "x", "resnet18", "cuda:0:x", "a b", "*", "", "\u017f", "é", "|"]
)
_quoted = st.text(max_size=8).map(json.dumps)
_blank = st.sampled_from(["", "", "", " ", "\t"])
_values = st.one_of(
    _numbers,
    _letters,
    _quoted,
    st.tuples(_numbers, st.sampled_from([":", ":*"]), _numbers, _numbers).map(
        lambda t: f"{t[0]}{t[1]}{t[2]}:{t[3]}"
    ),
    st.tuples(st.sampled_from(["uniform", "loguniform"]), _numbers, _numbers).map(
        lambda t: f"{t[0]}({t[1]}, {t[2]})"
    ),
)
_symbols = st.sampled_from(
    [
        *"BTIJHSR",
        "UNDER_B",
        "BELOW_I",
        "DERIVED",
        "OPT_SGD",
        "OPT_ADAM",
        "OPT_LION",
        "NOPE",
    ]
)
_names = _symbols.map("CONFIG_{}".format)
_settings = st.sampled_from(
    [word.decode() for word in words("base") if word.startswith(b"CONFIG_SWEEP")]
)


def _operations(inner: SearchStrategy[str]) -> SearchStrategy[str]:
    operators = st.sampled_from(["&&", "||", "=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/"])
    functions = st.sampled_from(["min", "max", "ceil", "min ", "f"])
    return st.one_of(
        st.tuples(inner, operators, inner).map(" ".join),
        st.tuples(st.sampled_from(["!", "-", "("]), inner).map(
            lambda t: f"({t[1]})" if t[0] == "(" else "".join(t)
        ),
        st.tuples(functions, st.lists(inner, max_size=3)).map(
            lambda t: f"{t[0]}({', '.join(t[1])})"
        ),
    )


_expressions = st.recursive(_numbers | _symbols | _quoted, _operations, max_leaves=10)


@st.composite
def _assignments(draw: st.DrawFn) -> str:
    values = draw(st.lists(_values, min_size=1, max_size=4))
    bar = draw(st.sampled_from(["|", " | ", "|"]))
    return f"{draw(_names)}={bar.join(values)}"


@st.composite
def _linked(draw: st.DrawFn) -> str:
    names = draw(st.lists(_names, min_size=1, max_size=3))
    rows = draw(st.lists(st.lists(_values, min_size=1, max_size=3), min_size=1, max_size=3))
    shown = "|".join(f"({', '.join(row)})" for row in rows)
    return f"({', '.join(names)})={shown}"


_lines = st.one_of(
    _assignments(),
    _assignments(),
    _linked(),
    st.lists(_names, min_size=1, max_size=3).map(lambda names: "|".join(names) + "=y"),
    _expressions.map("exclude if {}".format),
    _names.map("# {} is not set".format),
    st.tuples(_settings, _values).map("".join),
    st.sampled_from(
        ['rsource "common-range"', 'source "deeper-range"', 'rsource "range"', "# a remark"]
    ),
)


@st.composite
def _files(draw: st.DrawFn, lines: SearchStrategy[str]) -> bytes:
    end = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    written = draw(st.lists(st.tuples(lines, _blank, st.just(end)).map("".join), max_size=5))
    return "".join(written).encode("utf-8", "surrogatepass")


_range_files = st.lists(_files(_lines), min_size=1, max_size=3).map(SEPARATOR.join)
_bases = _files(
    st.one_of(
        _assignments(),
        _names.map("# {} is not set".format),
        st.tuples(_settings, _values).map("".join),
    )
)
_commands = st.lists(
    st.sampled_from(["sh", "-c", "'", '"', "{I}", "{S}", "{{x}}", "{", "\\", "{NOPE}", "a b", "#"])
    | _values,
    max_size=6,
).map(lambda found: " ".join(found).encode("utf-8", "surrogatepass"))

_odd = st.one_of(
    st.sampled_from(ODD),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
)
_raw = st.sampled_from(
    ["9" * 5000, "1e99999999999", "[" * 950 + "]" * 950, '{"a":' * 2000, "-0", "tru"]
)


def _changed(document: object) -> SearchStrategy[bytes]:
    """A JSON document with something odd in one to three places."""

    @st.composite
    def made(draw: st.DrawFn) -> bytes:
        changed = json.loads(json.dumps(document))
        for _ in range(draw(st.integers(1, 3))):
            changed = _with_odd(draw, changed)
        text = json.dumps(changed)
        return text.replace(json.dumps(_RAW), draw(_raw)).encode()

    return made()


def _with_odd(draw: st.DrawFn, value: object) -> object:
    inside = isinstance(value, dict | list) and value and draw(st.integers(0, 5))
    if not inside:
        return draw(_odd | st.just(_RAW))
    if isinstance(value, list):
        at = draw(st.integers(0, len(value) - 1))
        return [*value[:at], _with_odd(draw, value[at]), *value[at + 1 :]]
    assert isinstance(value, dict)
    key = draw(st.sampled_from(sorted(value)))
    if draw(st.integers(0, 9)) == 0:
        return {other: one for other, one in value.items() if other != key}
    name = draw(st.text(max_size=3)) if draw(st.integers(0, 9)) == 0 else key
    return {**value, name: _with_odd(draw, value[key])}


_records = st.sampled_from([json.loads(line) for line in seeds("record")[:3]]).flatmap(_changed)
_ledgers = st.lists(_records | st.sampled_from(seeds("record")), max_size=3).map(b"\n".join)
_metric_files = _changed({"epochs": [1, 2, 4], "loss": [0.5, 0.25, 3], "test_acc": 88.5, "f": []})


@st.composite
def _directories(draw: st.DrawFn) -> bytes:
    document = draw(st.just(b"") | _changed(sweep_document()))
    started = _changed(
        {"attempt": 1, "started_at": "2026-03-01T22:00:00+00:00", "host": "h", "pid": 1}
    )
    pruned = _changed({"step": 3, "value": 1.5, "rule": "median"})
    lock = _changed({"pid": 1, "host": "h", "since": "2026-03-01", "start_ticks": 1})
    record = st.just(b"") | _records
    return SEPARATOR.join(
        [
            document,
            draw(record),
            draw(started),
            draw(pruned),
            draw(record),
            draw(_ledgers),
            draw(lock),
        ]
    )


_log_lines = st.one_of(
    st.tuples(st.sampled_from(["loss", "LOSS", "test_acc", "lo\u017fs", "größe", "x"]),
              st.sampled_from([" = ", ":", " ", '": ', "="]), _numbers, st.sampled_from(["", "%", "x", ".", ","])).map("".join),
    _changed({"step": 3, "loss": 0.5, "größe": 1}).map(lambda found: f"KSWEEP {found.decode()}"),
    st.text(max_size=20),
)  # fmt: skip
_logs = st.lists(
    st.tuples(_log_lines, st.sampled_from(["\n", "\r", "\r\n", ""])).map("".join), max_size=6
).map(lambda lines: "".join(lines).encode("utf-8", "replace"))

_GRAMMARS: Mapping[str, SearchStrategy[bytes]] = {
    "range": _range_files,
    "expression": _expressions.map(lambda text: text.encode("utf-8", "surrogatepass")),
    "command": _commands,
    "log": _logs,
    "metric_file": _metric_files,
    "record": _records,
    "ledger": _ledgers,
    "results": _directories(),
    "search": _changed(search_document()),
    "base": _bases,
}
