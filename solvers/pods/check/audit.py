"""Every hard rule of a pods instance, re-checked without the solver. Nothing unaudited leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from solvers.faults import Violation
from solvers.pods.check.score import groups
from solvers.pods.instance import WEEK_MINUTES, Index, PodsInstance, Seats


@dataclass(frozen=True)
class Case:
    """An instance with the seats and slots to check; `groups` and `pins` are what most rules look at."""

    instance: PodsInstance
    seats: Seats
    slot: Index

    @cached_property
    def groups(self) -> list[list[int]]:
        """Members of each pod."""
        return groups(self.instance, self.seats)

    @cached_property
    def pins(self) -> set[tuple[int, int]]:
        """The pinned seats."""
        return set(self.instance.pinned.rows())

    def free(self, p: int) -> list[int]:
        """Members of pod p whom no pin put there."""
        return [i for i in self.groups[p] if (i, p) not in self.pins]

    def running(self) -> Iterator[tuple[int, list[int]]]:
        """Number and members of each pod that runs."""
        return ((p, members) for p, members in enumerate(self.groups) if members)

    def of_member(self) -> dict[int, list[int]]:
        """Pods of each member who has one."""
        out: dict[int, list[int]] = {}
        for i, p in sorted(self.seats.rows()):
            out.setdefault(i, []).append(p)
        return out

    def about_pod(self, code: str, p: int, what: str, *members: int) -> Violation:
        """A rule that one pod breaks."""
        name = self.instance.pod_ids[p]
        ids = (name, *(self.instance.member_ids[i] for i in members))
        return Violation(code, f"Pod {name!r} {what}.", ids)

    def about_member(self, code: str, i: int, what: str) -> Violation:
        """A rule that one member breaks."""
        name = self.instance.member_ids[i]
        return Violation(code, f"Member {name!r} {what}.", (name,))


Rule = Callable[[Case], Iterator[Violation]]


def check(instance: PodsInstance, seats: Seats, slot: Index) -> list[Violation]:
    """Every broken hard rule, in the order of `RULES`; empty when the answer is clean.

    Seats that do not exist, or are listed twice, are all that is told of where there are any.
    """
    case = Case(instance, seats, slot)
    unclear = list(_known(instance, seats, slot)) or list(once(case))
    if unclear:  # the other rules count by number
        return unclear
    return [violation for rule in RULES for violation in rule(case)]


def _known(instance: PodsInstance, seats: Seats, slot: Index) -> Iterator[Violation]:
    if len(seats.member) != len(seats.pod) or len(slot) != instance.n_pods:
        yield Violation("columns", "Members, pods and slots are not of one length.")
        return
    for i, p in seats.rows():
        if not (0 <= i < instance.n_members and 0 <= p < instance.n_pods):
            yield Violation("unknown", f"Seat ({i}, {p}) is of a member or pod that does not exist.")
    for p, (pod, s) in enumerate(zip(instance.pods, slot.tolist(), strict=True)):
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
    held = set(case.seats.rows())
    for i, p in sorted(case.pins - held):
        yield case.about_pod("pinned", p, "lacks a member who is pinned to it", i)


def capacities(case: Case) -> Iterator[Violation]:
    """Nobody is in more pods than they have room for."""
    for i, pods in case.of_member().items():
        if len(pods) > case.instance.room[i]:
            most = int(case.instance.room[i])
            yield case.about_member("capacity", i, f"is in {len(pods)} pods, at most {most} are allowed")


def hours(case: Case) -> Iterator[Violation]:
    """Nobody's pods take more hours than they have left."""
    for i, pods in case.of_member().items():
        taken = sum(case.instance.pods[p].hours for p in pods)
        if taken > case.instance.hours_left[i]:
            most = int(case.instance.hours_left[i])
            yield case.about_member("hours", i, f"gives {taken} hours to pods, {most} are left")


def sizes(case: Case) -> Iterator[Violation]:
    """A pod that runs has a size within its bounds; one that must run does."""
    for p, (pod, members) in enumerate(zip(case.instance.pods, case.groups, strict=True)):
        if not members:
            if pod.must_run:
                yield case.about_pod("must_run", p, "must run, but has no members")
        elif not pod.least <= len(members) <= pod.most:
            yield case.about_pod("size", p, f"has {len(members)} members, not {pod.least} to {pod.most}")


def organizations(case: Case) -> Iterator[Violation]:
    """A pod spans enough organizations, none has too large a share, and its sponsor is there, or is not."""
    instance = case.instance
    for p, members in case.running():
        pod = instance.pods[p]
        count = Counter(int(instance.organization[i]) for i in members)
        if len(count) < pod.least_organizations:
            yield case.about_pod(
                "organizations", p, f"spans {len(count)} organizations, needs {pod.least_organizations}"
            )
        for k, number in sorted(count.items()):
            if number * 100 > pod.most_share * len(members):
                name = instance.organization_ids[k]
                yield case.about_pod(
                    "share",
                    p,
                    f"has {number} of {len(members)} members from {name!r}, above {pod.most_share} percent",
                )
        if pod.presence == "present" and pod.sponsor not in count:
            yield case.about_pod("sponsor", p, "has nobody of its sponsor")
        if pod.presence == "absent" and pod.sponsor in count:
            yield case.about_pod("sponsor", p, "has people of its sponsor, who must stay away")


