"""A library that does what the environment asks of it, and makes directories for its runs."""

from pathlib import Path

import misbehaving


class Settings:
    def __init__(self, **settings):
        pass


class _Run:
    def __init__(self, directory):
        self.dir = str(directory)
        self.summary = {}

    def define_metric(self, name, step_metric):
        pass

    def log(self, row):
        pass

    def finish(self, exit_code):
        pass


def init(*, dir, id, **arguments):
    misbehaving.adds()
    directory = Path(dir, "wandb", f"offline-run-20260301_220000-{id}", "files")
    directory.mkdir(parents=True)
    return _Run(directory)


def teardown():
    pass
