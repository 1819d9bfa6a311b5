"""compress.py as the process that a sweep starts."""

import os
import re
import subprocess
import sys
from pathlib import Path

import kconfiglib
import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "examples" / "compression" / "compress.py"
COMMON = {"SAMPLE_KIB": "64", "BLOCK_KIB": "0", "REPEATS": "1"}
ZLIB = {"CODEC_ZLIB": "y", "ZLIB_STRATEGY_DEFAULT": "y", "ZLIB_WBITS": "15", "ZLIB_MEMLEVEL": "8"}
LZMA = {"CODEC_LZMA": "y", "LZMA_CHECK_CRC64": "y"}


def run(settings: dict[str, str], **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("CONFIG_", "KCONFIG_"))}
    named = {f"CONFIG_{name}": value for name, value in settings.items()}
    return subprocess.run(
        [sys.executable, PROGRAM],
        env=clean | {"KCONFIG_CONFIG": os.devnull} | named | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def metrics(done: subprocess.CompletedProcess[str]) -> dict[str, float]:
    assert done.returncode == 0, done.stderr
    return {k: float(v) for k, v in re.findall(r"^(\w+): ([\d.]+)$", done.stdout, re.MULTILINE)}


@pytest.mark.parametrize(
    "settings",
    [
        ZLIB | {"ZLIB_LEVEL": "1", "ZLIB_WBITS": "9", "ZLIB_MEMLEVEL": "1"},
        ZLIB | {"ZLIB_LEVEL": "9"},
        {"CODEC_ZLIB": "y", "ZLIB_STRATEGY_FILTERED": "y", "ZLIB_LEVEL": "6"}
        | {"ZLIB_WBITS": "12", "ZLIB_MEMLEVEL": "9"},
        {"CODEC_ZLIB": "y", "ZLIB_STRATEGY_HUFFMAN_ONLY": "y", "ZLIB_MEMLEVEL": "8"},
        {"CODEC_ZLIB": "y", "ZLIB_STRATEGY_RLE": "y", "ZLIB_MEMLEVEL": "8"},
        {"CODEC_BZ2": "y", "BZ2_LEVEL": "1"},
        LZMA | {"LZMA_PRESET": "0", "LZMA_EXTREME": "y"},
        LZMA | {"LZMA_PRESET": "6", "LZMA_CUSTOM_DICT": "y", "LZMA_DICT_KIB": "4"},
    ],
    ids=lambda settings: "-".join(settings.values()),
)
def test_every_codec_compresses_and_gives_the_data_back(settings):
    found = metrics(run(COMMON | settings))

    assert found.keys() == {"ratio", "compress_mb_s", "decompress_mb_s"}
    assert found["ratio"] > 1.5
    assert found["compress_mb_s"] > 0
    assert found["decompress_mb_s"] > 0


def test_options_do_what_they_say():
    def ratio(**settings: str) -> float:
        return metrics(run(COMMON | settings))["ratio"]

    whole = ratio(**ZLIB, ZLIB_LEVEL="9")

    assert ratio(**ZLIB, ZLIB_LEVEL="1") < whole
    assert ratio(**ZLIB | {"ZLIB_LEVEL": "9", "ZLIB_WBITS": "9"}) < whole
    assert ratio(**ZLIB | {"ZLIB_LEVEL": "9", "BLOCK_KIB": "4"}) < whole
    assert ratio(**LZMA, LZMA_PRESET="6") > whole
    small_dictionary = {"LZMA_PRESET": "6", "LZMA_CUSTOM_DICT": "y", "LZMA_DICT_KIB": "4"}
    assert ratio(**LZMA, **small_dictionary) < ratio(**LZMA, LZMA_PRESET="6")


def test_the_same_sample_every_time():
    first, second = (metrics(run(COMMON | ZLIB | {"ZLIB_LEVEL": "6"})) for _ in range(2))

    assert first["ratio"] == second["ratio"]


def test_what_the_environment_lacks_comes_from_the_configuration_file(tmp_path):
    kconf = kconfiglib.Kconfig(str(PROGRAM.with_name("Kconfig")), warn_to_stderr=False)
    kconf.syms["SAMPLE_KIB"].set_value("16")
    file = tmp_path / "config"
    kconf.write_config(str(file))

    from_file = run({}, KCONFIG_CONFIG=str(file))
    both = run({"SAMPLE_KIB": "32"}, KCONFIG_CONFIG=str(file))

    assert "sample: 16384 bytes in 1 block(s), codec ZLIB" in from_file.stdout
    assert "sample: 32768 bytes" in both.stdout


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "no CONFIG_CODEC_… is y; choose one of ZLIB, BZ2, LZMA"),
        ({"CODEC_BZ2": "y"}, "CONFIG_BZ2_LEVEL is not set; make a configuration file first"),
        (
            {"CODEC_BZ2": "y", "BZ2_LEVEL": "10"},
            "CONFIG_BZ2_LEVEL=10 is not a number from 1 to 9",
        ),
        ({"CODEC_BZ2": "y", "BZ2_LEVEL": "x"}, "CONFIG_BZ2_LEVEL=x is not a number from 1 to 9"),
        (
            {"CODEC_BZ2": "y", "BZ2_LEVEL": "1", "SAMPLE_KIB": "0"},
            "CONFIG_SAMPLE_KIB=0 is not a number from 16 to 2048",
        ),
    ],
)
def test_a_bad_setting_is_one_line_and_exit_code_2(settings, message):
    done = run(COMMON | settings)

    assert done.returncode == 2
    assert done.stderr == f"compress.py: {message}\n"
    assert done.stdout == ""
