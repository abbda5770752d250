"""What the published report says of its network, on a split of its own: the figure to beat."""

from __future__ import annotations

REPORT_MAE = 1.675  # index points, mean absolute error on its test rows
