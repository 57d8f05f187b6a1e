"""Every hard rule of a pods instance, re-checked without the solver. Nothing unaudited leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from solvers.faults import Violation
from solvers.pods.check.score import groups
from solvers.pods.instance import WEEK_MINUTES, Index, Pod, PodsInstance, Seats


@dataclass(frozen=True)
class Group:
    """Pod `p` of an instance with members (at least one), its slot (-1: none), and who is pinned to it."""

    instance: PodsInstance
    p: int
    members: Sequence[int]
    slot: int
    pinned: Set[int] = frozenset()

    @property
    def pod(self) -> Pod:
        """Its rules."""
        return self.instance.pods[self.p]

    @property
    def free(self) -> list[int]:
        """Members whom no pin put there."""
        return [i for i in self.members if i not in self.pinned]

    @cached_property
    def organizations(self) -> Counter[int]:
        """Members of each organization."""
        return Counter(int(self.instance.organization[i]) for i in self.members)

    def broken(self, code: str, what: str, *members: int) -> Violation:
        """A rule that it breaks."""
        name = self.instance.pod_ids[self.p]
        ids = (name, *(self.instance.member_ids[i] for i in members))
        return Violation(code, f"Pod {name!r} {what}.", ids)


@dataclass(frozen=True)
class Case:
    """An instance with the seats and slots to check, and what the rules look at."""

    instance: PodsInstance
    seats: Seats
    slot: Index

    @cached_property
    def members(self) -> list[list[int]]:
        """Members of each pod."""
        return groups(self.instance, self.seats)

    @cached_property
    def pins(self) -> set[tuple[int, int]]:
        """The pinned seats."""
        return set(self.instance.pinned.rows())

    @cached_property
    def pods_of(self) -> dict[int, list[int]]:
        """Pods of each member who has one."""
        out: dict[int, list[int]] = {}
        for i, p in sorted(self.seats.rows()):
            out.setdefault(i, []).append(p)
        return out

    def running(self) -> Iterator[Group]:
        """Each pod that runs."""
        pinned: dict[int, set[int]] = {}
        for i, p in self.pins:
            pinned.setdefault(p, set()).add(i)
        for p, members in enumerate(self.members):
            if members:
                yield Group(self.instance, p, members, int(self.slot[p]), pinned.get(p, frozenset()))

    def about_pod(self, code: str, p: int, what: str, *members: int) -> Violation:
        """A rule that one pod breaks."""
        return Group(self.instance, p, self.members[p], int(self.slot[p])).broken(code, what, *members)

    def about_member(self, code: str, i: int, what: str) -> Violation:
        """A rule that one member breaks."""
        name = self.instance.member_ids[i]
        return Violation(code, f"Member {name!r} {what}.", (name,))


Rule = Callable[[Case], Iterator[Violation]]
GroupRule = Callable[[Group], Iterator[Violation]]


def check(instance: PodsInstance, seats: Seats, slot: Index) -> list[Violation]:
    """Every broken hard rule, in the order of `RULES` and then `GROUP_RULES`; empty when all is clean.

    Seats that do not exist, or are listed twice, are all that is told of where there are any.
    """
    case = Case(instance, seats, slot)
    unclear = list(_known(case)) or list(once(case))
    if unclear:  # the other rules count by number
        return unclear
    return [
        *(violation for rule in RULES for violation in rule(case)),
        *(violation for group in case.running() for violation in check_group(group)),
    ]


def check_group(group: Group) -> Iterator[Violation]:
    """Every rule that one pod breaks, whatever the others are."""
    for rule in GROUP_RULES:
        yield from rule(group)


def _known(case: Case) -> Iterator[Violation]:
    instance, seats = case.instance, case.seats
    if len(seats.member) != len(seats.pod) or len(case.slot) != instance.n_pods:
        yield Violation("columns", "Members, pods and slots are not of one length.")
        return
    for i, p in seats.rows():
        if not (0 <= i < instance.n_members and 0 <= p < instance.n_pods):
            yield Violation("unknown", f"Seat ({i}, {p}) is of a member or pod that does not exist.")
    for p, (pod, s) in enumerate(zip(instance.pods, case.slot.tolist(), strict=True)):
        slots = instance.rhythms[pod.rhythm].n_slots if pod.rhythm >= 0 else 0
        if not -1 <= s < slots:
            yield Violation("unknown", f"Slot {s} of pod {instance.pod_ids[p]!r} does not exist.")


def once(case: Case) -> Iterator[Violation]:
    """No seat is listed twice."""
    for (i, p), count in Counter(case.seats.rows()).items():
        if count > 1:
            yield case.about_pod("duplicate", p, f"lists one member {count} times", i)


def eligible(case: Case) -> Iterator[Violation]:
    """Each seat is eligible or pinned."""
    for i, p in case.seats.rows():
        if not case.instance.eligible[i, p] and (i, p) not in case.pins:
            yield case.about_pod("not_eligible", p, "has a member who is not eligible, and not pinned", i)


def pins_present(case: Case) -> Iterator[Violation]:
    """Every pinned seat is there."""
    for i, p in sorted(case.pins - set(case.seats.rows())):
        yield case.about_pod("pinned", p, "lacks a member who is pinned to it", i)


def must_run(case: Case) -> Iterator[Violation]:
    """Pods that must run have members."""
    for p, pod in enumerate(case.instance.pods):
        if pod.must_run and not case.members[p]:
            yield case.about_pod("must_run", p, "must run, but has no members")


def capacities(case: Case) -> Iterator[Violation]:
    """Nobody is in more pods than they have room for."""
    for i, pods in case.pods_of.items():
        most = int(case.instance.room[i])
        if len(pods) > most:
            yield case.about_member("capacity", i, f"is in {len(pods)} pods, at most {most} are allowed")


def hours(case: Case) -> Iterator[Violation]:
    """Nobody's pods take more hours than they have left."""
    for i, pods in case.pods_of.items():
        taken, most = sum(case.instance.pods[p].hours for p in pods), int(case.instance.hours_left[i])
        if taken > most:
            yield case.about_member("hours", i, f"gives {taken} hours to pods, {most} are left")


