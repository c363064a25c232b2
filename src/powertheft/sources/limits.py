"""How much a file may hold before it is taken for damage or for a trap. Rule of the room: rename nothing.

Each limit lies far above what a utility exports in a file, and each has a message of its own.
"""

MIB = 1 << 20
GIB = 1 << 30

MOST_BYTES = 64 * GIB
"""What one compressed file, or all members of a ZIP together, may expand to."""
MOST_RATIO = 200
"""How many times its size a compressed file may expand, once it passes `RATIO_FROM`; real ledgers reach 5 to 30."""
RATIO_FROM = 256 * MIB
MOST_COLUMNS = 5_000
LONGEST_LINE = 16 * MIB
MOST_MEMBERS = 10_000
"""Files in a ZIP, in a folder of an object store, or in a folder."""
MOST_CELLS = 60_000_000
"""Cells of one sheet, empty ones between full ones counted: a full sheet of 1,048,576 rows has 57 columns."""
SHEET_MEMORY = 4 * GIB
"""Address space of the process that reads a workbook; two cells in far corners ask for a hundred times that."""
SHEET_SECONDS = 600
HEAD = MIB
"""What is looked at to find encoding, delimiter and header."""
HEAD_ROWS = 100
CHUNK = 4 * MIB
BATCH_ROWS = 50_000
