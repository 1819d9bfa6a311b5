"""Whether two configurations differ, with the noise of all of them: moderated t-tests."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ksweep.analysis.best import copies
from ksweep.analysis.distributions import t_chances
from ksweep.analysis.moderation import moderated
from ksweep.analysis.noise import holm, known_chances, samples_of

MODERATED_TEST = "moderated t-tests (Smyth), two-sided, with Holm's correction"


def moderated_chances(
    samples: Sequence[Sequence[float]], pairs: Sequence[tuple[int, int]], noises: Sequence[int]
) -> list[float | None]:
    """How probable so large a difference is between equals, corrected for the number of pairs.

    Copies of one run count as one, whose noise is what the samples have in common.

    Args:
        samples: finite values, run by run.
        pairs: the places of two samples each.
        noises: the number of its noise for each sample; those of one number share it.

    Returns:
        One a pair; None where no sample has any noise, or one of the two has no value.
    """
    import numpy as np

    levels, noise_of = samples_of(samples), np.array(noises, dtype=np.int64)
    counts = np.where(copies(levels), 1, levels.counts)
    freedom = np.bincount(noise_of, np.maximum(counts - 1, 0)).astype(np.int64)
    squares = np.bincount(noise_of, np.where(counts > 1, levels.squares, 0.0))
    noise = moderated(squares / np.maximum(freedom, 1), freedom)
    if noise is None or not pairs:
        return [None] * len(pairs)
    one, other = np.array(pairs).T
    errors = np.where(counts > 0, noise.variances[noise_of] / np.maximum(counts, 1), np.nan)
    apart, error = levels.means[one] - levels.means[other], errors[one] + errors[other]
    freedoms, of_other = noise.freedom[noise_of[one]], noise.freedom[noise_of[other]]
    if not math.isinf(noise.prior_freedom):
        share = errors[one] / error
        apart_freedoms = 1 / (share**2 / freedoms + (1 - share) ** 2 / of_other)
        freedoms = np.where(noise_of[one] == noise_of[other], freedoms, apart_freedoms)
    known = ~np.isnan(error)
    found = np.full(len(pairs), np.nan)
    found[known] = t_chances(apart[known] / np.sqrt(error[known]), freedoms[known])
    return known_chances(holm(found))
