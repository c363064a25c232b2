"""powertheft finds stolen electricity: billing ledgers in, a ranked and explained inspection list out.

The rooms and who may import whom are drawn in docs/adr/0001-rooms.md and held by import contracts in pyproject.toml.
"""

__version__ = "0.1.0"
