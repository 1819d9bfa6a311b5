"""Settings of the test tools."""

import os
import signal
import sys

from hypothesis import settings

from ksweep.kconfig.loading import allow_recursion

# Many tests start Python: compiled modules are kept, or most of the time goes into compiling.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# What tests start hears these, also where a script or `nohup` has started the tests.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)

# The first tree that is loaded raises it, and Hypothesis wants no example to do so.
allow_recursion()

# The time that one example takes says nothing on a shared machine; pytest-timeout ends what hangs.
settings.register_profile("ksweep", deadline=None, print_blob=True)
settings.register_profile("ci", parent=settings.get_profile("ci"), deadline=None)
settings.load_profile("ci" if settings.get_current_profile_name() == "ci" else "ksweep")
