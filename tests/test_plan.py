import hashlib
import json
import os
from pathlib import Path

import pytest

from ksweep import plan, rangefile, settings
from ksweep.client import read_config
from ksweep.errors import InputError
from ksweep.space import Space
from ksweep.store import ConfigDir

KCONFIG = """\
config A
	bool "a"

config B
	int "b"
	range 0 9
	depends on A

config C
	string "c"
"""
RANGE = """\
CONFIG_SWEEP_COMMAND="run {C} --config {config}"
CONFIG_SWEEP_JOBS=2
CONFIG_A=y|n
CONFIG_B=1:1:3
CONFIG_C="x y"
"""


@pytest.fixture(autouse=True)
def work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("Kconfig").write_text(KCONFIG)
    return tmp_path


def generate(text=RANGE, options=None, limit=None, base=None):
    Path("my-range").write_text(text)
    read = rangefile.read(Path("my-range"), Path())
    chosen = settings.resolve(options or {}, read.settings, base)
    space = Space(read, "Kconfig", base)
    generation = plan.generation(space, chosen, read, limit, base)
    with ConfigDir("sweep_configs").staged() as staged:
        return generation.write(staged)


def sweep_json():
    return json.loads(Path("sweep_configs/sweep.json").read_text())


def test_the_numbers_add_up():
    summary = generate()
    assert summary.distinct == 4
    assert summary.combinations == 6
    assert summary.collapsed + summary.rejected + summary.excluded == 2


def test_the_files_are_complete_configurations():
    generate()
    names = sorted(os.listdir("sweep_configs"))
    assert names == [
        "combinations_summary.txt", "config_001", "config_002", "config_003", "config_004",
        "sweep.json",
    ]  # fmt: skip
    texts = [Path("sweep_configs", name).read_text() for name in names[1:5]]
    assert [read_config(text) for text in texts] == [
        {"A": "y", "B": "1", "C": "x y"},
        {"A": "y", "B": "2", "C": "x y"},
        {"A": "y", "B": "3", "C": "x y"},
        {"A": "n", "C": "x y"},
    ]


def test_sweep_json_says_what_programs_need():
    generate()
    found = sweep_json()
    assert (found["version"], found["method"], found["seed"]) == (1, "grid", None)
    assert found["settings"]["command"] == "run {C} --config {config}"
    assert found["settings"]["jobs"] == 2
    assert found["command_where"] == "my-range:1"
    assert found["range_file"] == {
        "path": "my-range",
        "digest": hashlib.sha256(RANGE.encode()).hexdigest(),
        "text": RANGE,
        "files": ["my-range"],
        "texts": {"my-range": RANGE},
        "srctree": "",
    }
    assert found["base"] is None
    assert found["kconfig"]["path"] == "Kconfig"
    assert len(found["kconfig"]["digest"]) == 64
    assert found["axes"] == [
        {
            "symbols": ["A"], "kind": "single", "values": "y|n", "where": "my-range:3",
            "types": ["bool"], "limits": [None],
        },
        {
            "symbols": ["B"], "kind": "single", "values": "1:1:3", "where": "my-range:4",
            "types": ["int"], "limits": [[0, 9]],
        },
    ]  # fmt: skip
    assert found["exports"] == ["C"]
    assert found["counts"] == {
        "distinct": 4, "combinations": 6, "collapsed": 2, "rejected": 0, "excluded": 0,
    }  # fmt: skip
    assert set(found["versions"]) == {"ksweep", "python", "kconfiglib"}
    first = found["configurations"][0]
    assert first["name"] == "config_001"
    assert first["params"] == {"CONFIG_A": "y", "CONFIG_B": "1"}
    assert first["id"] == hashlib.sha256(b"A=y\nB=1\nC=x y\n").hexdigest()[:12]


def test_the_base_is_kept():
    Path(".config").write_text('CONFIG_C="base"\n')
    generate("CONFIG_A=y|n\n", base=Path(".config"))
    assert sweep_json()["base"] == {
        "path": ".config",
        "digest": hashlib.sha256(b'CONFIG_C="base"\n').hexdigest(),
        "text": 'CONFIG_C="base"\n',
    }


def test_the_summary_is_for_people():
    generate()
    lines = Path("sweep_configs/combinations_summary.txt").read_text().splitlines()
    assert lines[:4] == [
        "Total configurations: 4",
        "Combinations of all values: 6",
        "Collapsed (they differ in inactive parameters only): 2",
        "Rejected by Kconfig: 0",
    ]
    assert "  CONFIG_B=1:1:3" in lines
    assert "    3 values: 1 2 3" in lines
    at = lines.index("config_002")
    assert lines[at : at + 3] == ["config_002", "  CONFIG_A=y", "  CONFIG_B=2"]


def test_rejections_are_told_with_their_reasons():
    Path("Kconfig").write_text(
        'config A\n\tbool "a"\n\tselect S\nconfig S\n\tbool "s"\nconfig X\n\tint "x"\n'
    )
    summary = generate("CONFIG_A=y|n\nCONFIG_S=y|n\nCONFIG_X=1|2\n")
    assert (summary.distinct, summary.rejected) == (6, 2)
    text = Path("sweep_configs/combinations_summary.txt").read_text()
    assert "Rejected by Kconfig: 2\n  2: CONFIG_A=y CONFIG_S=n: " in text
    assert [one["combinations"] for one in sweep_json()["rejections"]] == [2]


def test_a_thousand_configurations_need_four_digits():
    generate("CONFIG_A=y\nCONFIG_B=0:1:9\nCONFIG_C=" + "|".join(map(str, range(100))) + "\n")
    names = sorted(os.listdir("sweep_configs"))[1:-1]
    assert (names[0], names[-1], len(names)) == ("config_0001", "config_1000", 1000)


def test_a_command_with_an_unknown_name_is_an_error_at_its_line():
    with pytest.raises(InputError) as caught:
        generate('CONFIG_A=y|n\nCONFIG_SWEEP_COMMAND="run {D}"\n')
    assert str(caught.value).startswith("my-range:2: the command has {D}, which is neither")
    assert not os.path.exists("sweep_configs")


def test_a_command_from_elsewhere_is_named():
    with pytest.raises(InputError, match=r"^CONFIG_SWEEP_COMMAND: the command has \{D\}"):
        generate(options={"command": "run {D}"})


def test_generating_needs_no_command():
    generate("CONFIG_A=y|n\n")
    assert sweep_json()["exports"] == []


def test_an_error_in_the_space_leaves_the_old_plan():
    generate()
    before = sweep_json()
    with pytest.raises(InputError, match="has more than 2 configurations"):
        generate("CONFIG_A=y\nCONFIG_B=1|2|3\n", limit=2)
    assert sweep_json() == before
    assert not [name for name in os.listdir() if name.endswith("ksweep-new")]
