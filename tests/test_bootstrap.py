"""The virtual environment that `make` works in: made once, mended, never half trusted.

Most tests put a stand-in for Python on PATH that only plays `venv` and `pip`; the last ones make a
real environment, with a wheel of their own and no index.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Plays `-m venv` and `-m pip`, after $VENV or $PIP was run; anything else goes to the real Python.
PYTHON = f"""#!/bin/sh
case "$*" in
*version_info*) test -z "$TOO_OLD" || exit 1 ;;
esac
case "$*" in
*ensurepip*) test -z "$NO_ENSUREPIP" || exit 1 ;;
*"-m venv "*)
    for venv; do :; done
    echo venv >>"$venv/../calls"
    eval "$VENV"
    mkdir -p "$venv/bin" && cp "$0" "$venv/bin/python" && ln -sf python "$venv/bin/python3"
    exit ;;
*"-m pip "*)
    venv=${{0%/bin/*}}
    echo pip "$@" >>"$venv/../calls"
    eval "$PIP"
    exit ;;
esac
exec {sys.executable} "$@"
"""


class Project:
    """A checkout that has only what makes the environment, and the machine that it is on."""

    def __init__(self, root: Path, host: Path) -> None:
        self.root = root
        self.host = host
        self.venv = root / ".venv"

    def environment(self, **more: str) -> dict[str, str]:
        return {"PATH": f"{self.host}:/usr/bin:/bin", "HOME": str(self.host)} | more

    def start(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["sh", "scripts/with_venv.sh", *words],
            cwd=self.root,
            env=self.environment(**environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*words, **environment)
        out, err = process.communicate()
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def works(self, level: str = "run", **environment: str) -> str:
        """Runs a command in the environment; returns what was said on the way."""
        done = self.run(level, "python", "-c", "print('in it')", **environment)
        assert (done.returncode, done.stdout) == (0, "in it\n"), done.stderr
        return done.stderr

    def calls(self) -> list[str]:
        """What was called since the last look, without arguments."""
        log = self.root / "calls"
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return [line.partition(" ")[0] for line in lines]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    root, host = tmp_path / "a checkout", tmp_path / "host"
    (root / "scripts").mkdir(parents=True)
    for name in ("with_venv.sh", "bootstrap.py"):
        shutil.copy(ROOT / "scripts" / name, root / "scripts")
    for name in ("pyproject.toml", "requirements.lock", "requirements-dev.lock"):
        shutil.copy(ROOT / name, root)
    host.mkdir()
    (host / "python3").write_text(PYTHON)
    (host / "python3").chmod(0o755)
    return Project(root, host)


MADE = ["venv", "pip", "pip"]


def test_first_use_makes_it_and_says_so(project: Project):
    said = project.works().splitlines()
    assert project.calls() == MADE
    assert len(said) == 2
    assert f"installing what ksweep needs, with {project.host}/python3; " in said[0]
    assert said[1].startswith(f"{project.venv}: ready after ")


def test_the_second_use_is_quick_and_silent(project: Project):
    project.works()
    project.calls()
    start = time.monotonic()
    assert project.works() == ""
    assert time.monotonic() - start < 0.3
    assert project.calls() == []


def test_the_tools_are_added_to_what_is_there(project: Project):
    project.works("run")
    project.calls()
    assert "adding the tools for the checks" in project.works("dev")
    assert project.calls() == ["pip", "pip"]
    assert project.works("run") == project.works("dev") == ""


def test_each_level_installs_its_locks_from_wheels(project: Project):
    project.works("run")
    project.works("dev")
    first, _, second, _ = (
        line for line in (project.root / "calls").read_text().splitlines() if line != "venv"
    )
    assert "--only-binary :all:" in first
    assert "requirements-dev.lock" not in first
    assert f"-r {project.root}/requirements.lock -r {project.root}/requirements-dev.lock" in second


KILL = "kill -9 $PPID; exit"


@pytest.mark.parametrize(
    "death",
    [{"VENV": KILL}, {"PIP": KILL}, {"PIP": f'case "$*" in *--editable*) {KILL} ;; esac'}],
    ids=["making", "installing", "installing ksweep"],
)
@pytest.mark.parametrize("level", ["run", "dev"])
def test_a_killed_installation_is_not_trusted(project: Project, level: str, death: dict[str, str]):
    done = project.run(level, "echo", "in it", **death)
    assert done.stdout == ""
    assert done.returncode
    (project.venv / "half a package").mkdir()
    project.calls()
    project.works(level)
    assert project.calls() == MADE
    assert not (project.venv / "half a package").exists()


def test_a_killed_extension_is_not_trusted(project: Project):
    project.works("run")
    project.run("dev", "true", PIP=KILL)
    project.calls()
    project.works("run")
    assert project.calls() == MADE


def other_python(project: Project) -> None:
    (project.venv / "bin" / "python").unlink()
    (project.venv / "bin" / "python").symlink_to("gone")


def broken_python(project: Project) -> None:
    (project.venv / "bin" / "python").write_text("#!/bin/sh\nexit 127\n")


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def newer_python(project: Project) -> None:
    replace(project.venv / "stamp", sys.implementation.cache_tag, "cpython-310")


def changed_lock(project: Project) -> None:
    replace(project.root / "requirements.lock", "kconfiglib==", "kconfiglib==99")


def changed_package(project: Project) -> None:
    replace(project.root / "pyproject.toml", "ksweep.cli:main", "ksweep.cli:other")


def torn_stamp(project: Project) -> None:
    (project.venv / "stamp").write_text((project.venv / "stamp").read_text()[:-1])


def handmade(project: Project) -> None:
    shutil.rmtree(project.venv)
    (project.venv / "bin").mkdir(parents=True)
    (project.venv / "bin" / "python").symlink_to(sys.executable)


def moved(project: Project) -> None:
    project.root = project.root.rename(project.root.with_name("elsewhere"))
    project.venv = project.root / ".venv"


@pytest.mark.parametrize(
    "change",
    [other_python, broken_python, newer_python, changed_lock, changed_package, torn_stamp,
     handmade, moved],
)  # fmt: skip
def test_what_was_made_from_something_else_is_made_again(project: Project, change):
    project.works()
    project.calls()
    change(project)
    assert "ready after" in project.works()
    assert project.calls() == MADE
    assert project.works() == ""


def test_settings_of_the_tools_make_nothing_again(project: Project):
    project.works()
    replace(project.root / "pyproject.toml", "line-length = 100", "line-length = 99")
    assert project.works() == ""


def test_several_at_once_make_it_once(project: Project):
    started = [project.start("dev", "echo", "in it", PIP="sleep 0.2") for _ in range(4)]
    answers = [process.communicate() for process in started]
    assert [out for out, _ in answers] == ["in it\n"] * 4
    assert project.calls() == MADE
    assert sum("waiting for another command" in err for _, err in answers) == 3


def test_an_installer_that_outlives_its_maker_is_waited_for(project: Project):
    late = project.root / ".venv" / "late"
    project.run("run", "true", PIP=f'kill -9 $PPID; sleep 0.5; : >"{late}"')
    assert not late.exists()
    assert "waiting for another command" in project.works()
    assert not late.exists()


def test_an_interrupt_leaves_no_traceback(project: Project):
    process = project.start("run", "true", PIP='echo >"$venv/in-pip"; sleep 20')
    while not (project.venv / "in-pip").exists():
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert process.returncode in (130, -signal.SIGINT)
    assert err.endswith(f"{project.venv}: interrupted; the next command makes it from scratch\n")
    project.works()


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    assert (done.returncode, done.stdout) == (3, "")
    return done.stderr.splitlines()[-1]


def test_no_network(project: Project):
    fails = "echo trying; echo 'ERROR: No matching distribution found for x==1'; echo bye; exit 1"
    assert last_line(project.run("run", "echo", PIP=fails)) == (
        f"{project.root}/requirements.lock: pip could not install it: No matching distribution "
        "found for x==1; check the network and pip's settings and run the command again; "
        f"pip's output is in {project.venv}/bootstrap.log"
    )
    project.works()


def test_a_python_that_is_too_old(project: Project):
    # Nothing but the stand-in, and the programs that the script itself calls.
    for name in ("sh", "dirname"):
        (project.host / name).symlink_to(f"/bin/{name}")
    replace(project.root / "scripts" / "with_venv.sh", " /usr/bin/python3;", ";")
    done = project.run("run", "echo", TOO_OLD="1", PATH=str(project.host))
    assert last_line(done) == (
        "python3: no Python 3.11 or newer was found; install one, or name it: "
        "PYTHON=/path/to/python3"
    )
    assert not project.venv.exists()


def test_a_better_python_than_the_first_is_found(project: Project):
    shutil.move(project.host / "python3", project.host / "python3.12")
    (project.host / "python3").write_text("#!/bin/sh\nexit 1\n")
    (project.host / "python3").chmod(0o755)
    assert f"with {project.host}/python3.12;" in project.works()


def test_a_python_that_has_venv_is_preferred(project: Project):
    shutil.copy(project.host / "python3", project.host / "python3.13")
    replace(project.host / "python3", 'test -z "$NO_ENSUREPIP"', "false")
    assert f"with {project.host}/python3.13;" in project.works()


def test_python_can_be_named(project: Project):
    named = project.host / "my python"
    shutil.copy(project.host / "python3", named)
    assert f"with {named};" in project.works(PYTHON=str(named))


def test_a_python_without_venv(project: Project):
    for name in ("python3.14", "python3.13", "python3.12", "python3.11"):
        shutil.copy(project.host / "python3", project.host / name)
    replace(project.root / "scripts" / "with_venv.sh", " /usr/bin/python3;", ";")
    assert last_line(project.run("run", "echo", NO_ENSUREPIP="1")) == (
        f"{project.host}/python3: has no module ensurepip or venv; install it (on Debian and "
        "Ubuntu: apt-get install python3-venv) or name another Python: PYTHON=/path/to/python3"
    )
    project.works()


def test_something_else_in_its_place(project: Project):
    project.venv.write_text("mine")
    assert last_line(project.run("run", "echo")) == (
        f"{project.venv}: is no directory; move it away, the virtual environment goes there"
    )
    assert project.venv.read_text() == "mine"


def test_an_activated_environment_is_not_made_from_itself(project: Project):
    project.works()
    (project.venv / "stamp").unlink()
    said = project.works(PATH=f"{project.venv}/bin:{project.host}:/usr/bin:/bin")
    assert f"with {project.host}/python3;" in said
    (project.venv / "stamp").unlink()
    own = project.venv / "bin" / "python"
    assert f"with {own};" not in project.works(PYTHON=str(own))


CALLERS = {"MAKEFLAGS": "-j4", "VIRTUAL_ENV": "/mine", "KSWEEP": "/mine", "PYTHONPATH": "/mine"}


def environ(project: Project, *words: str, **environment: str) -> dict[str, str]:
    script = project.root / "say.py"
    script.write_text("import json, os; print(json.dumps(dict(os.environ)))")
    done = project.run(*words, str(script), **environment)
    assert done.returncode == 0, done.stderr
    noise = ("PWD", "OLDPWD", "SHLVL", "_", "LC_CTYPE")
    return {name: text for name, text in json.loads(done.stdout).items() if name not in noise}


@pytest.mark.parametrize("more", [{}, CALLERS], ids=["bare", "rich"])
def test_what_is_run_finds_the_callers_environment(project: Project, more: dict[str, str]):
    assert environ(project, "run", "python", **more) == project.environment(**more)


def test_what_is_run_finds_an_activated_environment_in_front(project: Project):
    path = f"{project.venv}/bin:{project.host}:/usr/bin:/bin"
    assert environ(project, "run", "python", PATH=path)["PATH"] == path


def test_the_home_of_another_python_is_for_the_programs(project: Project):
    project.works()
    own = project.venv / "bin" / "python"
    own.write_text(own.read_text().replace("exec ", "echo $PYTHONHOME "))
    said = project.run("run", "ksweep", "x", PYTHONHOME="/other").stdout
    assert said.splitlines()[-1] == f"/other {sys.executable} -E {project.venv}/bin/ksweep x"
    assert " -E " not in project.run("run", "ksweep", "x").stdout


def test_the_tools_are_found_first(project: Project):
    done = project.run("dev", "sh", "-c", 'echo "$PATH|$PYTHONHOME"; exit 7', PYTHONHOME="/other")
    assert done.stdout == f"{project.venv}/bin:{project.environment()['PATH']}|\n"
    assert done.returncode == 7


def test_the_lists_name_exact_versions_and_no_address():
    for name in ("requirements.lock", "requirements-dev.lock"):
        lines = [x for x in (ROOT / name).read_text().splitlines() if not x.startswith("#")]
        assert lines
        versions = [line.partition(";")[0] for line in lines]  # behind it is where it can be had
        assert all(text.count("==") == 1 and "/" not in text for text in versions)


# A build back-end for the project, and a module in the place of what ksweep needs.
WHEEL = {
    "kconfiglib.py": "",
    "backend.py": """
import os, zipfile

def build_editable(directory, config_settings=None, metadata_directory=None):
    name = "ksweep-1-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(directory, name), "w") as wheel:
        for path, text in FILES.items():
            wheel.writestr(path, text)
    return name

FILES = {
    "ksweep.pth": os.getcwd(),
    "ksweep-1.dist-info/METADATA": "Metadata-Version: 2.1\\nName: ksweep\\nVersion: 1\\n",
    "ksweep-1.dist-info/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    "ksweep-1.dist-info/entry_points.txt": "[console_scripts]\\nksweep = ksweep.cli:main\\n",
    "ksweep-1.dist-info/RECORD": "",
}
""",
    "backend-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: backend\nVersion: 1\n",
    "backend-1.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "backend-1.dist-info/RECORD": "",
}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A checkout with a real environment in .venv, made by the real venv and pip."""
    root = tmp_path_factory.mktemp("a real checkout")
    shutil.copytree(ROOT / "scripts", root / "scripts")
    (root / "ksweep").mkdir()
    (root / "ksweep" / "__init__.py").touch()
    (root / "ksweep" / "cli.py").write_text("def main(argv=None):\n    print(argv)\n    return 4\n")
    (root / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["backend"]\nbuild-backend = "backend"\n'
        '[project]\nname = "ksweep"\nversion = "1"\n'
    )
    (root / "requirements.lock").write_text("backend==1\n")
    (root / "requirements-dev.lock").write_text("")
    wheels = tmp_path_factory.mktemp("wheels")
    with zipfile.ZipFile(wheels / "backend-1-py3-none-any.whl", "w") as wheel:
        for name, text in WHEEL.items():
            wheel.writestr(name, text)
    project = Project(root, Path(sys.base_prefix) / "bin")
    settings = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PIP_CONFIG_FILE": os.devnull}
    project.environment = lambda **more: os.environ | settings | more  # type: ignore[method-assign]
    assert "ready after" in project.works(), (project.venv / "bootstrap.log").read_text()
    return project


def test_a_real_environment_has_the_command(real: Project):
    assert real.works() == ""
    done = real.run("run", "ksweep")
    assert (done.returncode, done.stdout, done.stderr) == (4, "None\n", "")


@pytest.mark.parametrize(
    ("door", "verb"),
    [("generate_sweep", "generate"), ("run_test_matrix", "run"), ("analyze_sweep", "analyze")],
)
def test_a_script_works_from_any_python(real: Project, door: str, verb: str):
    python = [sys._base_executable, "-E", "-s"]  # type: ignore[attr-defined]
    done = subprocess.run(
        [*python, real.root / "scripts" / f"{door}.py", "two words", "--top"],
        cwd=real.host,
        env=real.environment(),
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == (f"['{verb}', 'two words', '--top']\n", "")
    assert done.returncode == 4


def test_a_script_is_short():
    for door in ("generate_sweep", "run_test_matrix", "analyze_sweep"):
        assert len((ROOT / "scripts" / f"{door}.py").read_text().splitlines()) <= 30
