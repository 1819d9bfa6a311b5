"""Settings of the test tools."""

from hypothesis import settings

# The time that one example takes says nothing on a shared machine; pytest-timeout ends what hangs.
settings.register_profile("ksweep", deadline=None, print_blob=True)
settings.register_profile("ci", parent=settings.get_profile("ci"), deadline=None)
settings.load_profile("ci" if settings.get_current_profile_name() == "ci" else "ksweep")
