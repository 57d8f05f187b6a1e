"""One row of a members' sheet to the fields of a member, as plain data that JSON can hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import ValidationError

from matcher.documents import cells
from matcher.documents.books import OrganizationBook, SkillBook
from matcher.documents.faults import reason_of, shown
from matcher.documents.headings import ColumnMapping, Columns
from matcher.documents.sheet import Row
from matcher.documents.words import STATUS, TRAINING
from matcher.domain.errors import Fault
from matcher.domain.member import Member
from matcher.domain.skill import Offer, Seek, skill_key

Fields = dict[str, Any]

_CAPACITIES = ("guides_wanted", "learners", "min_learners")
_SKILLS = ("offers", "seeks")
_MOST_CACHED = 100_000
_TEXTS = ("name", "first_name", "last_name", "organization", "unit", "region")
_READ: dict[str, Callable[[str], Any]] = {
    "email": str.strip,
    "country": cells.country,
    "text_language": cells.language,
    "goals": cells.texts,
    "languages": cells.languages,
    "time_zone": cells.time_zone,
    "availability": cells.availability,
    "night_ok": cells.yes_no,
    "caregiver": cells.yes_no,
    "seniority": cells.seniority,
    "sessions_attended": cells.whole,
    "roles": cells.roles,
    "hours_per_month": cells.whole,
    "prefers": cells.names,
    "avoids": cells.names,
    "waited_cycles": cells.whole,
    "training": lambda cell: cells.one_of(cell, TRAINING, "training"),
    "status": lambda cell: cells.one_of(cell, STATUS, "status"),
}


class RowReader:
    """Reads rows by their columns, the mapping's defaults and the known skills and organizations."""

    def __init__(
        self,
        headings: Sequence[str],
        columns: Columns,
        mapping: ColumnMapping,
        skills: SkillBook,
        organizations: OrganizationBook,
    ) -> None:
        self._columns = [
            (field, headings[position], position) for field, position in columns.positions.items()
        ]
        self._headings = {field: heading for field, heading, _ in self._columns}
        self._defaults = mapping.defaults
        self._absent = [field for field in mapping.defaults if field not in columns.positions]
        self._date_format = mapping.date_format
        self._skills = skills
        self._entries: dict[str, dict[str, Offer | Seek]] = {field: {} for field in _SKILLS}
        self._organizations = organizations

    def heading(self, field: str) -> str:
        """What the sheet calls a field; for capacities and names any of the columns they come from."""
        parts = {
            "name": ("name", "last_name", "first_name"),
            "capacities": (*_CAPACITIES, "as_guide"),
            "id": ("id", "email"),
        }
        for name in parts.get(field, (field,)):
            if name in self._headings:
                return self._headings[name]
        return field

    def key(self, row: Row) -> str:
        """The row's id: its id cell, else its e-mail address in small letters; empty when it has neither."""
        for field, _, position in self._columns:
            if field == "id":
                return row.cells[position].strip()
        return next((row.cells[p].strip().lower() for field, _, p in self._columns if field == "email"), "")

    def read(self, row: Row, key: str, with_defaults: bool) -> tuple[Fields, list[Fault]]:
        """The fields that the row's cells fill, and what is wrong with the others.

        `with_defaults` fills empty cells and absent columns with the mapping's defaults.
        """
        fields: Fields = {"id": key}
        faults: list[Fault] = []
        listed = [(field, heading, row.cells[position].strip()) for field, heading, position in self._columns]
        if with_defaults:
            listed = [(f, heading, cell or self._defaults.get(f, "")) for f, heading, cell in listed]
            listed += [(field, f"default of {field}", self._defaults[field]) for field in self._absent]
        for field, heading, cell in listed:
            if cell and field != "id":
                try:
                    self._take(field, cell, fields)
                except ValueError as error:
                    faults.append(Fault(heading, str(error), row.line))
        first, last = fields.pop("first_name", ""), fields.pop("last_name", "")
        if (first or last) and "name" not in fields:
            fields["name"] = f"{first} {last}".strip()
        return fields, faults

    def _take(self, field: str, cell: str, fields: Fields) -> None:
        if field in _READ:
            fields[field] = _READ[field](cell)
        elif field in _TEXTS:
            text = " ".join(cell.split())
            if field == "organization":
                self._organizations.check(text)
                text = self._organizations.id_of(text) or text
            fields[field] = text
        elif field in _SKILLS:
            fields[field] = self._skill_list(cell, field)
        elif field in ("as_guide", "as_learner"):
            if not cells.yes_no(cell):
                fields.setdefault("capacities", {})[
                    "learners" if field == "as_guide" else "guides_wanted"
                ] = 0
        elif field in _CAPACITIES:
            fields.setdefault("capacities", {}).setdefault(field, cells.whole(cell))
        elif field == "joined":
            fields[field] = cells.day(cell, self._date_format)
        elif field == "leave":
            fields[field] = cells.leave(cell, self._date_format)
        else:
            fields.setdefault("attributes", {})[field.removeprefix("attributes.")] = cell

    def _skill_list(self, cell: str, field: str) -> list[Offer | Seek | Fields]:
        """Offers or seeks by the ids of their skills; an entry whose skill is new is left as it was read."""
        cached = self._entries[field]
        entries = [cached.get(text) or self._skill_entry(text, field) for text in cells.skill_texts(cell)]
        if len({entry.skill for entry in entries if not isinstance(entry, dict)}) == len(entries):
            return entries
        seen: set[str] = set()
        for entry in entries:
            skill = self._skills.check(entry["skill"]) if isinstance(entry, dict) else entry.skill
            if skill in seen:
                name = entry["skill"] if isinstance(entry, dict) else self._skills.skills[skill].name
                raise ValueError(f"names the skill {shown(name)} twice")
            seen.add(skill)
        return entries

    def _skill_entry(self, text: str, field: str) -> Offer | Seek | Fields:
        """One entry, kept for other rows once its skill has an id."""
        entry = cells.skill(text, self._skills.knows, with_priority=field == "seeks")
        found = self._skills.id_of(entry["skill"])
        if found is None:
            return entry
        cached = self._entries[field]
        if len(cached) >= _MOST_CACHED:
            cached.clear()
        known = cached[text] = (Seek if field == "seeks" else Offer)(**entry | {"skill": found})
        return known

    def member(self, fields: Fields, line: int) -> Member | list[Fault]:
        """The member that complete fields make, or what keeps them from being one."""
        try:
            return Member.model_validate(fields)
        except ValidationError as error:
            faults: list[Fault] = []
            for details in error.errors(include_url=False):
                top = str(details["loc"][0]) if details["loc"] else ""
                reason = reason_of(details, Member)
                if details["type"] == "missing" and self.heading(top) == top:
                    reason = "is missing, and the sheet has no column for it"
                faults.append(Fault(self.heading(top) if top else "", reason, line))
            return faults

    def names_new(self, fields: Fields) -> bool:
        """Whether a row names a skill or an organization that has no id yet."""
        if "organization" in fields and fields["organization"] not in self._organizations.organizations:
            return True
        return any(dict in map(type, fields.get(field, ())) for field in _SKILLS)

    def settle(self, fields: Fields, line: int) -> list[Fault]:
        """Add the skills and organizations that are new, and put ids for their names; for rows good so far.

        Two spellings of one new skill are only seen here: such a row is bad after all.
        """
        faults: list[Fault] = []
        if "organization" in fields:
            fields["organization"] = self._organizations.take(fields["organization"])
        for field in _SKILLS:
            entries = fields.get(field, ())
            taken = {entry.skill for entry in entries if not isinstance(entry, dict)}
            for entry in entries:
                if isinstance(entry, dict):
                    text = entry["skill"]
                    entry["skill"] = self._skills.take(text)
                    if entry["skill"] in taken:
                        told = f"names the skill {shown(text)} twice"
                        faults.append(Fault(self.heading(field), told, line))
                    taken.add(entry["skill"])
        return faults