def two_places(case: Case) -> Iterator[Violation]:
    """Nobody's pods meet at the same time, whatever the weeks."""
    for i, pods in case.pods_of.items():
        for k, p in enumerate(pods):
            for q in pods[:k]:
                if meet_together(case.instance, p, int(case.slot[p]), q, int(case.slot[q])):
                    name = case.instance.pod_ids
                    yield case.about_member("two_places", i, f"is in {name[q]!r} and {name[p]!r} at once")


def breaks(case: Case) -> Iterator[Violation]:
    """No more previous seats are broken than allowed."""
    most = case.instance.most_broken
    if most is not None:
        broken = set(case.instance.previous.rows()) - set(case.seats.rows())
        if len(broken) > most:
            yield Violation("most_broken", f"{len(broken)} previous seats are broken, at most {most} may be.")


def size(group: Group) -> Iterator[Violation]:
    """A pod that runs has a size within its bounds."""
    pod, count = group.pod, len(group.members)
    if not pod.least <= count <= pod.most:
        yield group.broken("size", f"has {count} members, not {pod.least} to {pod.most}")


def organizations(group: Group) -> Iterator[Violation]:
    """It spans enough organizations."""
    count, least = len(group.organizations), group.pod.least_organizations
    if count < least:
        yield group.broken("organizations", f"spans {count} organizations, needs {least}")


def share(group: Group) -> Iterator[Violation]:
    """No organization has too large a part of it."""
    count, most = len(group.members), group.pod.most_share
    for k, number in sorted(group.organizations.items()):
        if number * 100 > most * count:
            name = group.instance.organization_ids[k]
            yield group.broken(
                "share", f"has {number} of {count} members from {name!r}, above {most} percent"
            )


def sponsor(group: Group) -> Iterator[Violation]:
    """Its sponsor's people are there, or are not, as it asks."""
    pod = group.pod
    there = pod.sponsor in group.organizations
    if pod.presence == "present" and not there:
        yield group.broken("sponsor", "has nobody of its sponsor")
    if pod.presence == "absent" and there:
        yield group.broken("sponsor", "has people of its sponsor, who must stay away")


