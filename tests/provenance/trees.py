"""Git as the tests use it: a real one, on trees of their own."""

import subprocess


def git(root, *arguments):
    done = subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)
    return done.stdout.decode()


def commit(root, what="."):
    git(root, "add", "-A", what)
    git(root, "-c", "user.name=n", "-c", "user.email=e", "commit", "-qm", "m")
