"""Hadamard matrices, which balance half samples: ones and minus ones whose rows are orthogonal.

The orders and the matrices are those of R's ``survey``, so that half samples are the same ones.

Hedayat and Wallis (1978), Hadamard matrices and their applications, Annals of Statistics 6, 1184-1238.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

__all__ = ["Signs", "hadamard"]

Signs = npt.NDArray[np.int8]

_KNOWN = (4, 16, 28, 36)
_LARGEST_PRIME = 7919
# No formula gives these rows; 1 stands for 1, and 0 for -1.
_ORDER_28 = (
    "fffffff 9c71c78 83cd378 83b2e66 9a0f8d6 952c5ae 8cd239e 58aa7f0 45b59d4 46cbcac 561774a 4b64e9a 5959b26 2d1eae8 "
    "3666b34 2b3b51c 31d74b2 32f89ca 2ced646 ea545e4 f1632cc f09ce1c e54ad52 e6392b2 e8a792a dffe000 bf81f80 7f8007e"
)


def hadamard(rows: int) -> Signs:
    """Return a Hadamard matrix (order, order) with more than ``rows`` rows (R: ``2 * hadamard(rows) - 1``)."""
    least = rows - rows % 4
    for order in _KNOWN:
        if least < order <= least + 4:
            return _known(order)
    doublings = [max(0, math.ceil(math.log2((rows + 1) / order))) for order in _KNOWN]
    sizes = [order * 2**times for order, times in zip(_KNOWN, doublings, strict=True)]
    best = int(np.argmin(sizes))
    if sizes[best] - rows > 4:
        found = _from_prime(rows, sizes[best])
        if found is not None:
            return found
    return _doubled(_known(_KNOWN[best]), doublings[best])


def _doubled(matrix: Signs, times: int) -> Signs:
    """Return a matrix doubled several times (Sylvester 1867)."""
    for _ in range(times):
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return matrix


def _known(order: int) -> Signs:
    if order == 28:
        bits = [[int(bit) for bit in f"{int(row, 16):028b}"] for row in _ORDER_28.split()]
        return (2 * np.array(bits) - 1).astype(np.int8)
    if order == 36:
        return _from_twin_primes(5, 7)
    return _doubled(np.ones((1, 1), dtype=np.int8), order.bit_length() - 1)


def _from_prime(rows: int, most: int) -> Signs | None:
    """Return a matrix with more than ``rows`` rows from a prime (Paley 1933), None where none of about ``most`` is."""
    order = rows + 4 - rows % 4
    if order % 8 == 0:
        core = order
        while core % 8 == 0:
            core //= 2
        if _fits(core - 1):
            return _doubled(_paley(core - 1), (order // core).bit_length() - 1)
    prime = next((each for each in range(rows, _LARGEST_PRIME + 1) if _fits(each)), None)
    if prime is None:
        return None
    if prime > order + 3 and order + 4 < most:
        return _from_prime(order + 3, 2 * (order + 3))
    return _paley(prime) if prime <= most else None


def _fits(number: int) -> bool:
    """Say whether this is a prime of the kind that makes a matrix."""
    prime = number > 2 and all(number % divisor for divisor in range(2, math.isqrt(number) + 1))
    return prime and number % 4 == 3 and number <= _LARGEST_PRIME


def _characters(prime: int) -> npt.NDArray[np.int64]:
    """Return 0 for 0, 1 for other squares modulo a prime, -1 for what is no square: (prime,)."""
    characters = np.full(prime, -1)
    characters[np.arange(1, prime) ** 2 % prime] = 1
    characters[0] = 0
    return characters


def _paley(prime: int) -> Signs:
    sums = np.add.outer(np.arange(prime), np.arange(prime)) % prime
    matrix = np.ones((prime + 1, prime + 1), dtype=np.int8)
    matrix[1:, 1:] = np.where(_characters(prime) == -1, 1, -1)[sums]
    return matrix


def _from_twin_primes(smaller: int, larger: int) -> Signs:
    """Return the matrix of order ``smaller * larger + 1`` (Stanton and Sprott 1958)."""
    size = smaller * larger
    number = np.arange(size)
    product = _characters(smaller)[number % smaller] * _characters(larger)[number % larger]
    signs = np.where(product == 0, np.where(number % larger == 0, -1, 1), -product)
    matrix = -np.ones((size + 1, size + 1), dtype=np.int8)
    matrix[0] = 1
    matrix[1:, :size] = signs[-np.add.outer(number, number) % size]
    return matrix
