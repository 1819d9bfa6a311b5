"""Runs or resumes the sweep in the directory that it is started in; to be killed."""

import sys
from contextlib import closing

from ksweep.backends.local import LocalBackend

from ksweep import settings
from ksweep.errors import Where
from ksweep.store import Results
from ksweep.sweep import Interrupt, RunOptions, run

results = Results.open("latest", "test_matrix_results")
chosen = settings.from_json(results.sweep["settings"], Where("sweep.json"))
with results.lock(), closing(LocalBackend(grace_s=0.5)) as backend:
    print("running", flush=True)
    for event in run(results, backend, RunOptions(chosen), Interrupt()):
        last = event
print(last.reason.name, file=sys.stderr)
