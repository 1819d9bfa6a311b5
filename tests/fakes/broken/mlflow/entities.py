from collections import namedtuple

import misbehaving  # noqa: F401

Param = namedtuple("Param", "key value")
Metric = namedtuple("Metric", "key value timestamp step")
