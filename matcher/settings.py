"""What an installation decides, from environment variables that begin with PEERLOOM_. See docs/service.md."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator

from matcher.domain.base import Model
from matcher.domain.errors import Fault, InputError
from matcher.domain.member import Email

PREFIX = "PEERLOOM_"


class Settings(Model):
    """One installation. Addresses of databases are SQLAlchemy's; `base_url` is what people's browsers and
    calendar programs reach, without a slash at its end.

    `workers`: how many jobs run at a time. `job_megabytes`: a job that grows beyond is ended.
    `metrics_token`: who sends it may read /metrics. `warm`: whether the server compiles, beside its work,
    what first runs would have to. `mail`: "console" prints, "file" writes into `mail_folder`, "smtp" sends.
    `mail_tags`: whether answers and bounces come to signed plus-addresses. `inbox_maildir`: the folder from
    which answers are read; `inbox_listen`: where they are taken, such as "lmtp://127.0.0.1:2424";
    `inbox_megabytes`: of one message.
    """

    database: str = "sqlite:///peerloom.db"
    data: Path = Path("peerloom-data")
    base_url: str = Field(default="http://127.0.0.1:8000", pattern=r"^https?://[^\s/]+(/[^\s]*[^\s/])?$")
    secret: str = Field(default="", repr=False)
    metrics_token: str = Field(default="", repr=False)
    workers: int = Field(default=1, ge=0, le=64)
    job_megabytes: int = Field(default=8_000, ge=256)
    job_seconds: int = Field(default=3_600, ge=1)
    body_megabytes: int = Field(default=256, ge=1, le=4_096)
    warm: Literal["on", "off"] = "on"
    mail: Literal["console", "file", "smtp", "off"] = "console"
    mail_folder: Path = Path("peerloom-mail")
    smtp_host: str = "127.0.0.1"
    smtp_port: int = Field(default=25, ge=1, le=65_535)
    smtp_user: str = ""
    smtp_password: str = Field(default="", repr=False)
    smtp_tls: Literal["none", "starttls", "tls"] = "none"
    mail_from: Email = "peerloom@localhost.localdomain"
    mail_tags: Literal["on", "off"] = "on"
    inbox_maildir: Path | None = None
    inbox_listen: str = Field(default="", pattern=r"^((smtp|lmtp)://[^\s/:@]+:\d{1,5})?$")
    inbox_megabytes: int = Field(default=5, ge=1, le=100)

    @field_validator("inbox_maildir", mode="before")
    @classmethod
    def _named(cls, place: object) -> object:
        return place or None  # an empty variable is none


def settings_from(environment: Mapping[str, str] | None = None, **given: object) -> Settings:
    """Settings from the environment; `given` ones that are not None come first. Raises `InputError` that
    names the variable."""
    environment = os.environ if environment is None else environment
    values: dict[str, object] = {
        name: environment[PREFIX + name.upper()]
        for name in Settings.model_fields
        if PREFIX + name.upper() in environment
    }
    values |= {name: value for name, value in given.items() if value is not None}
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        faults = [
            Fault(PREFIX + str(one["loc"][0]).upper(), one["msg"])
            for one in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        raise InputError("The settings of this installation cannot be used.", faults) from None
