#!/bin/sh
# Runs a command in .venv, the project's virtual environment, and makes or mends that first where it must:
#
#     sh scripts/with_venv.sh run ksweep|python [ARGUMENT...]
#     sh scripts/with_venv.sh dev COMMAND [ARGUMENT...]
#
# `run` has what ksweep needs, and leaves the environment as the caller has it: the programs of a sweep find that.
# `dev` has the tools of `make check` as well, on PATH. PYTHON names the Python to make it with.
root=$(cd "$(dirname "$0")/.." && pwd -P) || exit 3
bootstrap=$root/scripts/bootstrap.py
level=$1
shift

# The first Python, but .venv's own, that is new enough and runs the statement $1. It is called in a subshell.
host_python() {
    PATH=${PATH#"$root/.venv/bin:"}  # where .venv is activated: the Python behind it is to be found
    for name in ${PYTHON:+"$PYTHON"} python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3; do
        path=$(command -v "$name") || continue
        case $path in "$root"/.venv/*) continue ;; esac
        "$path" -I -c "import sys; assert sys.version_info >= (3, 11); $1" >/dev/null 2>&1 || continue
        printf '%s\n' "$path"
        return
    done
    return 1
}

if ! "$root/.venv/bin/python" -I -S "$bootstrap" check "$level" 2>/dev/null; then
    python=$(host_python 'import ensurepip, venv' || host_python '') || {
        echo "python3: no Python 3.11 or newer was found; install one, or name it: PYTHON=/path/to/python3" >&2
        exit 3
    }
    "$python" -I "$bootstrap" make "$level" "$python" || exit
fi

if [ "$level" = dev ]; then
    unset PYTHONHOME
    export PATH="$root/.venv/bin:$PATH"
    exec "$@"
fi
command=$1
shift
[ "$command" = python ] || set -- "$root/.venv/bin/$command" "$@"
# The home of another Python is for the programs.
exec "$root/.venv/bin/python" ${PYTHONHOME:+-E} "$@"
