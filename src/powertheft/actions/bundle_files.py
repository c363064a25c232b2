"""Names of a bundle's files, for who reads a report and not the model: that room takes 250 MB of memory to load.

Rule of the room: put the rooms together, compute nothing; a test holds the names to those that write the files.
"""

MANIFEST, MANIFEST_SUM = "manifest.json", "manifest.sha256"
ATTACHMENTS = "attachments"
PROFILE_FILE = "profile.json"

REPORT_FILE = "report.html"
"""The page, among the attachments."""

LOOKED_AT_FILE = "looked_at.json"
"""What the model looks at, as numbers, among them."""

REFERENCE, CALIBRATION = "reference.json", "calibration.json"
"""The spreads of what the model was fitted to, and how its scores become likelihoods."""
