"""The group of pages about data: its address and its name. Rule of the room: one URL, one view, one template."""

from flask import Blueprint

pages = Blueprint("data", __name__, url_prefix="/data")
