"""Skills and organizations while a sheet is imported: found by any of their names, added where allowed."""

from __future__ import annotations

from collections.abc import Container, Iterable

from matcher.documents.faults import Suggester
from matcher.documents.words import plain
from matcher.domain.organization import Organization
from matcher.domain.skill import Skill, SkillIndex, skill_key

_SPOKEN = str.maketrans({"+": " plus ", "#": " sharp ", "&": " and ", "@": " at ", "%": " percent "})
_SEPARATORS = frozenset(" -_/.,:()'’")


def slug(text: str, taken: Container[str], otherwise: str) -> str:
    """An id made of a name: "Data analysis" -> "data-analysis", "C++" -> "c-plus-plus".

    A number is added when the id is taken, and when the name loses signs or letters, as another name might be
    what is left of it.
    """
    spoken = text.translate(_SPOKEN)
    base = "-".join("".join(c if c.isascii() else " " for c in plain(spoken)).split())[:100]
    lossless = base and all(
        c in _SEPARATORS or c.isspace() or (plain(c).isascii() and plain(c)) for c in spoken
    )
    number = 1 if lossless else 2
    base = base or otherwise
    found = base if lossless else f"{base}-1"
    while found in taken:
        found = f"{base}-{number}"
        number += 1
    return found


class SkillBook:
    """The skills of a network. With `closed` an unknown one is a fault, else it is added."""

    def __init__(self, skills: Iterable[Skill], closed: bool) -> None:
        self.skills = {skill.id: skill for skill in skills}
        self.added: list[Skill] = []
        self._index = SkillIndex(self.skills.values())
        self._new: dict[str, str] = {}
        self._closed = closed
        self._suggest = Suggester()

    def id_of(self, text: str) -> str | None:
        """The id of the skill that a text names, None when there is none yet."""
        return self._index.id_of(text) or self._new.get(skill_key(text))

    def knows(self, text: str) -> bool:
        """Whether a text names a skill of the network; not one added since, as row order must not matter."""
        return self._index.id_of(text) is not None

    def check(self, text: str) -> str:
        """What tells this skill from others; raises `ValueError` when it is unknown and none may be added."""
        found = self.id_of(text)
        if found is None and self._closed:
            names = (
                name for skill in self.skills.values() for name in (skill.name, skill.id, *skill.synonyms)
            )
            hint = self._suggest.hint(text, names)
            raise ValueError(
                f"there is no skill {text!r} in the network's list{hint or '; add it there first'}"
            )
        return found or skill_key(text)

    def take(self, text: str) -> str:
        """The id of the skill that a text names; it is added when it is new."""
        found = self.id_of(text)
        if found is None:
            found = slug(text, self.skills, "skill")
            skill = Skill(id=found, name=text)
            self.skills[found] = skill
            self.added.append(skill)
            # The new id is a name too, which a later text may use.
            self._new[skill_key(text)] = found
            self._new.setdefault(skill_key(found), found)
        return found


class OrganizationBook:
    """The organizations of a network. With `closed` an unknown one is a fault, else it is added."""

    def __init__(self, organizations: Iterable[Organization], closed: bool) -> None:
        self.organizations = {organization.id: organization for organization in organizations}
        self.added: list[Organization] = []
        self._closed = closed
        self._suggest = Suggester()
        self._ids: dict[str, str] = {}
        for organization in self.organizations.values():
            self._ids.setdefault(skill_key(organization.name), organization.id)
        for key in self.organizations:
            self._ids[skill_key(key)] = key

    def id_of(self, text: str) -> str | None:
        """The id of the organization that a text names by id or name, None when there is none yet."""
        return text if text in self.organizations else self._ids.get(skill_key(text))

    def check(self, text: str) -> None:
        """Raise `ValueError` when the organization is unknown and none may be added."""
        if self._closed and self.id_of(text) is None:
            names = (name for one in self.organizations.values() for name in (one.name, one.id))
            hint = self._suggest.hint(text, names)
            raise ValueError(
                f"there is no organization {text!r}{hint or '; add it to the organizations first'}"
            )

    def take(self, text: str) -> str:
        """The id of the organization that a text names; it is added when it is new."""
        found = self.id_of(text)
        if found is None:
            found = slug(text, self.organizations, "organization")
            organization = Organization(id=found, name=text)
            self.organizations[found] = organization
            self.added.append(organization)
            self._ids[skill_key(text)] = found
        return found
