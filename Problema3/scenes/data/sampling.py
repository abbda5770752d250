"""A sample of an inventory's images, each class in its proportion."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scenes.data.inventory import MIN_PER_CLASS, Inventory, Item, require_limit


def cut(inventory: Inventory, limit: int, seed: int) -> Inventory:
    """Keep ``limit`` training images, stratified, and test images in proportion.

    A larger limit with the same seed contains a smaller one.

    Raises:
        Problem: a limit under two images per class.
    """
    require_limit(limit, inventory.classes)
    if limit >= len(inventory.train):
        return inventory
    share = limit / len(inventory.train)
    tests = max(len(inventory.classes), round(share * len(inventory.test)))
    return replace(
        inventory,
        train=_sample(inventory.train, limit, MIN_PER_CLASS, seed),
        test=_sample(inventory.test, tests, 1, seed + 1),
    )


def cut_test(inventory: Inventory, limit: int, seed: int) -> Inventory:
    """Keep exactly ``limit`` test images, stratified; all where there are fewer."""
    if limit >= len(inventory.test):
        return inventory
    return replace(inventory, test=_sample(inventory.test, limit, 0, seed))


def _sample(items: tuple[Item, ...], total: int, least: int, seed: int) -> tuple[Item, ...]:
    labels = np.array([item.label for item in items])
    sizes = np.bincount(labels)
    wanted = quotas(sizes, total, least)
    rng = np.random.default_rng(seed)
    kept = [
        rng.permutation(np.flatnonzero(labels == label))[: wanted[label]]
        for label in range(len(sizes))
    ]
    return tuple(items[index] for index in np.sort(np.concatenate(kept)))


def quotas(sizes: np.ndarray, total: int, least: int) -> np.ndarray:
    """Divide ``total`` among the classes in proportion to ``sizes`` (largest remainders).

    Each class gets at least ``least`` and at most its size.
    """
    exact = sizes * total / sizes.sum()
    given = np.clip(np.floor(exact).astype(int), np.minimum(least, sizes), sizes)
    while given.sum() < total and (given < sizes).any():
        given[np.argmax(np.where(given < sizes, exact - given, -np.inf))] += 1
    while given.sum() > total and (given > least).any():
        given[np.argmax(np.where(given > least, given - exact, -np.inf))] -= 1
    return given
