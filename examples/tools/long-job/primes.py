"""Probable primes by the Miller-Rabin test (M. O. Rabin, Journal of Number Theory 12, 1980)."""

import random

ROUNDS = 24  # a composite number passes with a chance below 4 to the power of -24
SMALL = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)


def next_prime(start):
    """The first probable prime at or above `start`, and how many odd numbers were tried for it."""
    number = max(start, 3) | 1
    tried = 1
    while not is_probable_prime(number):
        number += 2
        tried += 1
    return number, tried


def is_probable_prime(number):
    for small in SMALL:
        if number % small == 0:
            return number == small
    if number < 2:
        return False
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd //= 2
        twos += 1
    chance = random.Random(number)
    return all(passes(chance.randrange(2, number - 1), number, odd, twos) for _ in range(ROUNDS))


def passes(base, number, odd, twos):
    power = pow(base, odd, number)
    if power in (1, number - 1):
        return True
    for _ in range(twos - 1):
        power = pow(power, 2, number)
        if power == number - 1:
            return True
    return False
