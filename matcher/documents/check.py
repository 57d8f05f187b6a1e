"""References inside a network document: every id that is named exists, once; no wish contradicts itself."""

from __future__ import annotations

from collections.abc import Container, Sequence

from matcher.documents.faults import FaultList, Suggester
from matcher.documents.header import HeaderCheck
from matcher.domain.history import EndedPair, RunningPair
from matcher.domain.member import Member
from matcher.domain.network import Network, NetworkHeader


class ReferenceCheck:
    """Checks a network part by part, in document order, keeping ids only.

    Feed it `member`, `ended` and `running` once for each part, then `finish`; faults gather in `faults`.
    With `lines` the parts are numbered by their 1-based line of a JSON Lines file, else by their position
    in the document's lists. `known` are ids of members who are there besides, and may be named or replaced.
    """

    def __init__(
        self, header: NetworkHeader, faults: FaultList, lines: bool = False, known: Container[str] = ()
    ) -> None:
        self.faults = faults
        self._lines = lines
        self._known = known
        self._suggest = Suggester()
        self._header = HeaderCheck(header, faults, self._suggest)
        self._header.run()
        self._members: dict[str, int] = {}
        self._running: set[tuple[str, str, str]] = set()
        self._unseen: list[tuple[str, str, int]] = []
        self._units: set[str] | None = set() if self._header.unit_quotas else None

    def seen(self, member_id: str, number: int) -> None:
        """Note the id of a member who cannot be checked, so that others may still name them."""
        self._members.setdefault(member_id, number)
        self._units = None

    def member(self, member: Member, number: int) -> None:
        """Check one member."""
        first = self._members.setdefault(member.id, number)
        if first != number:
            self._add(
                "members", number, "id", f"{member.id!r} is also the id of {self._name('members', first)}"
            )
        known = self._header
        if member.organization not in known.organizations:
            reason = known.unknown_organization(member.organization)
            self._add("members", number, "organization", reason)
        elif self._units is not None and member.unit is not None:
            self._units.add(f"{member.organization}/{member.unit}")
        if member.offers:
            self._skills([offer.skill for offer in member.offers], "offers", number)
        if member.seeks:
            self._skills([seek.skill for seek in member.seeks], "seeks", number)
        if member.prefers or member.avoids:
            self._wishes(member, number)
        for position, wish in enumerate(member.wishes):
            if wish not in known.pods:
                hint = self._suggest.hint(wish, known.pods)
                reason = f"there is no problem or circle {wish!r}{hint}"
                self._add("members", number, f"wishes[{position}]", reason)
            elif wish in member.wishes[:position]:
                reason = f"{wish!r} is wished for before: remove one of the two"
                self._add("members", number, f"wishes[{position}]", reason)

    def ended(self, pair: EndedPair, number: int) -> None:
        """Check one ended pair."""
        self._pair(pair, "ended", number)

    def running(self, pair: RunningPair, number: int) -> None:
        """Check one running pair."""
        self._pair(pair, "running", number)
        key = (pair.learner, pair.guide, pair.kind.value)
        if key in self._running:
            reason = f"the pair {pair.learner!r}, {pair.guide!r} runs already: remove one of the two"
            self._add("running", number, "", reason)
        self._running.add(key)

    def finish(self) -> None:
        """Check what could only be known with all members read: wishes, pins, sponsors, quotas on units."""
        self.finish_wishes()
        self._header.finish(self._members, self._unknown_member, self._units)

    def finish_wishes(self) -> None:
        """Check whom the members wish for or avoid."""
        for wish, path, number in self._unseen:
            if wish not in self._members:
                self._add("members", number, path, self._unknown_member(wish))

    def _skills(self, names: Sequence[str], field: str, number: int) -> None:
        found: dict[str, int] = {}
        for position, name in enumerate(names):
            skill = self._header.skill_id(name)
            if skill is None:
                reason = self._header.unknown_skill(name)
                self._add("members", number, f"{field}[{position}].skill", reason)
                continue
            first = found.setdefault(skill, position)
            if first != position:
                reason = f"{name!r} is the skill of {field}[{first}] again: remove one of them"
                self._add("members", number, f"{field}[{position}].skill", reason)

    def _wishes(self, member: Member, number: int) -> None:
        for field, wishes in (("prefers", member.prefers), ("avoids", member.avoids)):
            for position, wish in enumerate(wishes):
                path = f"{field}[{position}]"
                if wish == member.id:
                    self._add("members", number, path, f"{wish!r} is the member's own id: remove it")
                elif wish not in self._members and wish not in self._known:
                    self._unseen.append((wish, path, number))
        for both in sorted(set(member.prefers).intersection(member.avoids)):
            position = member.avoids.index(both)
            reason = f"{both!r} is in prefers as well: a person is wished for or avoided, not both"
            self._add("members", number, f"avoids[{position}]", reason)

    def _pair(self, pair: EndedPair | RunningPair, field: str, number: int) -> None:
        for side, person in (("learner", pair.learner), ("guide", pair.guide)):
            if person not in self._members:
                where = "; members come before the pairs that name them" if self._lines else ""
                self._add(field, number, side, self._unknown_member(person) + where)
        if pair.learner == pair.guide:
            self._add(field, number, "guide", f"{pair.guide!r} is the learner too: a pair is two people")

    def _unknown_member(self, member_id: str) -> str:
        return f"there is no member {member_id!r}{self._suggest.hint(member_id, self._members)}"

    def _name(self, field: str, number: int) -> str:
        return f"line {number}" if self._lines else f"{field}[{number}]"

    def _add(self, field: str, number: int, path: str, reason: str) -> None:
        if self._lines:
            one = "member" if field == "members" else field
            self.faults.add(f"{one}.{path}" if path else one, reason, number)
        else:
            self.faults.add(f"{field}[{number}].{path}" if path else f"{field}[{number}]", reason)


def check_network(network: Network, faults: FaultList) -> None:
    """Check all references of a whole network; faults gather in `faults`."""
    check = ReferenceCheck(network, faults)
    for number, member in enumerate(network.members):
        check.member(member, number)
    for number, ended in enumerate(network.ended):
        check.ended(ended, number)
    for number, running in enumerate(network.running):
        check.running(running, number)
    check.finish()
