"""Measure one codec of the standard library on real bytes.

The simple way to be swept: settings come from the environment (``CONFIG_ZLIB_LEVEL=9``) and, for
those that are not there, from the configuration file that ``KCONFIG_CONFIG`` names; metrics are
printed as ``name: value``. It works with any Python 3.11 and without ksweep being installed:

    make compression_defconfig
    python3 examples/compression/compress.py
    CONFIG_ZLIB_LEVEL=9 python3 examples/compression/compress.py

Exit codes: 0 measured, 1 the data did not survive the round trip, 2 a setting is missing or wrong.
"""

import bz2
import lzma
import os
import sys
import sysconfig
import time
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

Codec = Callable[[bytes], bytes]


def read_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Return every ``CONFIG_`` setting as text; the environment wins over the file."""
    path = Path(environment.get("KCONFIG_CONFIG", ".config"))
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    settings = {}
    for line in lines:
        name, equals, value = line.partition("=")
        if equals and name.startswith("CONFIG_"):
            settings[name] = value.strip('"')
    return settings | {k: v for k, v in environment.items() if k.startswith("CONFIG_")}


def is_on(settings: Mapping[str, str], name: str) -> bool:
    return settings.get(f"CONFIG_{name}") == "y"


def number(settings: Mapping[str, str], name: str, low: int, high: int) -> int:
    """Return a whole number.

    Raises:
        ValueError: It is missing, not a number, or outside its bounds.
    """
    text = settings.get(f"CONFIG_{name}")
    if text is None:
        raise ValueError(f"CONFIG_{name} is not set; make a configuration file first")
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise ValueError(f"CONFIG_{name}={text} is not a number from {low} to {high}")
    return int(text)


def chosen(settings: Mapping[str, str], prefix: str, names: tuple[str, ...]) -> str:
    """Return the member of a Kconfig choice that is y.

    Raises:
        ValueError: None is.
    """
    for name in names:
        if is_on(settings, prefix + name):
            return name
    raise ValueError(f"no CONFIG_{prefix}… is y; choose one of {', '.join(names)}")


ZLIB_STRATEGIES = {
    "DEFAULT": zlib.Z_DEFAULT_STRATEGY,
    "FILTERED": zlib.Z_FILTERED,
    "HUFFMAN_ONLY": zlib.Z_HUFFMAN_ONLY,
    "RLE": zlib.Z_RLE,
}

LZMA_CHECKS = {
    "NONE": lzma.CHECK_NONE,
    "CRC32": lzma.CHECK_CRC32,
    "CRC64": lzma.CHECK_CRC64,
    "SHA256": lzma.CHECK_SHA256,
}


def zlib_codec(settings: Mapping[str, str]) -> tuple[Codec, Codec]:
    strategy = chosen(settings, "ZLIB_STRATEGY_", tuple(ZLIB_STRATEGIES))
    searches = strategy in ("DEFAULT", "FILTERED")
    level = number(settings, "ZLIB_LEVEL", 1, 9) if searches else 6
    window = number(settings, "ZLIB_WBITS", 9, 15) if searches else zlib.MAX_WBITS
    memory = number(settings, "ZLIB_MEMLEVEL", 1, 9)

    def compress(data: bytes) -> bytes:
        stream = zlib.compressobj(level, zlib.DEFLATED, window, memory, ZLIB_STRATEGIES[strategy])
        return stream.compress(data) + stream.flush()

    return compress, zlib.decompress


def bz2_codec(settings: Mapping[str, str]) -> tuple[Codec, Codec]:
    level = number(settings, "BZ2_LEVEL", 1, 9)
    return lambda data: bz2.compress(data, level), bz2.decompress


def lzma_codec(settings: Mapping[str, str]) -> tuple[Codec, Codec]:
    preset = number(settings, "LZMA_PRESET", 0, 9)
    if is_on(settings, "LZMA_EXTREME"):
        preset |= lzma.PRESET_EXTREME
    lzma2 = {"id": lzma.FILTER_LZMA2, "preset": preset}
    if is_on(settings, "LZMA_CUSTOM_DICT"):
        lzma2["dict_size"] = number(settings, "LZMA_DICT_KIB", 4, 65536) * 1024
    check = LZMA_CHECKS[chosen(settings, "LZMA_CHECK_", tuple(LZMA_CHECKS))]
    return lambda data: lzma.compress(data, check=check, filters=[lzma2]), lzma.decompress


CODECS = {"ZLIB": zlib_codec, "BZ2": bz2_codec, "LZMA": lzma_codec}


def read_sample(size: int) -> bytes:
    """Return the first ``size`` bytes of the standard library's top modules, sorted by name.

    Raises:
        ValueError: This Python carries fewer source files than that.
    """
    folder = Path(sysconfig.get_path("stdlib"))
    sample = bytearray()
    for path in sorted(folder.glob("*.py")):
        if len(sample) >= size:
            break
        sample += path.read_bytes()
    if len(sample) < size:
        raise ValueError(f"{folder} has only {len(sample) // 1024} KiB; lower CONFIG_SAMPLE_KIB")
    return bytes(sample[:size])


def fastest(function: Codec, blocks: list[bytes], repeats: int) -> tuple[float, list[bytes]]:
    """Return the seconds of the fastest of ``repeats`` passes over all blocks, and the output."""
    seconds = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        output = [function(block) for block in blocks]
        seconds = min(seconds, time.perf_counter() - start)
    return seconds, output


def main() -> int:
    try:
        settings = read_settings(os.environ)
        codec = chosen(settings, "CODEC_", tuple(CODECS))
        compress, decompress = CODECS[codec](settings)
        sample = read_sample(number(settings, "SAMPLE_KIB", 16, 2048) * 1024)
        block = number(settings, "BLOCK_KIB", 0, 2048) * 1024 or len(sample)
        repeats = number(settings, "REPEATS", 1, 100)
    except ValueError as error:
        print(f"compress.py: {error}", file=sys.stderr)
        return 2

    blocks = [sample[at : at + block] for at in range(0, len(sample), block)]
    compress_s, packed = fastest(compress, blocks, repeats)
    decompress_s, unpacked = fastest(decompress, packed, repeats)
    if unpacked != blocks:
        print(f"compress.py: {codec} did not give the data back", file=sys.stderr)
        return 1

    print(f"sample: {len(sample)} bytes in {len(blocks)} block(s), codec {codec}")
    print(f"ratio: {len(sample) / sum(map(len, packed)):.4f}")
    print(f"compress_mb_s: {len(sample) / compress_s / 1e6:.2f}")
    print(f"decompress_mb_s: {len(sample) / decompress_s / 1e6:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
