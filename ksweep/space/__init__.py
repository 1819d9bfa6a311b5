"""Axes and Kconfig made into valid, distinct, ordered configurations."""

from ksweep.space.space import Enumeration, Space, describe
from ksweep.space.walk import Point, Rejection

__all__ = ["Enumeration", "Point", "Rejection", "Space", "describe"]
