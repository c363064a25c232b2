"""Pseudonyms, the vault, finding personal data, and what may leave the house.

Rule of the room: what identifies a person is replaced before anything else sees it; imports domain only.
"""
