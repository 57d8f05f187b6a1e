"""References inside a network's header: skills, organizations, policies, programs, problems, circles."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Protocol

from matcher.documents.faults import FaultList, Suggester
from matcher.documents.pods import check_people, check_pods
from matcher.documents.rota import check_rota, rota_people
from matcher.documents.rounds import check_rounds, round_people
from matcher.domain.errors import InputError
from matcher.domain.network import NetworkHeader
from matcher.domain.policy import Policy
from matcher.domain.program import Program
from matcher.domain.skill import Skill, SkillIndex, skill_key


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


class HeaderCheck:
    """What a header names, and its faults. `run` needs the header only, `finish` the members' ids too."""

    def __init__(self, header: NetworkHeader, faults: FaultList, suggest: Suggester) -> None:
        self.header = header
        self.organizations = {organization.id for organization in header.organizations}
        self.pods = {one.id for one in header.problems} | {one.id for one in header.circles}
        self.groups = {organization.group for organization in header.organizations if organization.group}
        self.unit_quotas = any(
            quota.scope == "unit" for policy in header.policies for quota in policy.pairs.quotas
        )
        self._faults = faults
        self._suggest = suggest
        self._policies = {policy.id for policy in header.policies}
        self._find = _finder(header.skills, faults)
        self._skill_ids: dict[str, str | None] = {}

    def run(self) -> None:
        """Check everything that the header alone can tell."""
        header = self.header
        self._unique("organizations", header.organizations)
        self._unique("policies", header.policies)
        self._unique("programs", header.programs)
        for field in (
            *("problems", "circles", "forums", "running_pods", "ended_pods"),
            *("running_rounds", "ended_rounds"),
        ):
            self._unique(field, getattr(header, field))
        for position, skill in enumerate(header.skills):
            self._skill(skill, f"skills[{position}]")
        for position, organization in enumerate(header.organizations):
            for k, competitor in enumerate(organization.competitors):
                path = f"organizations[{position}].competitors[{k}]"
                if competitor == organization.id:
                    self._faults.add(path, f"{competitor!r} is the organization itself: remove it")
                elif competitor not in self.organizations:
                    self._faults.add(path, self.unknown_organization(competitor))
        for position, policy in enumerate(header.policies):
            self._policy(policy, f"policies[{position}].pairs")
        for position, program in enumerate(header.programs):
            self._program(program, f"programs[{position}]")
        for position, problem in enumerate(header.problems):
            for k, need in enumerate(problem.needs):
                if self.skill_id(need.skill) is None:
                    path = f"problems[{position}].needs[{k}].skill"
                    self._faults.add(path, self.unknown_skill(need.skill))
        check_pods(header, self._faults, self._suggest, self.skill_id, self.unknown_skill)
        check_rota(header, self._faults, self._suggest, self.skill_id, self.unknown_skill)
        check_rounds(header, self._faults)

    def finish(
        self, members: Collection[str], unknown_member: Callable[[str], str], units: Collection[str] | None
    ) -> None:
        """Check pins, sponsors and quotas on units against all members (`units` None: not all are known)."""
        for position, program in enumerate(self.header.programs):
            for k, pin in enumerate(program.pins):
                for side, person in (("learner", pin.learner), ("guide", pin.guide)):
                    if person not in members:
                        self._faults.add(f"programs[{position}].pins[{k}].{side}", unknown_member(person))
        check_people(self.header, members, unknown_member, self._faults)
        for path, member in (*rota_people(self.header), *round_people(self.header)):
            if member not in members:
                self._faults.add(path, unknown_member(member))
        for position, problem in enumerate(self.header.problems):
            if problem.sponsor not in self.organizations and problem.sponsor not in members:
                reason = f"there is no organization or member {problem.sponsor!r}"
                hint = self._suggest.hint(problem.sponsor, self.organizations)
                self._faults.add(f"problems[{position}].sponsor", reason + hint)
        for position, policy in enumerate(self.header.policies):
            for k, quota in enumerate(policy.pairs.quotas):
                if quota.scope == "unit" and units is not None and quota.id not in units:
                    path = f"policies[{position}].pairs.quotas[{k}].id"
                    reason = f"no member has the unit {quota.id!r} (written organization-id/unit-name)"
                    self._faults.add(path, reason + self._suggest.hint(quota.id, units))

    def skill_id(self, text: str) -> str | None:
        """The id of the skill that a text names by id, name or synonym; None when there is none."""
        try:
            return self._skill_ids[text]
        except KeyError:
            found = self._skill_ids[text] = self._find(text)
            return found

    def unknown_skill(self, text: str) -> str:
        """Say that there is no such skill, and which one may have been meant."""
        known = (name for skill in self.header.skills for name in (skill.name, skill.id, *skill.synonyms))
        hint = self._suggest.hint(text, known)
        return f"there is no skill {text!r} by id, name or synonym{hint or '; add it to skills'}"

    def unknown_organization(self, text: str) -> str:
        """Say that there is no such organization, and which one may have been meant."""
        key = skill_key(text)
        for organization in self.header.organizations:
            if key in (skill_key(organization.name), skill_key(organization.id)):
                return f"there is no organization with the id {text!r}; its id is {organization.id!r}"
        hint = self._suggest.hint(text, self.organizations)
        return f"there is no organization {text!r}{hint or '; add it to organizations'}"

    def _unique(self, field: str, things: Iterable[_HasId]) -> None:
        seen: dict[str, int] = {}
        for position, thing in enumerate(things):
            first = seen.setdefault(thing.id, position)
            if first != position:
                self._faults.add(
                    f"{field}[{position}].id", f"{thing.id!r} is also the id of {field}[{first}]"
                )

    def _skill(self, skill: Skill, path: str) -> None:
        for k, related in enumerate(skill.related):
            found = self.skill_id(related.skill)
            if found is None:
                self._faults.add(f"{path}.related[{k}].skill", self.unknown_skill(related.skill))
            elif found == skill.id:
                self._faults.add(
                    f"{path}.related[{k}].skill", f"{related.skill!r} is the skill itself: remove it"
                )

    def _policy(self, policy: Policy, path: str) -> None:
        balance = policy.pairs.give_and_take
        for organization in sorted(balance.slack_of) if balance is not None else ():
            if organization not in self.organizations:
                place = f"{path}.give_and_take.slack_of.{organization}"
                self._faults.add(place, self.unknown_organization(organization))
        for k, quota in enumerate(policy.pairs.quotas):
            place = f"{path}.quotas[{k}].id"
            if quota.scope == "organization" and quota.id not in self.organizations:
                self._faults.add(place, self.unknown_organization(quota.id))
            elif quota.scope == "group" and quota.id not in self.groups:
                hint = self._suggest.hint(quota.id, self.groups)
                self._faults.add(place, f"no organization has the group {quota.id!r}{hint}")

    def _program(self, program: Program, path: str) -> None:
        if program.policy not in self._policies:
            listed = ", ".join(repr(policy.id) for policy in self.header.policies[:10])
            reason = f"there is no policy {program.policy!r}; the document has {listed}"
            self._faults.add(f"{path}.policy", reason)
        if not program.kinds:
            self._faults.add(f"{path}.kinds", "is empty: name at least one, such as 'mentoring'")
        must: dict[tuple[str, str], tuple[str, int]] = {}
        for k, pin in enumerate(program.pins):
            if pin.learner == pin.guide:
                self._faults.add(
                    f"{path}.pins[{k}]", f"{pin.guide!r} is the learner too: a pair is two people"
                )
            said, first = must.setdefault((pin.learner, pin.guide), (pin.must, k))
            if said != pin.must:
                reason = (
                    f"says {pin.must!r} for {pin.learner!r}, {pin.guide!r}, "
                    f"where pins[{first}] says {said!r}: remove one of them"
                )
                self._faults.add(f"{path}.pins[{k}].must", reason)


def _finder(skills: tuple[Skill, ...], faults: FaultList) -> Callable[[str], str | None]:
    """How to find a skill by id, name or synonym; a name claimed twice stays with the first to claim it."""
    seen: dict[str, int] = {}
    for position, skill in enumerate(skills):
        first = seen.setdefault(skill.id, position)
        if first != position:
            faults.add(f"skills[{position}].id", f"{skill.id!r} is also the id of skills[{first}]")
    try:
        return SkillIndex(skills).id_of
    except InputError as error:
        faults.extend(error.faults)
    owners: dict[str, str] = {}
    for skill in skills:
        for text in (skill.id, skill.name, *skill.synonyms):
            owners.setdefault(skill_key(text), skill.id)
    return lambda text: owners.get(skill_key(text))
