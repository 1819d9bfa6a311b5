"""Where fuzzing starts: files that are as they should be, and the words of each language."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from analysis.making import made

from fuzz.material import SEPARATOR, search_document, sweep_document
from ksweep.model import Pruning, TrialState
from ksweep.store.record import pruning_to_json, to_line

TESTS = Path(__file__).resolve().parent.parent
ROOT = TESTS.parent
CASES = Path(__file__).with_name("cases")


ODD: tuple[object, ...] = (
    *(None, True, -1, 0, 2.5, 1e308, 10**400, -(10**309), float("nan"), float("-inf")),
    *("", "x", "nan", "1", "\ud800", "\udce9", "\x1b[2J\n", "a\0b", "a" * 5000),
    *([], {}, [[]], {"a": {}}, ["y"]),
)
"""What nobody expects in a JSON document."""


def seeds(target: str) -> list[bytes]:
    """Valid input for a target, and everything that was ever found with it."""
    found = [path.read_bytes() for path in sorted(CASES.glob(f"{target}/*"))]
    return [*_VALID[target], *found]


def words(target: str) -> tuple[bytes, ...]:
    """What a target's language is made of, and what it is known to trip over."""
    return tuple(word.encode("utf-8", "surrogatepass") for word in _WORDS[target].split("·"))


def _range_files() -> Iterable[bytes]:
    for path in sorted(TESTS.glob("golden/*/range")):
        base = path.with_name("base")
        content = base.read_bytes() if base.exists() else b""
        yield SEPARATOR.join([path.read_bytes(), b"", b"", content])
    for path in sorted((ROOT / "defconfigs").glob("*-range")):
        yield path.read_bytes()
    yield b"CONFIG_S=loguniform(1e-5, 1e-1)\nCONFIG_J=uniform(1, 1e9)\nCONFIG_I=1|2\n"
    yield SEPARATOR.join(
        [
            b"CONFIG_I=1|10:10:20\nCONFIG_H=0x10:0x10:0x20\nCONFIG_S=0.1:0.1:0.2\n"
            b"CONFIG_OPT_SGD|CONFIG_OPT_ADAM=y\nCONFIG_T=*\n(CONFIG_R, CONFIG_J)=(a, 1)|(b, 2)\n"
            b'exclude if I >= 10 && R = "a"\nrsource "common-range"\n# CONFIG_UNDER_B is not set\n',
            b'CONFIG_B=y|n\nsource "deeper-range"\nCONFIG_SWEEP_COMMAND="true {I} {{x}}"\n',
            b'CONFIG_BELOW_I=3\nCONFIG_SWEEP_METRIC_REGEX="acc=([0-9.]+)"\n',
            b'CONFIG_R="from base"\n',
        ]
    )


def _logs() -> Iterable[bytes]:
    yield b'epoch 1: loss = 0.5, test_acc: 88.5%\rKSWEEP {"step": 3, "loss": 1e-3}\n'
    yield 'KSWEEP {"loss": NaN, "größe": -0, "step": -1}\r\n\x1b[32mloss\x1b[0m inf\n'.encode()


def _metric_files() -> Iterable[bytes]:
    yield b'{"epochs": [1, 2, 4], "loss": [0.5, 0.25, NaN], "test_acc": 88.5, "note": "x"}'
    yield b'{"epoch": [10], "loss": [3, null, 1], "a": {"b": 1}, "size": 12345678901234567890}'


def _records() -> Iterable[bytes]:
    ended = made(1, metrics={"loss": 0.5, "x": float("nan")}, wall_s=2.5, params={"CONFIG_I": "1"})
    yield to_line(ended)
    yield to_line(replace(ended, pruned=Pruning(3, 1.5, "median"), status=TrialState.PRUNED))
    yield to_line(made(2, TrialState.FAILED, exit_code=-9, error="exit code 1", peak_rss_mb=3.5))


def _sweeps() -> Iterable[bytes]:
    first, pruned, second = _records()
    started = json.dumps(
        {"attempt": 1, "started_at": "2026-03-01T22:00:00+00:00", "pid": 1}
    ).encode()
    why = json.dumps(pruning_to_json(Pruning(3, 1.5, "median"))).encode()
    document = json.dumps(sweep_document()).encode()
    yield SEPARATOR.join([b"", first, started, why, second, first + pruned, b""])
    yield SEPARATOR.join([document, b"", started, b"", second, first, b'{"pid": 1, "host": "x"}'])
    objectives = {"metric": "loss", "goal": "minimize", "weight": 0.5}
    several = [objectives, {**objectives, "metric": "total_time"}]
    weighed = sweep_document()
    weighed["settings"] = {"objectives": several, "metrics": ["x"]}
    yield SEPARATOR.join([json.dumps(weighed).encode(), first, b"", b"", pruned])


def _bases() -> Iterable[bytes]:
    yield b'CONFIG_B=y\n# CONFIG_T is not set\nCONFIG_I=12\nCONFIG_H=0x1F\nCONFIG_S="a \\"b\\" \\\\"\n'
    yield b'CONFIG_SWEEP_JOBS=4\nCONFIG_SWEEP_COMMAND="true"\nCONFIG_SWEEP_OBJECTIVES="a:max:2,b:min"\n'
    for path in sorted((ROOT / "defconfigs").glob("*_defconfig")):
        yield path.read_bytes()


