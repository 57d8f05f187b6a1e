"""Public holidays of a member's country and region."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache


@lru_cache(maxsize=512)
def days_off(country: str | None, region: str | None, start: date, end: date) -> frozenset[date]:
    """Public holidays in `start`..`end`. A region that the calendar of the country does not know has those of
    the whole country; without a country, or with one nobody keeps a calendar of, there are none.

    Regions are the subdivisions of ISO 3166-2, without the country ("BY"), or the names that the package
    `holidays` gives them.
    """
    if country is None:
        return frozenset()
    from holidays import country_holidays

    years = range(start.year, end.year + 1)
    for subdivision in dict.fromkeys((region and region.removeprefix(f"{country}-"), None)):
        try:
            found: Iterable[date] = country_holidays(country, subdiv=subdivision, years=years)
        except NotImplementedError:  # what the package raises for a country or region it does not know
            continue
        return frozenset(day for day in found if start <= day <= end)
    return frozenset()
