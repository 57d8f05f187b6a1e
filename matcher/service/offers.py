"""People of a published rota swap turns by signed links: one asks, the other says yes or no.

Nobody needs an account. Each turn has an address for who takes it; there they see who could take it, by rules
alone, and ask one of them. A yes is judged again, and then done as a coordinator's swap is.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel

from matcher.jobs.askers import Refused
from matcher.mail.message import Envelope, Outgoing, text_mail
from matcher.service.acceptance import Closed, ClosedBecause, Links
from matcher.service.asking import explain_turn
from matcher.service.names import name_for
from matcher.service.notices import message_id
from matcher.service.swaps import Swap, price_swap, queue_swap
from matcher.service.turns import TurnRow, find_turn, turn_token, turns_of
from matcher.store.errors import NotFound
from matcher.store.ids import new_id
from matcher.store.networks import find_network
from matcher.store.offers import Offer, add_offer, change_offer, find_offer, offers_of
from matcher.store.outbox import Letter, Mail, post
from matcher.store.plans import PlanRow, find_plan
from matcher.store.policies import policy_version
from matcher.store.recipients import Recipient, recipients
from matcher.texts.words import Words, words_of

if TYPE_CHECKING:
    from matcher.store.database import Connection
    from matcher.wiring import Services

OFFER = "offer"
"""The kind of mail that asks somebody to take a turn."""


class OfferNotice(BaseModel):
    """What such a mail is made from."""

    offer: str


@dataclass(frozen=True)
class Choice:
    """One way to give a turn away: to whom, and for which of theirs. `value` names it in the form."""

    value: str
    words: str


@dataclass(frozen=True)
class OwnTurnPage:
    """What one sees at the address of their turn: in words, what they asked, whom they can ask, and why they
    can ask nobody, where that is so."""

    language: Words
    name: str
    words: str
    asked: tuple[str, ...]
    choices: tuple[Choice, ...]
    closed: str | None


@dataclass(frozen=True)
class OfferPage:
    """What one is asked, as they may read it; `answer`: what they said."""

    language: Words
    name: str
    giver: str
    take: str
    give: str | None
    until: str
    answer: str | None


def own_turn(services: Services, links: Links, token: str) -> tuple[PlanRow, TurnRow, str]:
    """The plan, turn and member of an address. Raises `NotFound`, `Closed` where it is theirs no more."""
    try:
        named = token.partition(".")[0]
        parts = json.loads(base64.urlsafe_b64decode(named + "=" * (-len(named) % 4)))
        network, identifier, turn, member = (str(one) for one in parts)
    except (ValueError, TypeError):
        raise NotFound("turn", "...") from None
    if not links.secret or not links.same(turn_token(links, network, identifier, turn, member), token):
        raise NotFound("turn", "...")
    with services.database.read() as connection:
        plan = find_plan(connection, network, identifier)
        row = find_turn(connection, plan, turn)
    if plan.state != "published" or row.member != member:
        raise Closed("not_yours")
    if row.start <= services.now():
        raise Closed("begun")
    return plan, row, member


def show_own(services: Services, token: str) -> OwnTurnPage:
    """What stands at the address of a turn. Raises `NotFound`, `Closed`, `Refused`, `AskerUnavailable`."""
    links = Links.of(services.settings)
    plan, turn, member = own_turn(services, links, token)
    told = explain_turn(services, plan.network, plan.id, turn.id)
    with services.database.read() as connection:
        rows = {
            (one.kind, one.key, one.index, one.role, one.number): one for one in turns_of(connection, plan)
        }
        offers = [one for one in offers_of(connection, plan.network, plan.id, turn.id) if one.giver == member]
        names = {one.member for one in told.stand_ins} | {one.taker for one in offers} | {member}
        people = recipients(connection, plan.network, names)
        late = _late(connection, plan, services.now())
    reader = people[member].member
    words = words_of(reader)
    choices = []
    for one in told.stand_ins if turn.start >= late else ():
        shown = name_for(reader, people[one.member].member, words)
        if one.place is None:
            choices.append(Choice(f"member {one.member}", words("swap.takes", name=shown)))
        else:
            place = one.place
            other = rows[place.kind, place.key, place.index, place.role, place.number]
            if other.start >= late:
                line = words("swap.exchange", name=shown, turn=_told(other, reader.time_zone, words))
                choices.append(Choice(f"turn {other.id}", line))
    asked = tuple(
        words(f"swap.asked.{one.state}", name=name_for(reader, people[one.taker].member, words))
        for one in offers
    )
    closed = None if turn.start >= late else words("closed.too_near")
    if closed is None and not choices:
        closed = words("page.nobody_else")
    told_turn = _told(turn, reader.time_zone, words)
    return OwnTurnPage(words, reader.name, told_turn, asked, tuple(choices), closed)


def _late(connection: Connection, plan: PlanRow, now: datetime) -> datetime:
    """Turns of sessions that begin earlier are not swapped by two people: they began, or are frozen."""
    policy = policy_version(connection, plan.network, plan.policy, plan.policy_version).rota
    return now if policy.late_swaps else now + timedelta(days=policy.frozen_days)


def make_offer(services: Services, token: str, choice: str) -> Offer:
    """Ask somebody to take a turn: `choice` is the value of one that the page shows.

    Raises `NotFound`, `Closed`, `Conflict`, `Refused` where a rule is in the way, `AskerUnavailable`.
    """
    links = Links.of(services.settings)
    plan, turn, member = own_turn(services, links, token)
    kind, _, name = choice.partition(" ")
    swap = Swap(turn.id, other_turn=name) if kind == "turn" else Swap(turn.id, member=name)
    _check_late(services, plan, swap)
    _, handed, _ = price_swap(services, plan.network, plan.id, swap)
    taker = handed[0][1]
    now = services.now()
    with services.database.write() as connection:
        network = find_network(connection, plan.network)
        for one in offers_of(connection, plan.network, plan.id, turn.id):
            if (one.giver, one.taker, one.other_turn, one.state) == (member, taker, swap.other_turn, "open"):
                return one
        deadline = min(now + timedelta(days=network.settings.acceptance.days), turn.start)
        offer = Offer(
            new_id("offer"),
            plan.network,
            plan.id,
            turn.id,
            member,
            swap.other_turn,
            taker,
            "open",
            now,
            deadline,
        )
        add_offer(connection, offer)
        letter = Letter(
            kind=OFFER,
            member=taker,
            message_id=message_id(network.settings.uid_domain, OFFER, offer.id),
            body=OfferNotice(offer=offer.id).model_dump_json(),
            due_at=now,
            plan=plan.id,
        )
        post(connection, plan.network, [letter], now)
    return offer


def _check_late(services: Services, plan: PlanRow, swap: Swap) -> None:
    """Raise `Closed` where a turn is too near for two people to swap it."""
    with services.database.read() as connection:
        late = _late(connection, plan, services.now())
        turns = [find_turn(connection, plan, one) for one in (swap.turn, swap.other_turn) if one]
    if any(one.start < late for one in turns):
        raise Closed("too_near")


def offer_address(links: Links, offer: Offer) -> str:
    """Where who is asked answers. Raises `Conflict` without a secret."""
    return f"{links.base_url}/answer/swap/{_offer_token(links, offer)}"


def _offer_token(links: Links, offer: Offer) -> str:
    return f"{offer.id}.{links.signature('swap', offer.network, offer.plan, offer.id, offer.taker)}"


def find_asked(connection: Connection, links: Links, token: str, now: datetime) -> Offer:
    """What an address asks. Raises `NotFound`, `Closed` where it is asked no more."""
    offer = find_offer(connection, token.partition(".")[0])
    if not links.secret or not links.same(_offer_token(links, offer), token):
        raise NotFound("offer", "...")
    why = no_longer_offered(connection, offer, now)
    if offer.state == "open" and why is not None:
        raise Closed(why)
    return offer


def no_longer_offered(connection: Connection, offer: Offer, now: datetime) -> ClosedBecause | None:
    """Why nobody needs to answer any more; None where somebody does."""
    plan = find_plan(connection, offer.network, offer.plan)
    if plan.state != "published":
        return "not_in_force"
    if offer.deadline <= now:
        return "over"
    wanted = {offer.turn: offer.giver} | ({offer.other_turn: offer.taker} if offer.other_turn else {})
    present = {one.id: one.member for one in turns_of(connection, plan)}
    if any(present.get(turn) != member for turn, member in wanted.items()):
        return "gone_elsewhere"
    return None


def show_offer(services: Services, token: str) -> OfferPage:
    """What one is asked. Raises `NotFound`, `Closed`."""
    with services.database.read() as connection:
        offer = find_asked(connection, Links.of(services.settings), token, services.now())
        return _page(connection, offer)


def _page(connection: Connection, offer: Offer) -> OfferPage:
    plan = find_plan(connection, offer.network, offer.plan)
    people = recipients(connection, offer.network, [offer.giver, offer.taker])
    reader = people[offer.taker].member
    turn = find_turn(connection, plan, offer.turn)
    other = find_turn(connection, plan, offer.other_turn) if offer.other_turn else None
    words = words_of(reader)
    return OfferPage(
        language=words,
        name=reader.name,
        giver=name_for(reader, people[offer.giver].member, words),
        take=_told(turn, reader.time_zone, words),
        give=_told(other, reader.time_zone, words) if other is not None else None,
        until=words.moment(offer.deadline, reader.time_zone),
        answer=None if offer.state == "open" else offer.state,
    )


def answer_offer(services: Services, token: str, answer: Literal["yes", "no"]) -> OfferPage:
    """Say yes or no, once. A yes queues the swap, if every rule still holds.

    Raises `NotFound`, `Closed` (also where a rule is in the way by now), `AskerUnavailable`.
    """
    links, now = Links.of(services.settings), services.now()
    with services.database.read() as connection:
        offer = find_asked(connection, links, token, now)
    if offer.state == "open" and answer == "yes":
        swap = Swap(offer.turn, offer.other_turn, None if offer.other_turn else offer.taker)
        try:
            with services.database.read() as connection:
                plan = find_plan(connection, offer.network, offer.plan)
            _check_late(services, plan, swap)
            plan, handed, _ = price_swap(services, offer.network, offer.plan, swap)
        except Refused:
            raise Closed("rule") from None
    with services.database.write() as connection:
        offer = find_asked(connection, links, token, now)
        if offer.state == "open":
            job = queue_swap(connection, plan, handed, now).id if answer == "yes" else None
            change_offer(connection, offer, state=answer, answered_at=now, job=job)
            offer = find_offer(connection, offer.id)
        page = _page(connection, offer)
    services.wake.set()
    return page


def offer_overtaken(connection: Connection, mail: Mail, now: datetime) -> str | None:
    """Why a mail that asks is not needed any more; None where it is."""
    try:
        offer = find_offer(connection, OfferNotice.model_validate_json(mail.letter.body).offer)
    except NotFound:
        return "It is asked no more."
    if offer.state != "open":
        return "It was answered before it could be sent."
    why = no_longer_offered(connection, offer, now)
    return Words()(f"closed.{why}") if why is not None else None


def offer_mail(
    connection: Connection, mail: Mail, reader: Recipient, envelope: Envelope, links: Links
) -> Outgoing:
    """The mail that asks somebody to take a turn, with the address where they answer."""
    offer = find_offer(connection, OfferNotice.model_validate_json(mail.letter.body).offer)
    page = _page(connection, offer)
    words = page.language
    lines = [
        words("mail.hello", name=page.name),
        "",
        words("swap.asks", name=page.giver, turn=page.take),
        *([words("swap.for_it", turn=page.give)] if page.give else []),
        words("mail.please_answer", until=page.until),
        "",
        offer_address(links, offer),
        "",
        words("mail.address_is_yours"),
    ]
    return text_mail(words("mail.offer.subject", name=page.giver), "\n".join(lines), envelope, words)


def _told(turn: TurnRow, zone: str, words: Words) -> str:
    when = words.moment(turn.start, zone)
    return words("swap.turn", title=turn.title, when=when, role=words(f"role.{turn.role}"))
