"""Pages for people without an account: no scripts, nothing loaded, kept by nobody."""

from __future__ import annotations

import base64
import hashlib
from http import HTTPStatus
from typing import Any

from flask import Response

_STYLE = (
    "body{font:1.1rem/1.5 sans-serif;max-width:34rem;margin:2rem auto;padding:0 1rem}"
    "button{font:inherit;padding:.5rem 2rem;margin:.5rem .5rem 0 0}textarea,input{font:inherit;width:100%}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
_CONTENT: dict[str, Any] = {"content": {"text/html": {}, "application/problem+json": {}}}


def page_responses(*refusals: tuple[int, str]) -> dict[str | int | HTTPStatus, Any]:
    """What an operation that shows pages answers: 200, and each refusal with what it means."""
    told = ((200, "The page"), *refusals)
    return {status: {"description": meaning, **_CONTENT} for status, meaning in told}


def html_page(title: str, body: str, status: int = 200, language: str = "en") -> Response:
    """A page in a language; `title` and `body` are HTML, with all that people wrote escaped."""
    text = (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="robots" content="noindex"><title>{title}</title><style>{_STYLE}</style></head>\n'
        f"<body><h1>{title}</h1>\n{body}\n</body></html>\n"
    )
    return Response(text, status, headers=_HEADERS, content_type="text/html; charset=utf-8")
