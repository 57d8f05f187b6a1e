"""One pass over the people of a network into columns of numbers; no member object is kept."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable
from hashlib import blake2b

import numpy as np

from matcher.candidates.context import Context, Person, bars_repeat
from matcher.candidates.pack import AVOID, FORBIDDEN, REPEAT, RUNNING, Array, starts
from matcher.candidates.points import wish_points
from matcher.candidates.rules import BIT, CODES, leave_days, places_of, roles_of
from matcher.domain.errors import Fault, InputError
from matcher.domain.history import EndedPair
from matcher.domain.member import Member, Role, Status
from matcher.domain.skill import skill_key

ON_LEAVE, ROLE, CAPACITY = (1 << BIT[code] for code in ("on_leave", "role", "capacity"))
EXACT_ROWS = 4096
"""Up to so many distinct rows of free time, every two of them have an entry in the table of common slots."""

COLUMNS = (
    *("number", "seniority", "l_rules", "g_rules", "need", "capacity"),
    *("min_load", "waited", "hours", "unit", "row"),
)
"""What `Columns` notes of each member, one number each."""


class Columns:
    """What one pass leaves: one entry per member who has not left, in document order, and lists end to end.

    `lists` holds, under each name, the values of all members; `ends` where each member's own end.
    """

    def __init__(self, frame: Context) -> None:
        self.frame = frame
        self.numbers: dict[str, int] = {}
        self.organization = array("i")
        self._table = array("i")
        self.lists: defaultdict[str, array[int]] = defaultdict(lambda: array("i"))
        self.ends: defaultdict[str, array[int]] = defaultdict(lambda: array("q"))
        self.left_out: list[tuple[str, str, str]] = []
        self.special = array("i")
        self.wished = array("i")
        self.met = array("i")
        self.running: list[tuple[int, int]] = []
        self.pulses = array("i")
        self.languages: dict[str, int] = {}
        self.goals: dict[str, int] = {}
        self.units: dict[str, int] = {}
        self.organizations = {one.id: k for k, one in enumerate(frame.header.organizations)}
        self.rows = _Rows(frame)
        self._most_wish = frame.policy.maxima.wishes
        for pin in frame.program.pins:
            if pin.must == "not_pair":
                self.special.extend((self.number(pin.learner), self.number(pin.guide), FORBIDDEN))

    def read(self, people: Iterable[Person]) -> Columns:
        """Take in every record; raises `InputError` for a member of an unknown organization or skill."""
        for record in people:
            if isinstance(record, Member):
                self._member(record)
                continue
            learner, guide = self.number(record.learner), self.number(record.guide)
            self.met.extend((learner, guide))
            barred = False
            if isinstance(record, EndedPair):
                barred = bars_repeat(record, self.frame.policy.repeat_after_cycles)
                if record.pulse is not None:
                    self.pulses.extend((guide, record.pulse))
            elif record.rematch:
                barred = True
            elif record.kind is self.frame.kind:
                self.special.extend((learner, guide, RUNNING))
                self.running.append((learner, guide))
            if barred:
                self.special.extend((learner, guide, REPEAT, guide, learner, REPEAT))
        return self

    def number(self, identifier: str) -> int:
        """The number of a person, given at first mention."""
        found = self.numbers.get(identifier)
        if found is None:
            found = self.numbers[identifier] = len(self.numbers)
            self.organization.append(-1)
        return found

    def table(self, name: str) -> Array:
        """One of `COLUMNS` as numbers."""
        return np.array(self._table, np.int32).reshape(-1, len(COLUMNS))[:, COLUMNS.index(name)].copy()

    def ragged(self, name: str) -> tuple[Array, Array]:
        """One list column: where each member's list begins, and the values."""
        ends = np.array(self.ends[name], np.int64)
        return starts(np.diff(ends, prepend=0)), np.array(self.lists[name], np.int32)

    def _member(self, member: Member) -> None:
        number = self.number(member.id)
        organization = self.organizations.get(member.organization)
        if organization is None:
            fault = Fault(
                f"member {member.id}.organization", f"names {member.organization!r}, which is not listed"
            )
            raise InputError(f"{fault}: add it to the organizations.", (fault,))
        self.organization[number] = organization
        rules = self._rules(member)
        if rules is None:
            return
        unit = -1
        if member.unit is not None:
            unit = self.units.setdefault(f"{member.organization}/{member.unit}", len(self.units))
        self._table.extend(
            (
                number,
                member.seniority,
                *rules,
                places_of(self.frame, member, Role.LEARNER),
                places_of(self.frame, member, Role.GUIDE),
                member.capacities.min_learners,
                member.waited_cycles,
                member.hours_per_month,
                unit,
                self.rows.of(member),
            )
        )
        skills = self.frame.skills
        self._list(
            "language", [self.languages.setdefault(tag, len(self.languages)) for tag in member.languages]
        )
        self._list("goal", [self.goals.setdefault(skill_key(goal), len(self.goals)) for goal in member.goals])
        sought, offered = f"member {member.id}.seeks", f"member {member.id}.offers"
        self._list("seek_skill", [skills.number(seek.skill, sought) for seek in member.seeks])
        self._list("seek_level", [seek.level for seek in member.seeks])
        self._list("seek_priority", [seek.priority for seek in member.seeks])
        self._list("offer_skill", [skills.number(offer.skill, offered) for offer in member.offers])
        self._list("offer_level", [offer.level for offer in member.offers])
        self._relations(number, member)

    def _relations(self, number: int, member: Member) -> None:
        """Wishes and avoids, each for both directions a pair of the two could have."""
        for other in member.avoids:
            also = self.number(other)
            self.special.extend((number, also, AVOID, also, number, AVOID))
        half = self._most_wish // 2
        for position, other in enumerate(member.prefers):
            if other not in member.prefers[:position]:
                also = self.number(other)
                self.wished.extend((number, also, wish_points(self._most_wish - half, position)))
                self.wished.extend((also, number, wish_points(half, position)))

    def _rules(self, member: Member) -> tuple[int, int] | None:
        """Masks of the member rules against both roles, None for one who left; notes who is left out."""
        roles = roles_of(member)
        left = member.status is Status.LEFT
        away = 0
        if member.leave and not left:
            days = leave_days(self.frame.program.cycle, member) * 100
            away = ON_LEAVE if days > self.frame.policy.most_leave_percent * self.frame.calendar.days else 0
        masks = []
        for role in Role:
            mask = away | (0 if role in roles else ROLE)
            mask |= 0 if places_of(self.frame, member, role) > 0 else CAPACITY
            masks.append(mask)
            if role in roles and (left or mask):
                code = "left" if left else CODES[(mask & -mask).bit_length() - 1]
                self.left_out.append((member.id, role.value, code))
        return None if left else (masks[0], masks[1])

    def _list(self, name: str, values: Iterable[int]) -> None:
        listed = self.lists[name]
        listed.extend(values)
        self.ends[name].append(len(listed))


