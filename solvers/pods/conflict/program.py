"""Whether pods can be formed at all, as an integer program: each hard rule is rows that may be left out.

The rule on two pods of a member at one time is stated for members pinned to both only: where the program has
no answer there is none, but not the other way round.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from solvers.engine import NO_BOUND, Program
from solvers.pods.check.audit import meet_together
from solvers.pods.instance import PodsInstance


@dataclass(frozen=True, order=True)
class Element:
    """One thing that was set by hand, or one rule of one pod: what a conflict is made of.

    code: "pinned", "must_run", "most_broken", "apart", "together", or the code of a rule of the pod `pod`.
    members: whom it concerns. Numbers of the instance; pod -1 for none.
    """

    code: str
    pod: int = -1
    members: tuple[int, ...] = ()

    def name(self, instance: PodsInstance) -> str:
        """The element with ids: "pinned p1 m3"."""
        pod = [instance.pod_ids[self.pod]] if self.pod >= 0 else []
        return " ".join([self.code, *pod, *(instance.member_ids[i] for i in self.members)])


def elements(instance: PodsInstance, pods: Iterable[int]) -> list[Element]:
    """Everything that may clash in these pods: rules first, what was set by hand last."""
    chosen = sorted(set(pods))
    inside = set(chosen)
    out: list[Element] = []
    for p in chosen:
        pod = instance.pods[p]
        codes = ["size"]
        codes += ["organizations"] if pod.least_organizations > 1 else []
        codes += ["share"] if pod.most_share < 100 else []
        codes += ["sponsor"] if pod.presence != "any" else []
        codes += ["rivals"] if len(instance.rivals) else []
        codes += ["newcomers"] if instance.most_newcomers < 100 else []
        codes += ["veterans"] if instance.veteran_each else []
        codes += ["language"] if pod.languages else []
        codes += ["need"] if any(need.least for need in pod.needs) else []
        codes += ["slot"] if pod.rhythm >= 0 else []
        out += [Element(code, p) for code in codes]
    out += [Element("apart", members=(a, b)) for a, b in instance.apart.tolist()]
    out += [Element("together", members=(a, b)) for a, b in instance.together.tolist()]
    out += [Element("most_broken")] if instance.most_broken is not None else []
    out += [Element("must_run", p) for p in chosen if instance.pods[p].must_run]
    out += [Element("pinned", p, (i,)) for i, p in instance.pinned.rows() if p in inside]
    return out


class Model:
    """The program of some pods. Columns: member in pod (where eligible or pinned), pod runs, pod meets in
    slot, pod speaks language, organization present."""

    def __init__(self, instance: PodsInstance, pods: Iterable[int]) -> None:
        self.instance = instance
        self.pods = sorted(set(pods))
        self.pins = set(instance.pinned.rows())
        self._count = 0
        self.seat = {
            (int(i), p): self._column()
            for p in self.pods
            for i in np.flatnonzero(instance.eligible[:, p] | self._pinned_to(p))
        }
        self.runs = {p: self._column() for p in self.pods}
        self._rows: list[tuple[dict[int, int], int, int]] = []

    def _pinned_to(self, p: int) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        out = np.zeros(self.instance.n_members, bool)
        out[[i for i, q in self.pins if q == p]] = True
        return out

    def _column(self) -> int:
        self._count += 1
        return self._count - 1

    def _row(self, terms: dict[int, int], least: int = -NO_BOUND, most: int = NO_BOUND) -> None:
        self._rows.append((terms, least, most))

    def program(self, parts: Iterable[Element]) -> Program:
        """The program with the rows of these elements, and of eligibility, capacity and hours."""
        kept, count = list(self._rows), self._count
        self._people()
        for part in parts:
            self._state(part)
        rows, columns = self._rows, self._count
        self._rows, self._count = kept, count
        lengths = [len(terms) for terms, _, _ in rows]
        return Program(
            lower=np.zeros(columns, np.int64),
            upper=np.ones(columns, np.int64),
            row=np.repeat(np.arange(len(rows)), lengths).astype(np.int64),
            column=np.array([at for terms, _, _ in rows for at in terms], np.int64),
            coefficient=np.array([by for terms, _, _ in rows for by in terms.values()], np.int64),
            least=np.array([least for _, least, _ in rows], np.int64),
            most=np.array([most for _, _, most in rows], np.int64),
        )

    def _people(self) -> None:
        """Seats only in pods that run; capacity and hours of each member."""
        instance = self.instance
        own: dict[int, list[int]] = {}
        for (i, p), at in self.seat.items():
            own.setdefault(i, []).append(p)
            self._row({at: 1, self.runs[p]: -1}, most=0)
        for i, pods in own.items():
            if len(pods) > instance.room[i]:
                self._row({self.seat[i, p]: 1 for p in pods}, most=int(instance.room[i]))
            cost = {self.seat[i, p]: instance.pods[p].hours for p in pods if instance.pods[p].hours}
            if sum(cost.values()) > instance.hours_left[i]:
                self._row(cost, most=int(instance.hours_left[i]))

    def _state(self, part: Element) -> None:
        """The rows of one element."""
        if part.code == "pinned":
            self._row({self.seat[part.members[0], part.pod]: 1}, least=1)
        elif part.code == "must_run":
            self._row({self.runs[part.pod]: 1}, least=1)
        elif part.code == "most_broken":
            kept = {self.seat[i, p]: 1 for i, p in self.instance.previous.rows() if (i, p) in self.seat}
            most = self.instance.most_broken or 0
            self._row(kept, least=len(self.instance.previous) - most)
        elif part.code in ("apart", "together"):
            self._two(part)
        else:
            self._of_pod(part.code, part.pod)

    def _two(self, part: Element) -> None:
        a, b = part.members
        for p in self.pods:
            one, other = self.seat.get((a, p)), self.seat.get((b, p))
            if part.code == "apart":
                if one is not None and other is not None:
                    self._row({one: 1, other: 1}, most=1)
            elif one is not None and other is not None:
                self._row({one: 1, other: -1}, 0, 0)
            else:
                for at in (one, other):
                    if at is not None:
                        self._row({at: 1}, most=0)

    def _of_pod(self, code: str, p: int) -> None:
        instance, pod, run = self.instance, self.instance.pods[p], self.runs[p]
        seats = {i: at for (i, q), at in self.seat.items() if q == p}
        everyone = dict.fromkeys(seats.values(), 1)
        new = [at for i, at in seats.items() if instance.newcomer[i]]
        if code == "size":
            self._row({**everyone, run: -pod.least}, least=0)
            self._row({**everyone, run: -pod.most}, most=0)
        elif code in ("organizations", "share", "sponsor", "rivals"):
            self._organizations(code, p, seats)
        elif code == "newcomers":
            parts = dict.fromkeys(seats.values(), -instance.most_newcomers)
            self._row({**parts, **dict.fromkeys(new, 100 - instance.most_newcomers)}, most=0)
        elif code == "veterans":
            net = {at: int(instance.veteran[i]) - int(instance.newcomer[i]) for i, at in seats.items()}
            self._row({at: by for at, by in net.items() if by}, least=0)
        elif code == "language":
            speaks = {k: self._column() for k in pod.languages}
            self._row({**dict.fromkeys(speaks.values(), 1), run: -1}, 0, 0)
            for i, at in seats.items():
                if (i, p) not in self.pins:
                    shared = {speaks[k]: -1 for k in pod.languages if instance.speaks[i, k]}
                    self._row({at: 1, **shared}, most=0)
        elif code == "need":
            for need in pod.needs:
                able = {at: 1 for i, at in seats.items() if instance.able[i, need.ability]}
                if need.least:
                    self._row({**able, run: -need.least}, least=0)
        else:
            self._slots(p, seats)

    def _organizations(self, code: str, p: int, seats: dict[int, int]) -> None:
        instance, pod, run = self.instance, self.instance.pods[p], self.runs[p]
        of: dict[int, list[int]] = {}
        for i, at in seats.items():
            of.setdefault(int(instance.organization[i]), []).append(at)
        if code == "organizations":
            there = {k: self._column() for k in of}
            for k, ats in of.items():
                self._row({there[k]: 1, **dict.fromkeys(ats, -1)}, most=0)
            self._row({**dict.fromkeys(there.values(), 1), run: -pod.least_organizations}, least=0)
        elif code == "share":
            for ats in of.values():
                parts = dict.fromkeys(seats.values(), -pod.most_share)
                self._row({**parts, **dict.fromkeys(ats, 100 - pod.most_share)}, most=0)
        elif code == "sponsor":
            ats = of.get(pod.sponsor, [])
            if pod.presence == "present":
                self._row({**dict.fromkeys(ats, 1), run: -1}, least=0)
            else:
                self._row(dict.fromkeys(ats, 1), most=0)
        else:
            present: dict[int, int] = {}
            for k in sorted({k for pair in instance.rivals.tolist() for k in pair} & set(of)):
                present[k] = self._column()
                for at in of[k]:
                    self._row({at: 1, present[k]: -1}, most=0)
            for a, b in instance.rivals.tolist():
                if a in present and b in present:
                    self._row({present[a]: 1, present[b]: 1}, most=1)

    def _slots(self, p: int, seats: dict[int, int]) -> None:
        instance, pod = self.instance, self.instance.pods[p]
        rhythm = instance.rhythms[pod.rhythm]
        slots = [pod.slot] if pod.slot >= 0 else range(rhythm.n_slots)
        meets = {s: self._column() for s in slots}
        self._row({**dict.fromkeys(meets.values(), 1), self.runs[p]: -1}, 0, 0)
        for i, at in seats.items():
            if (i, p) not in self.pins:
                self._row({at: 1, **{meets[s]: -1 for s in slots if rhythm.half[i, s]}}, most=0)
        slack = pod.quorum * pod.most
        for s in slots:
            net = {at: 100 * int(rhythm.always[i, s]) - pod.quorum for i, at in seats.items()}
            self._row({**{at: by for at, by in net.items() if by}, meets[s]: -slack}, least=-slack)
        for q in self.pods:
            if q < p and instance.pods[q].slot >= 0:
                both = any((i, p) in self.pins and (i, q) in self.pins for i in seats)
                for s in slots if both else ():
                    if meet_together(instance, p, s, q, instance.pods[q].slot):
                        self._row({meets[s]: 1}, most=0)
