"""What may be shown of people, as numbers that an officer can read and change in one place.

Rule of the room: what identifies a person is replaced before anything else sees it; imports domain only.
"""

# A figure about fewer consumers than this is not exported.
SMALLEST_GROUP = 10

# Decimal places of a degree that a position keeps: 0.01 degree is about 1.1 km of latitude.
POSITION_DECIMALS = 2

# Hexadecimal digits of a pseudonym: 128 bits, where two of 33 million consumers meet once in 10^23 utilities.
PSEUDONYM_DIGITS = 32

# Characters of a word in a column of codes that a report may show where the profile does not know it: a longer one
# may be a name or a number that slipped into the column.
LONGEST_CODE = 3
