"""Why an address gave no calendar, by code, with what to do. Addresses are secrets: no sentence holds one."""

from __future__ import annotations

from matcher.domain.errors import PeerloomError

MOST_REDIRECTS = 3

PROBLEMS: dict[str, str] = {
    # before asking
    "not-https": "Only addresses that begin with https:// (or webcal://) are read: take that form.",
    "bad-address": "This is no whole web address: copy it again from the calendar program.",
    "credentials-in-address": "The address holds a name or password: take them out; CalDAV takes them apart.",
    "port-not-allowed": "Only the usual port of https, 443, is read: publish the calendar there.",
    "private-address": "The address leads into a private network, which is not read: publish the calendar "
    "on the public internet, or send it as a file.",
    # while asking
    "unknown-host": "The address names a host that does not exist: check its spelling.",
    "unreachable": "The server does not answer. It is asked again later.",
    "bad-certificate": "The server's certificate is not valid, so nobody knows who it is: tell its operator.",
    "answer-too-slow": "The server took too long to answer. It is asked again later.",
    "answer-too-large": "The server sent more than 1 MB: share a calendar with fewer past events, or a "
    "free/busy address.",
    "bad-answer": "The server's answer is not HTTP, or was cut off. It is asked again later.",
    "encoded-answer": "The server sends the calendar in an encoding that it was not asked for: use "
    "another address.",
    "too-many-redirects": f"The address leads on more than {MOST_REDIRECTS} times: use the last one.",
    "login-needed": "The server wants a login: use the calendar's private (secret) address, or check the "
    "name and password.",
    "not-there": "There is no calendar at this address any more: share it again and give the new address.",
    "server-error": "The server refuses or fails. It is asked again later.",
    "no-free-busy": "The server gives neither free/busy times nor events here: give the address of one "
    "calendar (a CalDAV collection), or an .ics address.",
    "sealed-otherwise": "The address was stored under another PEERLOOM_SECRET and cannot be read: give "
    "it again.",
}
"""Code -> sentence."""


class AddressProblem(PeerloomError):
    """An address that cannot be read now, for a reason in `PROBLEMS`; `status`: what the server answered."""

    def __init__(self, code: str, status: int | None = None) -> None:
        told = f" (It answered {status}.)" if status is not None else ""
        super().__init__(PROBLEMS[code] + told)
        self.code = code
        self.status = status
