"""The images, what is for training and what for testing, and how training images are changed."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import settings

FILE = Path(__file__).with_name("digits.csv.gz")
CLASSES = 10
SIDE = 8
PIXELS = SIDE * SIDE
INK = 16  # a pixel counts the dark ones of 4 by 4 in the scan
TEST_EVERY = 5


@dataclass(frozen=True)
class Split:
    """Images as rows of 64 numbers from 0 (paper) to 1 (ink), and the digits they show."""

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray


def load(fraction: float) -> Split:
    """Return the fixed split of the 1,797 images, with ``fraction`` of its training images.

    Of each digit's images, in the file's order, every fifth is for testing: no seed has a say, the
    digits are as frequent on both sides, and every writer is on both sides.
    """
    table = np.loadtxt(FILE, delimiter=",", dtype=np.uint8)
    images = table[:, :-1].astype(np.float32) / INK
    labels = table[:, -1].astype(np.intp)
    rank = _rank_in_class(labels)
    test = rank % TEST_EVERY == 0
    train = ~test & _leading(labels, rank, test, fraction)
    return Split(images[train], labels[train], images[test], labels[test])


def _rank_in_class(labels: np.ndarray) -> np.ndarray:
    """Return for each image how many of its digit come before it."""
    rank = np.empty_like(labels)
    for digit in range(CLASSES):
        where = np.flatnonzero(labels == digit)
        rank[where] = np.arange(len(where))
    return rank


def _leading(labels: np.ndarray, rank: np.ndarray, test: np.ndarray, fraction: float) -> np.ndarray:
    """Mark the first ``fraction`` of each digit's training images, at least one of each."""
    keep = np.zeros(len(labels), dtype=bool)
    for digit in range(CLASSES):
        where = np.flatnonzero((labels == digit) & ~test)
        keep[where[: max(1, round(fraction * len(where)))]] = True
    return keep


def with_label_noise(
    labels: np.ndarray, fraction: float, random: np.random.Generator
) -> np.ndarray:
    """Return the labels, of which ``fraction`` are another digit than they were."""
    noisy = labels.copy()
    wrong = random.permutation(len(labels))[: round(fraction * len(labels))]
    noisy[wrong] = (noisy[wrong] + random.integers(1, CLASSES, len(wrong))) % CLASSES
    return noisy


def augmented(images: np.ndarray, how: settings.Data, random: np.random.Generator) -> np.ndarray:
    """Return the images, each shifted by up to ``how.shift`` pixels and with noise added."""
    changed = _shifted(images, how.shift, random) if how.shift else images
    if how.noise:
        noise = random.standard_normal(images.shape, dtype=np.float32)
        changed = np.clip(changed + np.float32(how.noise) * noise, 0, 1)
    return changed


def _shifted(images: np.ndarray, most: float, random: np.random.Generator) -> np.ndarray:
    """Shift each image on its own by parts of a pixel; what comes in at the edge is paper."""
    count = len(images)
    margin = math.ceil(most)
    edges = ((0, 0), (margin, margin), (margin, margin))
    padded = np.pad(images.reshape(count, SIDE, SIDE), edges)
    shifts = random.uniform(0, 2 * most, (2, count, 1)).astype(np.float32) + (margin - most)
    down, right = (_interpolation(shift, padded.shape[1]) for shift in shifts)
    return (down @ padded @ right.transpose(0, 2, 1)).reshape(count, -1)


def _interpolation(shift: np.ndarray, length: int) -> np.ndarray:
    """Return one matrix per shift that reads SIDE pixels, from ``shift`` on, out of ``length``."""
    position = shift[:, :, np.newaxis] + np.arange(SIDE, dtype=np.float32).reshape(1, SIDE, 1)
    return np.maximum(0, 1 - np.abs(position - np.arange(length, dtype=np.float32)))
