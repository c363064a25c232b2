"""Forms: errors stand beside the field, and what was entered stays. Rule of the room: knows the use cases only."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, PasswordField, SelectMultipleField, StringField, SubmitField, widgets
from wtforms.validators import InputRequired, Length

from powertheft.domain.accounts import LONGEST_PASSWORD, SHORTEST_PASSWORD
from powertheft.domain.errors import UserError
from powertheft.web.words import lazy_gettext

Required = InputRequired(lazy_gettext("Please fill this in."))

__all__ = ["BooleanField", "Choices", "Form", "PasswordField", "Required", "StringField", "SubmitField"]


class Form(FlaskForm):
    """A form of ours; `csrf_token` is checked before any view."""

    def blame(self, error: UserError) -> None:
        """Put a person's error beside the field that it names, else above the form."""
        what = error.what[:1].upper() + error.what[1:]
        sentence = f"{what}{'' if what.endswith(('.', '!', '?')) else '.'} {error.advice}".strip()
        field = self._fields.get(error.column or "")
        if field is None:
            self.form_errors.append(sentence)
        else:
            field.errors = [*field.errors, sentence]


class Choices(SelectMultipleField):
    """Several choices as boxes to tick."""

    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


def name_field() -> StringField:
    """Return the field for a sign-in name."""
    keywords = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
    return StringField(lazy_gettext("Sign-in name"), [Required, Length(max=64)], render_kw=keywords)


def new_password_field(label: str) -> PasswordField:
    """Return the field for a password that is to be."""
    hint = lazy_gettext(
        "At least %(least)s characters. Three or four words that do not belong together are easy to keep in mind.",
        least=SHORTEST_PASSWORD,
    )
    keywords = {"autocomplete": "new-password", "minlength": SHORTEST_PASSWORD, "maxlength": LONGEST_PASSWORD}
    return PasswordField(label, [Required], description=hint, render_kw=keywords)
