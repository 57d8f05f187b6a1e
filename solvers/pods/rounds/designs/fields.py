"""Finite fields as tables, and rings made of several: the arithmetic that designs are built on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np

from solvers.pods.rounds.instance import Index

MAX_ORDER = 1024


@dataclass(frozen=True)
class Ring:
    """A finite commutative ring on 0..order-1, where 0 is zero.

    add, times (order, order): sums and products. spread: elements whose differences are all invertible, as
    many as there can be; in a field, all elements.
    """

    add: Index
    times: Index
    spread: tuple[int, ...]

    @property
    def order(self) -> int:
        """Number of elements."""
        return len(self.add)


def prime_powers(number: int) -> tuple[tuple[int, int], ...]:
    """The factors of a number as (prime, exponent), the smallest prime first."""
    out, prime = [], 2
    while number > 1:
        exponent = 0
        while number % prime == 0:
            number, exponent = number // prime, exponent + 1
        if exponent:
            out.append((prime, exponent))
        prime += 1
    return tuple(out)


@lru_cache(maxsize=16)
def field(prime: int, exponent: int) -> Ring:
    """The field with prime^exponent elements: polynomials over the integers modulo `prime`, by their value at
    `prime`, modulo the first monic polynomial of that degree that leaves no divisors of zero."""
    order = prime**exponent
    values = np.arange(order)
    if exponent == 1:
        return Ring(
            np.add.outer(values, values).astype(np.int32) % prime,
            np.multiply.outer(values, values).astype(np.int32) % prime,
            tuple(range(order)),
        )
    powers = prime ** np.arange(exponent)
    digits = values[:, None] // powers % prime
    add = ((digits[:, None, :] + digits[None, :, :]) % prime @ powers).astype(np.int32)
    for tail in product(range(prime), repeat=exponent):
        # x^exponent = -(tail); shifted[k] is x^k times each element, reduced.
        shifted = [digits]
        for _ in range(exponent - 1):
            last = shifted[-1]
            moved = np.roll(last, 1, axis=1)
            moved[:, 0] = 0
            shifted.append((moved - last[:, -1:] * np.array(tail)) % prime)
        table = sum(digits[:, None, k : k + 1] * shifted[k][None, :, :] for k in range(exponent)) % prime
        times = (table @ powers).astype(np.int32)
        if (times[1:, 1:] > 0).all():
            return Ring(add, times, tuple(range(order)))
    raise AssertionError(f"there is a field of {order} elements")


@lru_cache(maxsize=16)
def ring(order: int) -> Ring:
    """The product of the fields whose orders are the prime powers in `order` (MacNeish 1922 uses it so)."""
    whole = Ring(np.zeros((1, 1), np.int32), np.zeros((1, 1), np.int32), (0,))
    for prime, exponent in prime_powers(order):
        part = field(prime, exponent)
        if whole.order == 1:
            whole = part
            continue
        k = part.order
        left, right = np.divmod(np.arange(whole.order * k), k)
        whole = Ring(
            whole.add[np.ix_(left, left)] * k + part.add[np.ix_(right, right)],
            whole.times[np.ix_(left, left)] * k + part.times[np.ix_(right, right)],
            tuple(a * k + b for a, b in zip(whole.spread, part.spread, strict=False)),
        )
    return whole


def powers_of_a_root(of: Ring) -> tuple[int, ...]:
    """1, a, a^2, ... a^(order - 2) for a primitive element a of a field: every element but 0, once."""
    one = int(of.times[1].tolist().index(1)) if of.order > 1 else 0
    for root in range(1, of.order):
        powers = [one]
        while (following := int(of.times[powers[-1], root])) != one:
            powers.append(following)
        if len(powers) == of.order - 1:
            return tuple(powers)
    raise AssertionError("every finite field has a primitive element")
