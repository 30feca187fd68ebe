"""What the names of files tell: their running numbers, which belong together, which are darks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

_NUMBER = re.compile(r"(?<!\.bz)([0-9]+)")
_DARK = re.compile(r"dark(?![-_ ]?field)", re.IGNORECASE)
_DARK_WORDS = {"bg", "bkg", "background"}
_REFERENCE_WORDS = {"ref", "refs", "refhst", "flat", "flats", "flatfield"}

Numbered = tuple[list[str], Path]
"""A file, and the numbers in its name."""


@dataclass(frozen=True)
class NameSeries:
    """Files whose names differ in their running number only.

    Attributes
    ----------
    pattern : str
        Their common name, with ``*`` for the running number.
    files : tuple of pathlib.Path
        In the order of their numbers.
    numbers : tuple of str
        The running number of each; empty where there is none.
    """

    pattern: str
    files: tuple[Path, ...]
    numbers: tuple[str, ...] = ()

    def __str__(self) -> str:
        n_files = len(self.files)
        return f"{self.pattern} ({n_files} file{'s' * (n_files != 1)})"

    @property
    def is_dark(self) -> bool:
        """Whether the name says dark images; dark-field images are none."""
        return bool(_DARK.search(self.pattern) or self._words & _DARK_WORDS)

    @property
    def is_reference(self) -> bool:
        """Whether the name says images without the sample, as tomography takes them."""
        return bool(self._words & _REFERENCE_WORDS)

    @property
    def gaps(self) -> list[str]:
        """Running numbers that have no file, e.g. ``["0002", "0007 to 0009"]``."""
        values = sorted({int(number) for number in self.numbers})
        steps = [after - before for before, after in pairwise(values)]
        width = min(map(len, self.numbers), default=0)
        found = []
        for before, step in zip(values, steps, strict=False):
            if step > min(steps):
                ends = (before + min(steps), before + step - min(steps))
                found.append(" to ".join(dict.fromkeys(f"{end:0{width}d}" for end in ends)))
        return found

    @property
    def _words(self) -> set[str]:
        return set(re.findall(r"[a-z]+", self.pattern.lower()))


def natural_order(name: str) -> list[tuple[int, str]]:
    """Key that sorts names by the numbers in them.

    Examples
    --------
    >>> sorted(["layer_10.h5", "layer_9.h5", "layer_b.h5"], key=natural_order)
    ['layer_9.h5', 'layer_10.h5', 'layer_b.h5']
    """
    parts = re.split(r"([0-9]+)", name)
    return [(int(part), "") if index % 2 else (-1, part) for index, part in enumerate(parts)]


def group_by_name(files: Sequence[Path]) -> list[NameSeries]:
    """Part files into series by their names, each in the order of its running number.

    The running number is the last that differs; files that differ in another number too are of
    different series, unless that number is another in each file, as an angle in the name is.

    Examples
    --------
    >>> names = [f"layer{layer}_{i:02d}.edf" for layer in (1, 2) for i in range(3)]
    >>> [str(series) for series in group_by_name([Path(name) for name in names])]
    ['layer1_*.edf (3 files)', 'layer2_*.edf (3 files)']
    """
    alike = defaultdict(list)
    several = len({file.parent for file in files}) > 1
    for file in files:
        parts = _NUMBER.split(file.name)
        folder = f"{file.parent.name}/" if several else ""
        alike[file.parent, (folder + parts[0], *parts[2::2])].append((parts[1::2], file))
    series = [one for (_, text), members in alike.items() for one in _series(text, members)]
    return sorted(series, key=lambda one: one.pattern)


def as_one_series(files: Sequence[Path], pattern: str) -> NameSeries | None:
    """All files as one series, where the pattern has a ``*`` for each number that differs."""
    split = [_NUMBER.split(file.name) for file in files]
    members = [(parts[1::2], file) for parts, file in zip(split, files, strict=True)]
    alike = {(file.parent, *parts[::2]) for parts, file in zip(split, files, strict=True)}
    if len(alike) > 1:
        return None
    if len(_varying(members)) > pattern.count("*"):
        return None
    return NameSeries(pattern, tuple(file for _, file in sorted(members, key=_all_numbers)))


def _series(text: tuple[str, ...], members: list[Numbered]) -> list[NameSeries]:
    if not members[0][0]:
        return [NameSeries(text[0], (file,)) for _, file in members]
    varying = _varying(members)
    running = next(
        place
        for place in reversed(range(len(members[0][0])))
        if place in varying or place == 0 or _counts_from_zero(members[0][0][place])
    )
    groups = defaultdict(list)
    for numbers, file in members:
        groups[(*numbers[:running], *numbers[running + 1 :])].append((numbers, file))
    if running in varying and len(groups) == len(members):
        return [_named(text, members, varying)]
    return [_named(text, group, [running]) for group in groups.values()]


def _named(text: tuple[str, ...], members: list[Numbered], stars: list[int]) -> NameSeries:
    """One series in the order of the number of `stars` with most values in the shortest range."""
    columns = {place: {int(numbers[place]) for numbers, _ in members} for place in stars}
    running = max(stars, key=lambda place: (len(columns[place]), -_range(columns[place])))
    members = sorted(members, key=_all_numbers)
    members.sort(key=lambda member: int(member[0][running]))
    numbers = members[0][0]
    shown = ["*" if place in stars else numbers[place] for place in range(len(numbers))]
    pattern = "".join(part for pair in zip(text, [*shown, ""], strict=True) for part in pair)
    files = tuple(file for _, file in members)
    return NameSeries(pattern, files, tuple(numbers[running] for numbers, _ in members))


def _varying(members: Sequence[Numbered]) -> list[int]:
    columns = zip(*(numbers for numbers, _ in members), strict=True)
    return [place for place, column in enumerate(columns) if len(set(column)) > 1]


def _range(values: set[int]) -> int:
    return max(values) - min(values)


def _counts_from_zero(number: str) -> bool:
    """Whether a number looks like the first of a series, e.g. ``0000``."""
    return len(number) >= 3 and int(number) <= 1


def _all_numbers(member: Numbered) -> tuple[list[int], str]:
    return [int(number) for number in member[0]], member[1].name
