"""Why an address is no webhook, or did not take a message, by the codes of `AddressProblem`."""

from __future__ import annotations

from matcher.calendar.addresses.problems import AddressProblem

_WORDS = {
    "not-https": "Messages go to addresses that begin with https:// only.",
    "bad-address": "This is no whole web address.",
    "credentials-in-address": "The address holds a name or password: take them out, messages are signed.",
    "port-not-allowed": "Messages go to the usual port of https, 443, only.",
    "private-address": "The address leads into a private network: name a host of the public internet.",
    "unknown-host": "The address names a host that does not exist.",
    "unreachable": "The receiver does not answer.",
    "bad-certificate": "The receiver's certificate is not valid, so nobody knows who it is.",
    "answer-too-slow": "The receiver took too long to answer.",
}
OTHERWISE = "The receiver's answer is none of HTTP, or too long."


def words_for(problem: AddressProblem) -> str:
    """The sentence about a problem."""
    return _WORDS.get(problem.code, OTHERWISE)