class People:
    """Everybody who can be wished for or avoided: found by id, e-mail address or a name that only one has."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self._by_email: dict[str, str] = {}
        self._by_name: dict[str, str | None] = {}

    def add(self, member_id: str, email: str | None, name: str) -> None:
        """Note one person."""
        self.ids.add(member_id)
        if email:
            self._by_email.setdefault(email.casefold(), member_id)
        key = skill_key(name)
        self._by_name[key] = None if self._by_name.get(key, member_id) != member_id else member_id

    def remove(self, member_id: str, email: str | None, name: str) -> None:
        """Forget one person."""
        self.ids.discard(member_id)
        if email and self._by_email.get(email.casefold()) == member_id:
            del self._by_email[email.casefold()]
        if self._by_name.get(skill_key(name)) == member_id:
            del self._by_name[skill_key(name)]

    def by_email(self, email: str) -> str | None:
        """The id of the person with an e-mail address."""
        return self._by_email.get(email.casefold())

    def find(self, text: str) -> str:
        """The id of the person a text names. Raises `ValueError` when there is none, or more than one."""
        if text in self.ids:
            return text
        found = self._by_email.get(text.casefold()) or self._by_name.get(skill_key(text))
        if found is not None:
            return found
        if skill_key(text) in self._by_name:
            raise ValueError(f"more than one person is called {text!r}: write the id")
        raise ValueError(f"there is no member {text!r} by id, e-mail address or name")