class _Rows:
    """Distinct rows of free slots; a row's kind is its weekly template, less busy time and leave."""

    def __init__(self, frame: Context) -> None:
        self._calendar = frame.calendar
        self._words = -(-frame.calendar.n_slots // 64)
        self._bytes = bytearray()
        self._kind = array("i")
        self._lost = array("i")
        self._of_template: dict[int, int] = {}
        self._of_rest: dict[tuple[int, bytes], int] = {}

    def of(self, member: Member) -> int:
        """The number of the member's row."""
        template = self._calendar.template(member)
        kind = self._of_template.get(template)
        if kind is None:
            kind = self._of_template[template] = self._append(template, len(self._kind), 0)
        if not template or not (member.busy or member.leave):
            return kind
        rest = template & ~self._calendar.taken(member.time_zone, member.busy, member.leave)
        if rest == template:
            return kind
        key = (kind, blake2b(rest.to_bytes(self._words * 8, "little"), digest_size=16).digest())
        found = self._of_rest.get(key)
        if found is None:
            lost = (template ^ rest).bit_count()
            found = self._of_rest[key] = self._append(rest, kind, lost)
        return found

    def _append(self, slots: int, kind: int, lost: int) -> int:
        self._bytes += slots.to_bytes(self._words * 8, "little")
        self._kind.append(kind)
        self._lost.append(lost)
        return len(self._kind) - 1

    def arrays(self) -> tuple[Array, Array, Array, Array]:
        """Rows (d, words), the kind of each (0..), slots lost against it, and one row of each kind."""
        rows = (
            np.frombuffer(self._bytes, np.dtype("<u8")).astype(np.uint64, copy=False).reshape(-1, self._words)
        )
        if len(rows) <= EXACT_ROWS:
            each = np.arange(len(rows), dtype=np.int32)
            return rows, each, np.zeros(len(rows), np.int32), each
        own = np.array(self._kind, np.int32)
        of_kind = np.unique(own)
        return rows, np.searchsorted(of_kind, own).astype(np.int32), np.array(self._lost, np.int32), of_kind
