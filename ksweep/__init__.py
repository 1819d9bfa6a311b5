"""Parameter sweeps described in Kconfig."""

__version__ = "0.1.0"
