"""A text is known by the identity that Kconfig gave its configuration, and no other text is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ksweep.kconfig import Tree
from ksweep.model import Configuration
from ksweep.store import Entry, Results, entry_of, is_text_of

KCONFIG = r"""
config MODULES
	bool "modules"
	modules
	default y

config FAST
	bool "fast"

config DRIVER
	tristate "driver"
	default m

config COUNT
	int "count"
	default -7

config MASK
	hex "mask"
	default 0xFf

config PLAIN_MASK
	hex "mask without its prefix"
	default 10

config NAME
	string "name"
	default "a \"b\" \\ c # d"

config EMPTY
	string "empty"
	default ""

config SWEEP_JOBS
	int "a setting"
	default 3
"""


@pytest.fixture
def rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configuration:
    monkeypatch.chdir(tmp_path)
    Path("Kconfig").write_text(KCONFIG)
    text, identity = Tree("Kconfig").render()
    return Configuration(identity, {}, text)


def test_every_type_is_known_again(rendered: Configuration) -> None:
    assert is_text_of(entry_of("config_001", rendered), rendered.text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# CONFIG_FAST is not set\n", "CONFIG_FAST=y\n"),
        ("# CONFIG_FAST is not set\n", ""),
        ("CONFIG_DRIVER=m\n", "CONFIG_DRIVER=y\n"),
        ("CONFIG_COUNT=-7\n", "CONFIG_COUNT=7\n"),
        ("CONFIG_COUNT=-7\n", "CONFIG_COUNT=-7\nCONFIG_COUNT=7\n"),
        ("CONFIG_COUNT=-7\n", "CONFIG_COUNT=-7\nCONFIG_MORE=7\n"),
        ("CONFIG_MASK=0xFf\n", "CONFIG_MASK=0xfe\n"),
        ("CONFIG_PLAIN_MASK=10\n", "CONFIG_PLAIN_MASK=11\n"),
        ("# d", "# e"),
        ('CONFIG_EMPTY=""\n', 'CONFIG_EMPTY=" "\n'),
    ],
)
def test_another_value_is_another_configuration(
    rendered: Configuration, old: str, new: str
) -> None:
    changed = rendered.text.replace(old, new)
    assert changed != rendered.text
    assert not is_text_of(entry_of("config_001", rendered), changed)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("CONFIG_SWEEP_JOBS=3\n", "CONFIG_SWEEP_JOBS=4\n"),
        ("CONFIG_MASK=0xFf\n", "CONFIG_MASK=0x0ff\n"),
        ("\n", "\r\n"),
        ("CONFIG_COUNT=-7\n", "# looked at\n\nCONFIG_COUNT=-7\n"),
    ],
)
def test_settings_spelling_and_comments_are_no_part_of_it(
    rendered: Configuration, old: str, new: str
) -> None:
    changed = rendered.text.replace(old, new)
    assert changed != rendered.text
    assert is_text_of(entry_of("config_001", rendered), changed)


def test_only_what_a_text_cannot_show_is_noted(rendered: Configuration) -> None:
    assert entry_of("config_001", rendered).text_id
    Path("Kconfig").write_text(KCONFIG.replace("default 10\n", "default 0x10\n"))
    text, identity = Tree("Kconfig").render()
    assert entry_of("config_001", Configuration(identity, {}, text)).text_id == ""


def test_what_is_noted_is_kept_in_sweep_json(tmp_path: Path, rendered: Configuration) -> None:
    entry = entry_of("config_001", rendered)
    results = Results.create(str(tmp_path / "out"), {}, [(entry, rendered.text)])
    assert results.entries == (entry,)
    assert entry == replace(Entry("config_001", rendered.id, {}), text_id=entry.text_id)
