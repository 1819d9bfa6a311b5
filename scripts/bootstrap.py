"""Makes, mends and checks `.venv`; `with_venv.sh` calls it before every command.

    bootstrap.py check LEVEL          exit code 0 where .venv is whole and current
    bootstrap.py make LEVEL PYTHON    makes it with that Python, mends it or extends it
    bootstrap.py stamp LEVEL          declares it whole

The level `run` has what ksweep needs, `dev` the tools for the checks as well. An environment is
trusted only for its stamp, which is written last and holds everything that it was made from. An
interrupted installation, a copied directory, another Python or a changed lock leave no stamp or
another one: the environment is then made from scratch.
"""

# `check` runs before every command: what only `make` needs is imported where it is used.
from __future__ import annotations

import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, "stamp")
LOCK = os.path.join(VENV, "lock")
LOG = os.path.join(VENV, "bootstrap.log")
LISTS = {"run": ["requirements.lock"], "dev": ["requirements.lock", "requirements-dev.lock"]}
PIP = ["-I", "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]


class BootstrapError(Exception):
    """The surroundings do not allow an environment; the text says where, what and what to do."""


def main(arguments: list[str]) -> int:
    """Returns the exit code: 1 where `check` says no, 3 where the surroundings do not allow it."""
    verb, level, *rest = arguments
    try:
        if verb == "check":
            return 0 if is_whole(level) else 1
        if verb == "stamp":
            write_stamp(level)
        else:
            make(level, rest[0])
    except BootstrapError as error:
        say(str(error))
        return 3
    except OSError as error:
        say(f"{error.filename or VENV}: {error.strerror}; mend that and run the command again")
        return 3
    except KeyboardInterrupt:
        say(f"{VENV}: interrupted; the next command makes it from scratch")
        return 130
    return 0


def is_whole(level: str) -> bool:
    """Whether .venv serves the level, as its own Python sees it; one with the tools serves both."""
    try:
        stamp = read(STAMP)
    except OSError:
        return False
    return stamp in (origin(level), origin("dev"))


def origin(level: str) -> str:
    """Everything that an environment is made from, as text."""
    machine = os.uname()
    python = f"{sys.implementation.cache_tag} {machine.sysname} {machine.machine}"
    project = read(os.path.join(ROOT, "pyproject.toml"))
    # What the tools are told there does not change what is installed.
    package = project.partition("\n[tool.")[0]
    locks = [read(path) for path in lock_files(level)]
    return "\n".join([level, ROOT, python, package, *locks, read(os.path.realpath(__file__))])


def make(level: str, python: str) -> None:
    """Makes, mends or extends .venv; callers at the same time wait for each other."""
    import time

    start = time.monotonic()
    if os.path.lexists(VENV) and not os.path.isdir(VENV):
        raise BootstrapError(
            f"{VENV}: is no directory; move it away, the virtual environment goes there"
        )
    os.makedirs(VENV, exist_ok=True)
    lock = hold_lock()
    try:
        if asked("check", level, lock):
            return  # another caller made it meanwhile
        if level == "dev" and asked("check", "run", lock):
            say(f"{VENV}: adding the tools for the checks ...")
            os.unlink(STAMP)
        else:
            say(f"{VENV}: installing what ksweep needs, with {python}; this may take a minute ...")
            clear()
            create(python, lock)
        install(level, lock)
    finally:
        os.close(lock)
    say(f"{VENV}: ready after {time.monotonic() - start:.0f} s")


def hold_lock() -> int:
    """Returns the descriptor that holds the lock; the lock is free when all copies are closed."""
    import fcntl

    lock = os.open(LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say(f"{VENV}: waiting for another command that is making it ...")
        fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def clear() -> None:
    """Removes all but the lock, and the stamp first: what is half removed must not look whole."""
    import shutil

    for entry in sorted(os.scandir(VENV), key=lambda entry: entry.path != STAMP):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        elif entry.path != LOCK:
            os.unlink(entry.path)


def create(python: str, lock: int) -> None:
    if not runs([python, "-I", "-c", "import ensurepip, venv"], lock):
        raise BootstrapError(
            f"{python}: has no module ensurepip or venv; install it (on Debian and Ubuntu: "
            "apt-get install python3-venv) or name another Python: PYTHON=/path/to/python3"
        )
    if not runs([python, "-I", "-m", "venv", VENV], lock):
        raise BootstrapError(
            f"{python}: could not make {VENV}: {last_words()}; its output is in {LOG}"
        )


def install(level: str, lock: int) -> None:
    """Installs the locked versions and the project itself, and then stamps the environment."""
    lists = [word for path in lock_files(level) for word in ("-r", path)]
    # Compiling every module would take longer than all the rest; each is when it is first imported.
    wheels = ["--no-user", "--no-deps", "--no-compile", "--only-binary", ":all:", *lists]
    # Without isolation pip asks no index for the build back-end: the lock has it.
    itself = ["--no-user", "--no-deps", "--no-build-isolation", "--editable", ROOT]
    for what in (wheels, itself):
        if not runs([PYTHON, *PIP, *what], lock):
            raise BootstrapError(
                f"{lock_files(level)[-1]}: pip could not install it: {last_words()}; check the "
                f"network and pip's settings and run the command again; pip's output is in {LOG}"
            )
    if not asked("stamp", level, lock):
        raise BootstrapError(f"{PYTHON}: does not run; see {LOG}")


def asked(verb: str, level: str, lock: int) -> bool:
    """Whether this script answers with 0 under .venv's own Python."""
    return runs([PYTHON, "-I", "-S", os.path.realpath(__file__), verb, level], lock)


def runs(command: list[str], lock: int) -> bool:
    """Runs a command, its output in the log; it shares the lock and holds it if it outlives us."""
    import subprocess

    with open(LOG, "ab") as log:
        try:
            code = subprocess.call(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[lock]
            )
        except OSError as error:
            log.write(f"{command[0]}: {error.strerror}\n".encode())
            return False
    return code == 0


def last_words() -> str:
    """The last error in the log, or its last line."""
    lines = [line.strip() for line in read(LOG).splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error: ")]
    return [*(lines or ["no output"]), *(line[len("error: ") :] for line in errors)][-1]


def lock_files(level: str) -> list[str]:
    return [os.path.join(ROOT, name) for name in LISTS[level]]


def write_stamp(level: str) -> None:
    """Writes the stamp whole or not at all."""
    with open(f"{STAMP}.new", "w", encoding="utf-8") as file:
        file.write(origin(level))
    os.replace(f"{STAMP}.new", STAMP)


def read(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace", newline="") as file:
        return file.read()


def say(text: str) -> None:
    sys.stderr.write(text + "\n")


def enter_venv() -> None:
    """Starts the calling script again in .venv where this Python lacks ksweep or what it needs."""
    from importlib.util import find_spec

    if sys.prefix == VENV or all(find_spec(name) for name in ("ksweep", "kconfiglib")):
        return
    door = os.path.join(ROOT, "scripts", "with_venv.sh")
    os.execvp("sh", ["sh", door, "run", "python", *sys.argv])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
