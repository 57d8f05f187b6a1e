"""Who bears what: burdens of meetings person by person, and how much each person could bear at most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solvers.rota.times.option_kernel import borne
from solvers.rota.times.options import Flags, Index, Options, Whole


@dataclass(frozen=True)
class Loads:
    """Burdens above 0 of the meetings of some options, one row each: meeting, person, burden."""

    meeting: Index
    person: Index
    burden: Whole

    def within(self, inside: Flags, options: Options) -> Loads:
        """Those of the options `inside` (N,)."""
        keep = inside[options.option[self.meeting]]
        return Loads(self.meeting[keep], self.person[keep], self.burden[keep])

    def ranges(
        self, options: Options, inside: Flags, parted: Flags, base: Whole
    ) -> tuple[Whole, Whole, Whole]:
        """(least (n,), most (n,), needed (N,)): what everybody bears at least and at most over the options
        `inside`, beside `base` (n,); and the highest that anybody bears who has to, once an option is taken
        and all else is as light as can be."""
        n = options.instance.n_people
        least, most = base.copy(), base.copy()
        person, unit, low, high = self._by_unit(options, inside, parted)
        np.add.at(least, person, low)
        np.add.at(most, person, high)
        return least, most, self._needed(options, parted, n, least, person, unit, low)

    def _by_option(self, options: Options) -> tuple[Whole, Whole, Whole]:
        """(option, person, burden), each option and person once."""
        option = options.option[self.meeting].astype(np.int64)
        key = option * options.instance.n_people + self.person
        unique, where = np.unique(key, return_inverse=True)
        total = np.bincount(where, self.burden, len(unique)).astype(np.int64)
        return unique // options.instance.n_people, unique % options.instance.n_people, total

    def _by_unit(self, options: Options, inside: Flags, parted: Flags) -> tuple[Whole, Whole, Whole, Whole]:
        """(person, unit, least, most) for each person and unit where some option inside burdens them."""
        option, person, burden = self._by_option(options)
        keep = inside[option]
        option, person, burden = option[keep], person[keep], burden[keep]
        unit = options.unit[option].astype(np.int64)
        key = person * options.n_units + unit
        unique, where = np.unique(key, return_inverse=True)
        most = np.zeros(len(unique), np.int64)
        np.maximum.at(most, where, burden)
        least = np.full(len(unique), np.iinfo(np.int64).max)
        np.minimum.at(least, where, np.where(parted[option], 0, burden))
        every = np.bincount(options.unit[inside], minlength=options.n_units)
        listed = np.bincount(where, minlength=len(unique))
        least[listed < every[unique % options.n_units]] = 0
        return unique // options.n_units, unique % options.n_units, least, most

    def _needed(
        self, options: Options, parted: Flags, n: int, least: Whole, person: Whole, unit: Whole, low: Whole
    ) -> Whole:
        """(N,): highest load of anybody if this option is taken and everybody else bears their least."""
        out = np.zeros(len(options), np.int64)
        option, who, burden = self._by_option(options)
        key = person * options.n_units + unit
        order = np.argsort(key)
        wanted = who * options.n_units + options.unit[option]
        at = np.searchsorted(key[order], wanted)
        at = np.minimum(at, max(0, len(key) - 1))
        known = key[order][at] == wanted if len(key) else np.zeros(len(wanted), np.bool_)
        base = np.where(known, low[order][at], 0) if len(key) else np.zeros(len(wanted), np.int64)
        load = least[who] + np.where(parted[option], 0, burden - base)
        np.maximum.at(out, option, load)
        return out


def loads_of(options: Options, inside: Flags) -> Loads:
    """The burdens of the options `inside` (N,)."""
    meetings = np.flatnonzero(inside[options.option]).astype(np.int32)
    start, member = options.members
    group = options.unit_group[options.unit[options.option]]
    parts = []
    for length, worst in options.worst.items():
        chosen = meetings[options.length[meetings] == length]
        parts.append(
            borne(chosen, options.begin, group, start, member, options.runs, length,
                  options.instance.profile, worst)
        )  # fmt: skip
    if not parts:
        nothing = np.zeros(0, np.int32)
        return Loads(nothing, nothing, np.zeros(0, np.int64))
    meeting, person, burden = (np.concatenate([part[k] for part in parts]) for k in range(3))
    return Loads(meeting, person, burden)
