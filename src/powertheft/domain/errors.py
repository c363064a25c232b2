"""What can go wrong, as a person should read it. Rule of the room: the standard library only.

    PowertheftError
    └── UserError          a person can mend it: says what is wrong, where, and what to do (exit code 2)
        ├── InputError     a file or table that cannot be read as what it claims to be
        ├── ProfileError   a profile or mapping that is unknown, incomplete, or does not fit the file
        ├── LabelError     outcomes that are absent, of one class, or too few to learn or judge from
        ├── ChoiceError    an option whose value is not one of those on offer
        ├── BundleError    a model bundle that is damaged, of another version, or does not fit the data
        ├── OutputError    a place that cannot be written to
        ├── AccessError    something that the actor's roles do not allow
        └── StateError     a step that is not open from where something stands: a job, a model version, an inspection

Anything else that is raised is ours: a defect, shown as such (exit code 1).
"""


class PowertheftError(Exception):
    """Root of every error this package raises on purpose."""


class UserError(PowertheftError):
    """A person can mend it. Says what is wrong, where (file, row, column) and what to do.

    Examples
    --------
    >>> print(UserError("is not a number: 'abc'", file="bills.csv", row=17, column="KWH", advice="Correct the cell."))
    bills.csv, row 17, column KWH: is not a number: 'abc'. Correct the cell.
    """

    def __init__(
        self,
        what: str,
        *,
        file: object | None = None,
        row: int | None = None,
        column: str | None = None,
        advice: str = "",
    ) -> None:
        super().__init__(what)
        self.what = what
        self.file = None if file is None else str(file)
        self.row = row
        self.column = column
        self.advice = advice

    def __str__(self) -> str:
        where = ", ".join(
            part
            for part in (
                self.file or "",
                "" if self.row is None else f"row {self.row}",
                f"column {self.column}" if self.column else "",
            )
            if part
        )
        sentence = f"{where}: {self.what}" if where else self.what
        if not sentence.endswith((".", "!", "?")):
            sentence += "."
        return f"{sentence} {self.advice}".strip()


class InputError(UserError):
    """A file or table that cannot be read as what it claims to be."""


class ProfileError(UserError):
    """A profile or mapping that is unknown, incomplete, or does not fit the file."""


class LabelError(UserError):
    """Outcomes that are absent, of one class, or too few to learn or judge from."""


class ChoiceError(UserError):
    """An option whose value is not one of those on offer."""


class BundleError(UserError):
    """A model bundle that is damaged, of another version, or does not fit the data."""


class OutputError(UserError):
    """A place that cannot be written to."""


class AccessError(UserError):
    """Something that the actor's roles do not allow."""


class StateError(UserError):
    """A step that is not open from where something stands: a job, a model version, an inspection."""
