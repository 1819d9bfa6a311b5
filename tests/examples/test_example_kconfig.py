"""The examples' Kconfig files and base configurations, read by both implementations of Kconfig."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import kconfiglib
import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ("compression", "digits")
CONF = Path("/usr/lib/linux-kbuild-6.1/scripts/kconfig/conf")


@pytest.fixture
def load(monkeypatch):
    def load_kconfig(name: str) -> kconfiglib.Kconfig:
        monkeypatch.setenv("srctree", str(ROOT))
        monkeypatch.setenv("KSWEEP", "ksweep")
        return kconfiglib.Kconfig(name, warn_to_stderr=False)

    return load_kconfig


@pytest.mark.parametrize("example", EXAMPLES)
def test_loads_by_itself_without_a_warning(load, example):
    kconf = load(f"examples/{example}/Kconfig")

    assert kconf.warnings == []
    assert len(kconf.unique_defined_syms) > 10


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_option_is_explained(load, example):
    kconf = load(f"examples/{example}/Kconfig")
    by_words = [n for s in kconf.unique_defined_syms for n in s.nodes if n.prompt and not n.help]

    # A check's or a schedule's or a function's name in the prompt says what it is.
    named = re.compile(r"LZMA_CHECK_|LR_SCHEDULE_CONSTANT|ACTIVATION_")
    assert [n.item.name for n in by_words if not named.match(n.item.name)] == []


@pytest.mark.parametrize("example", EXAMPLES)
def test_base_configuration_chooses_its_example(load, example):
    kconf = load("Kconfig")

    kconf.load_config(str(ROOT / "defconfigs" / f"{example}_defconfig"))

    assert kconf.warnings == []
    assert kconf.syms[f"EXAMPLE_{example.upper()}"].str_value == "y"
    program = kconf.syms["SWEEP_COMMAND"].str_value.split()[1]
    assert (ROOT / program).is_file()


@pytest.mark.parametrize("epochs", ["1", "5", "19", "20", "1000"])
def test_ramp_ends_within_the_training(load, epochs):
    kconf = load("examples/digits/Kconfig")

    kconf.syms["NUM_EPOCHS"].set_value(epochs)

    assert int(kconf.syms["PRUNING_RAMP_END_EPOCH"].str_value) == min(int(epochs), 20)


@pytest.mark.parametrize(
    ("example", "settings"),
    [
        ("compression", {}),
        ("compression", {"CODEC_ZLIB": "y", "ZLIB_STRATEGY_RLE": "y"}),
        ("compression", {"CODEC_BZ2": "y", "BZ2_LEVEL": "1"}),
        ("compression", {"CODEC_LZMA": "y", "LZMA_CUSTOM_DICT": "y", "LZMA_CHECK_NONE": "y"}),
        ("digits", {}),
        ("digits", {"NUM_EPOCHS": "1"}),
        ("digits", {"HIDDEN_LAYERS": "[]", "AUGMENT": "y"}),
        ("digits", {"OPTIMIZER_ADAM": "y", "LR_SCHEDULE_CONSTANT": "y"}),
        ("digits", {"PRUNING_METHOD": "none"}),
    ],
)
def test_c_agrees_with_kconfiglib(load, tmp_path, example, settings):
    if not CONF.is_file():
        pytest.skip(f"{CONF} is not installed (Debian: linux-kbuild-6.1)")
    kconf = load(f"examples/{example}/Kconfig")
    for name, value in settings.items():
        assert kconf.syms[name].set_value(value)
    ours = tmp_path / "ours"
    kconf.write_config(str(ours))
    theirs = tmp_path / "theirs"
    shutil.copy(ours, theirs)

    # It writes include/ into the current directory.
    environment = os.environ | {"srctree": str(ROOT), "KCONFIG_CONFIG": str(theirs)}
    command = [CONF, "--olddefconfig", f"examples/{example}/Kconfig"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )

    assert done.stderr == ""
    assert config_lines(theirs) == config_lines(ours)


def config_lines(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if "CONFIG_" in line]