def rivals(case: Case) -> Iterator[Violation]:
    """No two organizations that compete share a pod."""
    instance = case.instance
    for p, members in case.running():
        present = {int(instance.organization[i]) for i in members}
        for a, b in instance.rivals.tolist():
            if a in present and b in present:
                names = f"{instance.organization_ids[a]!r} and {instance.organization_ids[b]!r}"
                yield case.about_pod("rivals", p, f"joins the competitors {names}")


def apart(case: Case) -> Iterator[Violation]:
    """No two members who must be apart share a pod."""
    for p, members in case.running():
        inside = set(members)
        for a, b in case.instance.apart.tolist():
            if a in inside and b in inside:
                yield case.about_pod("apart", p, "joins two members who must be apart", a, b)


def together(case: Case) -> Iterator[Violation]:
    """Members who belong together are in the same pods."""
    for p, members in case.running():
        inside = set(members)
        for a, b in case.instance.together.tolist():
            if (a in inside) != (b in inside):
                yield case.about_pod("together", p, "parts two members who belong together", a, b)


def newcomers(case: Case) -> Iterator[Violation]:
    """Newcomers are no larger a part than allowed, and each has a veteran where that is asked for."""
    instance = case.instance
    for p, members in case.running():
        new = sum(bool(instance.newcomer[i]) for i in members)
        old = sum(bool(instance.veteran[i]) for i in members)
        if new * 100 > instance.most_newcomers * len(members):
            yield case.about_pod(
                "newcomers",
                p,
                f"has {new} newcomers of {len(members)}, above {instance.most_newcomers} percent",
            )
        if instance.veteran_each and old < new:
            yield case.about_pod("veterans", p, f"has {new} newcomers, but {old} veterans")


def languages(case: Case) -> Iterator[Violation]:
    """All members but pinned ones speak one of the pod's languages."""
    instance = case.instance
    for p, _ in case.running():
        allowed, members = instance.pods[p].languages, case.free(p)
        if allowed and not any(all(instance.speaks[i, k] for i in members) for k in allowed):
            yield case.about_pod("language", p, "has no language that all its members speak")


def needs(case: Case) -> Iterator[Violation]:
    """A pod has as many members with an ability as it must have."""
    for p, members in case.running():
        for k, need in enumerate(case.instance.pods[p].needs):
            able = sum(bool(case.instance.able[i, need.ability]) for i in members)
            if able < need.least:
                yield case.about_pod("need", p, f"has {able} members for its need {k}, at least {need.least}")


def slots(case: Case) -> Iterator[Violation]:
    """A pod with a rhythm meets when its quorum always can, and each but pinned ones half of the time."""
    instance = case.instance
    for p, members in case.running():
        pod, s = instance.pods[p], int(case.slot[p])
        if pod.rhythm < 0:
            continue
        if s < 0:
            yield case.about_pod("slot", p, "has no meeting time")
            continue
        if pod.slot not in (-1, s):
            yield case.about_pod("slot", p, f"meets in slot {s}, not in {pod.slot} as it must")
        rhythm = instance.rhythms[pod.rhythm]
        for i in case.free(p):
            if not rhythm.half[i, s]:
                yield case.about_pod("half", p, "meets when a member can come to less than half", i)
        always = sum(bool(rhythm.always[i, s]) for i in members)
        if always * 100 < pod.quorum * len(members):
            yield case.about_pod(
                "quorum", p, f"has {always} of {len(members)} who can always come, below {pod.quorum} percent"
            )


def two_places(case: Case) -> Iterator[Violation]:
    """Nobody's pods meet at the same time, whatever the weeks."""
    for i, pods in case.of_member().items():
        for k, p in enumerate(pods):
            for q in pods[:k]:
                if meet_together(case.instance, p, int(case.slot[p]), q, int(case.slot[q])):
                    name = case.instance.pod_ids
                    yield case.about_member("two_places", i, f"is in {name[q]!r} and {name[p]!r} at one time")


def breaks(case: Case) -> Iterator[Violation]:
    """No more previous seats are broken than allowed."""
    most = case.instance.most_broken
    if most is not None:
        broken = set(case.instance.previous.rows()) - set(case.seats.rows())
        if len(broken) > most:
            yield Violation("most_broken", f"{len(broken)} previous seats are broken, at most {most} may be.")


def meet_together(instance: PodsInstance, p: int, s: int, q: int, t: int) -> bool:
    """Whether pod p in slot s and pod q in slot t overlap in a week that has both; -1 overlaps nothing."""
    if s < 0 or t < 0:
        return False
    one, other = instance.rhythms[instance.pods[p].rhythm], instance.rhythms[instance.pods[q].rhythm]
    gap = (int(other.start[t]) - int(one.start[s])) % WEEK_MINUTES
    return gap < one.minutes or WEEK_MINUTES - gap < other.minutes


RULES: tuple[Rule, ...] = (
    eligible,
    pins_present,
    capacities,
    hours,
    sizes,
    organizations,
    rivals,
    apart,
    together,
    newcomers,
    languages,
    needs,
    slots,
    two_places,
    breaks,
)