def rivals(group: Group) -> Iterator[Violation]:
    """No two organizations that compete share it."""
    names = group.instance.organization_ids
    for a in sorted(group.organizations):
        for b in sorted(group.instance.rivals_of.get(a, ())):
            if a < b and b in group.organizations:
                yield group.broken("rivals", f"joins the competitors {names[a]!r} and {names[b]!r}")


def apart(group: Group) -> Iterator[Violation]:
    """No two members who must be apart share it."""
    inside = set(group.members)
    for a in sorted(inside):
        for b in sorted(group.instance.apart_from.get(a, set()) & inside):
            if a < b:
                yield group.broken("apart", "joins two members who must be apart", a, b)


def together(group: Group) -> Iterator[Violation]:
    """Those who belong together are all in it, or none."""
    inside = set(group.members)
    for a in sorted(inside):
        for b in sorted(group.instance.together_with.get(a, set()) - inside):
            yield group.broken("together", "parts two members who belong together", a, b)


def newcomers(group: Group) -> Iterator[Violation]:
    """Newcomers are no larger a part than allowed."""
    instance, count = group.instance, len(group.members)
    new = sum(bool(instance.newcomer[i]) for i in group.members)
    if new * 100 > instance.most_newcomers * count:
        most = instance.most_newcomers
        yield group.broken("newcomers", f"has {new} newcomers of {count}, above {most} percent")


def veterans(group: Group) -> Iterator[Violation]:
    """Each newcomer has a veteran, where that is asked for."""
    if group.instance.veteran_each:
        new = sum(bool(group.instance.newcomer[i]) for i in group.members)
        old = sum(bool(group.instance.veteran[i]) for i in group.members)
        if old < new:
            yield group.broken("veterans", f"has {new} newcomers, but {old} veterans")


def language(group: Group) -> Iterator[Violation]:
    """All members but pinned ones speak one of its languages."""
    allowed, speaks = group.pod.languages, group.instance.speaks
    if allowed and not any(all(speaks[i, k] for i in group.free) for k in allowed):
        yield group.broken("language", "has no language that all its members speak")


def needs(group: Group) -> Iterator[Violation]:
    """It has as many members with an ability as it must have."""
    for k, need in enumerate(group.pod.needs):
        able = sum(bool(group.instance.able[i, need.ability]) for i in group.members)
        if able < need.least:
            yield group.broken("need", f"has {able} members for its need {k}, at least {need.least}")


def meeting(group: Group) -> Iterator[Violation]:
    """A pod with a rhythm has a slot, and the one it must meet in where that is fixed."""
    if group.pod.rhythm >= 0 and group.slot < 0:
        yield group.broken("slot", "has no meeting time")
    elif group.pod.slot not in (-1, group.slot):
        yield group.broken("slot", f"meets in slot {group.slot}, not in {group.pod.slot} as it must")


def attendance(group: Group) -> Iterator[Violation]:
    """Its quorum can come to every session, and each but pinned members to at least half of them."""
    if group.pod.rhythm < 0 or group.slot < 0:
        return
    rhythm, count = group.instance.rhythms[group.pod.rhythm], len(group.members)
    for i in group.free:
        if not rhythm.half[i, group.slot]:
            yield group.broken("half", "meets when a member can come to less than half", i)
    always = sum(bool(rhythm.always[i, group.slot]) for i in group.members)
    if always * 100 < group.pod.quorum * count:
        quorum = group.pod.quorum
        yield group.broken("quorum", f"has {always} of {count} who can always come, below {quorum} percent")


def meet_together(instance: PodsInstance, p: int, s: int, q: int, t: int) -> bool:
    """Whether pod p in slot s and pod q in slot t overlap in a week that has both; -1 overlaps nothing."""
    if s < 0 or t < 0:
        return False
    one, other = instance.rhythms[instance.pods[p].rhythm], instance.rhythms[instance.pods[q].rhythm]
    gap = (int(other.start[t]) - int(one.start[s])) % WEEK_MINUTES
    return gap < one.minutes or WEEK_MINUTES - gap < other.minutes


RULES: tuple[Rule, ...] = (eligible, pins_present, must_run, capacities, hours, two_places, breaks)

GROUP_RULES: tuple[GroupRule, ...] = (
    size,
    organizations,
    share,
    sponsor,
    rivals,
    apart,
    together,
    newcomers,
    veterans,
    language,
    needs,
    meeting,
    attendance,
)
