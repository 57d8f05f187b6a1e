"""Who answers about which session: by UID, attendee's address, sender, and the signed address it came to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from matcher.calendar.itip.reading import Attendee, Scheduling
from matcher.domain.session import Session, State
from matcher.mail.incoming.message import Incoming
from matcher.mail.tags import AddressTags
from matcher.service.notices import REQUEST, Notice, seen_by
from matcher.store.database import Connection
from matcher.store.outbox import Mail, mails_about
from matcher.store.recipients import Recipient, recipients
from matcher.store.sessions import session_id, sessions_with_uid


@dataclass(frozen=True)
class Known:
    """Who an answer is from, and about what: the session, it as they see it, and what they answer as.
    `sent`: the
    mails about it that they were sent, the earliest first."""

    session: Session
    seen: Session
    reader: Recipient
    attendee: Attendee
    sent: tuple[Mail, ...]

    @property
    def place(self) -> dict[str, str]:
        """Where it belongs, as a message's row says it."""
        return {
            "network": self.session.network,
            "session": session_id(self.session),
            "member": self.reader.id,
        }

    @property
    def oldest_sequence(self) -> int:
        """The lowest SEQUENCE that they were sent with the time that holds now: answers to older ones are
        about another time. Of who was sent nothing, the present one."""
        oldest = self.seen.sequence
        for mail in reversed(self.sent):
            known = Notice.model_validate_json(mail.letter.body).session
            if mail.letter.kind != REQUEST or (known.start, known.end) != (self.seen.start, self.seen.end):
                break
            oldest = min(oldest, known.sequence)
        return oldest

    @property
    def cancelled(self) -> bool:
        """Whether it does not take place for them."""
        return self.seen.state is State.CANCELLED


class Unknown(Exception):
    """Nobody who may answer; `reason` is a code, `place` what is known all the same."""

    def __init__(self, reason: str, place: dict[str, str] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.place = place or {}


def identify(
    connection: Connection,
    scheduling: Scheduling,
    incoming: Incoming,
    came_to: Iterable[str],
    network: str | None,
    tags: AddressTags | None,
) -> Known:
    """Who sent this. `came_to`: the addresses that the message was delivered to; `network`: only there.

    The attendee's address must be one that this person was invited at, the sender's must be the same, and the
    message, or the ORGANIZER in it, must name the address that was made for this person and session.
    Raises `Unknown`.
    """
    found = sessions_with_uid(connection, scheduling.uid, network)
    if not found:
        raise Unknown("unknown-event")
    worst = Unknown("not-invited", {"network": found[0].network, "session": session_id(found[0])})
    addresses = [*came_to, *incoming.recipients, scheduling.organizer]
    for session in found:
        for reader, sent, attendee in _candidates(connection, session, scheduling.attendees):
            place = {"network": session.network, "session": session_id(session), "member": reader.id}
            if attendee.address not in incoming.senders:
                worst = Unknown("wrong-sender", place)
            elif tags is None:
                worst = Unknown("not-signed", place)
            elif not tags.answers(addresses, session.network, session.uid, reader.id):
                worst = Unknown("bad-signature", place)
            else:
                return Known(session, seen_by(session, reader), reader, attendee, sent)
    raise worst


def _candidates(
    connection: Connection, session: Session, attendees: Iterable[Attendee]
) -> Iterable[tuple[Recipient, tuple[Mail, ...], Attendee]]:
    """People of a session at these addresses: the ones of their profiles, and those they were mailed at."""
    people = recipients(connection, session.network, session.people)
    sent: dict[str, list[Mail]] = {}
    for mail in mails_about(connection, session.network, [session.uid]):
        if mail.state != "held":
            sent.setdefault(mail.letter.member, []).append(mail)
    for reader in people.values():
        mails = tuple(sent.get(reader.id, ()))
        known = {(mail.recipient or "").lower() for mail in mails} - {""}
        known |= {reader.member.email.lower()} if reader.member.email else set()
        for attendee in attendees:
            if attendee.address in known:
                yield reader, mails, attendee
