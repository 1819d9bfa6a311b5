"""Axes and Kconfig made into valid, distinct, ordered configurations."""

from ksweep.space.choices import Choices
from ksweep.space.diagram import Diagram, Options, Vertex
from ksweep.space.nodes import Drawn, Node, length
from ksweep.space.space import Enumeration, Space, describe
from ksweep.space.trampoline import Task, run
from ksweep.space.walk import Point, Rejection

__all__ = [
    "Choices",
    "Diagram",
    "Drawn",
    "Enumeration",
    "Node",
    "Options",
    "Point",
    "Rejection",
    "Space",
    "Task",
    "Vertex",
    "describe",
    "length",
    "run",
]
