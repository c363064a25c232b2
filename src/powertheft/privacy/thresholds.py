"""What may be shown of people, as numbers that an officer can read and change in one place.

Rule of the room: what identifies a person is replaced before anything else sees it; imports domain only, Polars besides.
"""

# A figure about fewer consumers than this is not exported.
SMALLEST_GROUP = 10

# Decimal places of a degree that a position keeps: 0.01 degree is about 1.1 km of latitude.
POSITION_DECIMALS = 2

# Hexadecimal digits of a pseudonym: 32 are 128 bits, where 33 million consumers meet by chance once in 10^23 years of trying.
PSEUDONYM_DIGITS = 32
