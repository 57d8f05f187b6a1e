"""Why a message that came in was ignored: code -> sentence."""

from __future__ import annotations

REASONS: dict[str, str] = {
    "too-large": "The message is larger than PEERLOOM_INBOX_MEGABYTES, or its calendar than 200 kB.",
    "too-many-parts": "The message has more parts or lines than a real one.",
    "unreadable": "The message's structure is broken.",
    "no-calendar": "There is no calendar in the message, and it reports no failed delivery.",
    "bad-calendar": "The calendar in the message cannot be read.",
    "not-an-answer": "Its calendar is no REPLY, COUNTER or REFRESH.",
    "no-uid": "Its event has no UID.",
    "unknown-event": "No session has this UID.",
    "not-invited": "No attendee that it names was invited to the session at this address.",
    "wrong-sender": "It was sent from another address than the attendee's.",
    "not-signed": "Nothing is signed here: PEERLOOM_SECRET is not set, or PEERLOOM_MAIL_TAGS is off.",
    "bad-signature": "It did not come to the address that this person was given for this session.",
    "other-occurrence": "It speaks of an occurrence (RECURRENCE-ID) that the session does not have.",
    "cancelled": "The session is cancelled for this person.",
    "over": "The session is over.",
    "stale": "It answers an earlier version of the session, at another time.",
    "unknown-version": "Its SEQUENCE is higher than any that was sent.",
    "older-answer": "A later answer of the same person came before it (DTSTAMP).",
    "no-answer": "Its PARTSTAT is none of ACCEPTED, DECLINED and TENTATIVE.",
    "no-time": "It proposes no time that can be read.",
    "same-time": "It proposes the time that the session has already.",
    "past-time": "It proposes a time that is past.",
    "not-by-mail": "This person gets sessions by their feed, not by mail.",
    "too-often": "It was asked for more often than five times within a day.",
    "unknown-mail": "It reports about no mail that was sent from here.",
    "no-failure": "It reports no failure.",
    "internal": "It could not be handled, which is our fault.",
}
