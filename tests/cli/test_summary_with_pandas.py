"""`sweep_summary.json` of a real sweep in pandas, by the line that people write for it."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from cli.conftest import Ksweep

# Of the sizes 7 fails, 8 gives no number and 9 nothing at all; DEPTH is active where FAST is y.
PROGRAM = """\
case $CONFIG_SIZE in
7) exit 3 ;;
8) echo 'KSWEEP {"test_acc": NaN, "final_sparsity": 0.5}' ;;
9) ;;
*) echo "KSWEEP {\\"test_acc\\": 8$CONFIG_SIZE.5, \\"final_sparsity\\": 0.${CONFIG_DEPTH:-1}}" ;;
esac
"""
RANGE = """\
CONFIG_SWEEP_COMMAND="sh program.sh"
CONFIG_SIZE=1:1:9
CONFIG_FAST=y|n
CONFIG_DEPTH=4|5
"""


def test_the_five_best_to_the_letter(project: Path, ksweep: Ksweep) -> None:
    (project / "program.sh").write_text(PROGRAM)
    (project / "range").write_text(RANGE)
    assert ksweep("sweep", "range").returncode == 0
    path = project / "test_matrix_results" / "latest" / "sweep_summary.json"
    with open(path) as f:
        df = pd.DataFrame(json.load(f))
    best = df.nlargest(5, "test_acc")[["config_file", "test_acc", "final_sparsity"]]
    assert best.to_numpy().tolist() == [
        ["config_016", 86.5, 0.4],
        ["config_017", 86.5, 0.5],
        ["config_018", 86.5, 0.1],
        ["config_013", 85.5, 0.4],
        ["config_014", 85.5, 0.5],
    ]
    assert df.status.value_counts().to_dict() == {"success": 24, "failed": 3}
    assert df.test_acc.isna().sum() == 9  # failed, no number, nothing
    assert df.CONFIG_DEPTH.isna().sum() == 9  # inactive
    assert df[["CONFIG_SIZE", "CONFIG_DEPTH", "test_acc", "total_time"]].dtypes.map(
        pd.api.types.is_numeric_dtype
    ).all()  # fmt: skip
