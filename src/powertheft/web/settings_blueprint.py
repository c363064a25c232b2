"""The group of pages about settings: its address and its name. Rule of the room: one URL, one view, one template."""

from flask import Blueprint

pages = Blueprint("settings", __name__, url_prefix="/settings")