_VALID: Mapping[str, list[bytes]] = {
    "range": list(_range_files()),
    "expression": [
        b'A && I >= 10 || !(R = "x")',
        b"440*3 + 50*I + 512",
        b"ceil(I / 8) * max(1, 2.5e3, 0x1f) - min(LONG, -S)",
    ],
    "command": [
        b"python3 train.py --lr {LR} '{dir}/x y' \"{{}}\" {config} {name}",
        b'sh -c "echo $CONFIG_I" -- {I}',
    ],
    "regex": [rb"acc=([0-9.]+)", rb"(?i)(?P<test_acc>\d+(?:\.\d*)?)%?$", rb"[^\s]*?(a|b){2,3}"],
    "log": list(_logs()),
    "metric_file": list(_metric_files()),
    "record": list(_records()),
    "ledger": [b"".join(_records()), b"\0" + b"".join(_records())],
    "results": list(_sweeps()),
    "search": [json.dumps(search_document()).encode()],
    "base": list(_bases()),
}

_NUMBERS = (
    "0·1·-1·-0·+4·007·0.1·.5·5.·1e-5·1e400·-1e99999·1e9999999999999999999·1e-9999999999999999999"
    "·0x10·0xfffffffffffffffff·9223372036854775808·1_000·nan·inf·٣·" + "9" * 400
)
_TRIPS = "\x00·\x1b[2J·\x7f·\x85·\u2028·\u202e·\ud800·\udce9·\u017f·\u0130·\u212a·\ufeff·\r·\t·\"·\\·'·`· "
_SYMBOLS = (
    "CONFIG_I·CONFIG_H·CONFIG_S·CONFIG_R·CONFIG_B·CONFIG_T·CONFIG_J·CONFIG_BELOW_I·CONFIG_NOPE"
)
_SETTINGS = (
    "CONFIG_SWEEP_JOBS=·CONFIG_SWEEP_COMMAND=·CONFIG_SWEEP_METRIC=·CONFIG_SWEEP_OBJECTIVES="
    "·CONFIG_SWEEP_METRIC_REGEX=·CONFIG_SWEEP_METHOD_TPE=y·CONFIG_SWEEP_REPLICATE="
)
_JSON = (
    '{·}·[·]·:·,·"·null·true·false·NaN·Infinity·-Infinity·1e999·{}·[]·""·"\\ud800"·"\\u0000"'
    '·"\\u001b[2J"·' + "[" * 995 + "]" * 995
)
_KEYS = (
    '"version"·"kind"·"results"·"name"·"id"·"repeat"·"status"·"success"·"failed"·"pruned"·"running"'
    '·"exit_code"·"attempt"·"started_at"·"finished_at"·"host"·"params"·"metrics"·"loss"·"resources"'
    '·"wall_s"·"error"·"log_tail"·"reused_from"·"step"·"value"·"rule"·"settings"·"objectives"'
    '·"metric"·"goal"·"weight"·"explicit"·"axes"·"symbols"·"choice"·"configurations"·"pid"'
    '·"start_ticks"·"since"·"CONFIG_I"·"config_001"·"config_0000002"·"000000000001"'
)
_WORDS: Mapping[str, str] = {
    "range": f"{_NUMBERS}·{_TRIPS}·{_SYMBOLS}·{_SETTINGS}·|·:·:*·=·(·)·,·*·#·y·n·m·uniform(·loguniform("
    "·exclude if ·source ·rsource ·&&·||· is not set·\n·\n%%\n·CONFIG_OPT_SGD|CONFIG_OPT_ADAM=y",
    "expression": f"{_NUMBERS}·{_TRIPS}·A·B·I·S·R·T·LONG·y·n·m·&&·||·!·=·!=·<·<=·>·>=·+·-·*·/·(·)·,"
    "·min(·max(·ceil(",
    "command": f"{_TRIPS}·{{·}}·{{{{·}}}}·{{I}}·{{S}}·{{LR}}·{{config}}·{{dir}}·{{name}}·sh·-c·-o·--·bash"
    "·CONFIG_I·$CONFIG_S·#",
    "regex": f"{_TRIPS}·(·)·(?:·(?P<a>·(?=·(?<=·(?<!·(?i)·(?a)·(?L)·(?u)·[·[[·]·^·$·*·+·?·{{2,3}}·{{,4294967295}}"
    "·|·.·\\d·\\w·\\b·\\1·(?(1)a|b)·\\N{DIGIT ONE}·(?>·++·(?#",
    "log": f"{_NUMBERS}·{_TRIPS}·{_JSON}·loss·test_acc·größe·GRÖSSE·LOSS·lo\u017fs·te\u017ft_acc· = ·: ·%·KSWEEP {{"
    '·"step": ·"loss": ·\n·\x1b[32m·\x1b]·' + "1" * 3000,
    "metric_file": f'{_NUMBERS}·{_JSON}·"epochs"·"epoch"·"loss"·"test_acc"·"step"',
    "record": f"{_NUMBERS}·{_JSON}·{_KEYS}",
    "ledger": f"{_NUMBERS}·{_JSON}·{_KEYS}·\n·\x00",
    "results": f"{_NUMBERS}·{_JSON}·{_KEYS}·\n%%\n·\n",
    "search": f'{_NUMBERS}·{_JSON}·{_KEYS}·"texts"·"text"·"path"·"range_file"·"base"·"cwd"·"kconfig"·"digest"',
    "base": f"{_NUMBERS}·{_TRIPS}·{_SYMBOLS}·{_SETTINGS}·=·y·n·m·# ·is not set·\n",
}
