"""The network's list of skills."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from matcher.domain.base import Identifier, Model, Name
from matcher.domain.errors import Fault, InputError

Level = Annotated[int, Field(ge=1, le=5)]
Percent = Annotated[int, Field(ge=1, le=99)]


class RelatedSkill(Model):
    """Another skill that helps with this one; its offers count at `strength_percent` (1-99)."""

    skill: Identifier
    strength_percent: Percent = 50


class Skill(Model):
    """One skill. Synonyms and the name meet it too, whatever their case and spacing."""

    id: Identifier
    name: Name
    synonyms: tuple[Name, ...] = ()
    related: tuple[RelatedSkill, ...] = ()


class Offer(Model):
    """A skill that a member can pass on, at a level of 1 (has begun) to 5 (teaches others)."""

    skill: Identifier
    level: Level = 3


class Seek(Model):
    """A skill that a member wants: priority 1 (nice) to 5 (urgent), and the level of guide wished for."""

    skill: Identifier
    priority: Annotated[int, Field(ge=1, le=5)] = 3
    level: Level = 3


def skill_key(text: str) -> str:
    """The form under which names and synonyms are compared: case and runs of white space ignored."""
    return " ".join(text.casefold().split())


class SkillIndex:
    """Finds a skill by its id, its name or a synonym, whatever the case and spacing of the text.

    Raises `InputError`, one fault for each clash, when two skills claim one name.
    """

    def __init__(self, skills: Iterable[Skill]) -> None:
        self._found: dict[str, str] = {}
        self._owner: dict[str, str] = {}
        faults: list[Fault] = []
        for position, skill in enumerate(skills):
            self._found.setdefault(skill.id, skill.id)
            claims = [("id", skill.id), ("name", skill.name)]
            claims += [(f"synonyms[{k}]", text) for k, text in enumerate(skill.synonyms)]
            for field, text in claims:
                owner = self._owner.setdefault(skill_key(text), skill.id)
                if owner != skill.id:
                    reason = f"skill {skill.id!r} claims {text!r}, which skill {owner!r} claims already"
                    faults.append(Fault(path=f"skills[{position}].{field}", reason=reason))
        if faults:
            raise InputError("Two skills claim one name: remove it from one of them.", faults)

    def id_of(self, text: str) -> str | None:
        """The id of the skill that `text` names, None when there is none."""
        found = self._found.get(text)
        if found is None:
            found = self._owner.get(skill_key(text))
            if found is not None:
                self._found[text] = found
        return found
