"""Write a rule into a squad's own file, take one out, check a file. Rule of the room: put the rooms together."""

from dataclasses import dataclass
from pathlib import Path

from powertheft.actions.known_rules import features_of_profile
from powertheft.domain.errors import ChoiceError, UserError
from powertheft.reports.writing import write_text
from powertheft.rules.definition import Rule
from powertheft.rules.reading import faults_of, names_of, nearest, parse_rules, read_rules, text_of
from powertheft.rules.writing import FieldFault, RuleForm, form_faults, form_to_toml, with_rule, without_rule
from powertheft.settings import read_home


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """The rules of a file, those of them that take a built-in one's place, and what is wrong with the others."""

    names: tuple[str, ...]
    replaced: tuple[str, ...]
    with_built_in: bool
    faults: tuple[UserError, ...]


def own_file(named: Path | None, home: Path | None = None) -> Path:
    """Return the file that was named, else that of the home folder, which is made where it is not there yet."""
    if named is not None:
        return named
    place = read_home(home)
    place.make()
    return place.rules


def check_rule(
    form: RuleForm, *, file: Path, profile: str | None = None, replace: bool = False
) -> tuple[FieldFault, ...]:
    """Return what is wrong with a form, by field, before it is written into the file; nothing is written."""
    known = {feature.name: feature for feature in features_of_profile(profile)}
    taken = frozenset() if replace else frozenset(_names_in(file))
    return form_faults(form, known=known, taken=taken)


def write_rule(form: RuleForm, *, file: Path, profile: str | None = None, replace: bool = False) -> Rule:
    """Write a rule into the file after the others, whole or not at all; return it as it will be asked.

    `replace` puts it in the place of the file's rule of that name; `profile` lets it name that profile's columns.
    """
    faults = check_rule(form, file=file, profile=profile, replace=replace)
    if faults:
        raise ChoiceError(" ".join(map(str, faults)))
    known = {feature.name: feature for feature in features_of_profile(profile)}
    table, name = form_to_toml(form), form.name.strip()
    _, (rule,) = parse_rules(table, file=str(file), known=known)
    text = text_of(file) if file.exists() else ""
    if name in _names_in(file):
        text = without_rule(text, name, file=str(file))
    write_text(file, with_rule(text, table, file=str(file)))
    return rule


def remove_rule(name: str, *, file: Path) -> bool:
    """Take a rule out of the file; return whether others are left. Without any the file goes too."""
    names = _names_in(file)
    if name not in names:
        raise _no_such(name, names, file)
    text = without_rule(text_of(file), name, file=str(file))
    if len(names) > 1:
        write_text(file, text)
        return True
    file.unlink()
    return False


def check_rules_file(file: Path, *, profile: str | None = None) -> CheckedFile:
    """Say what is wrong with each rule of a file."""
    known = {feature.name: feature for feature in features_of_profile(profile)}
    text = text_of(file)
    faults = faults_of(text, file=str(file), known=known)
    names = _names_in(file)
    built_in = {rule.name for rule in read_rules(None, tuple(known.values()))}
    with_built_in = not faults and parse_rules(text, file=str(file), known=known)[0]
    return CheckedFile(names, tuple(name for name in names if name in built_in), with_built_in, faults)


def _names_in(file: Path) -> tuple[str, ...]:
    """Return the names that the rules of a file have, whatever else is wrong with them; none where it is not there."""
    return names_of(text_of(file), file=str(file)) if file.exists() else ()


def _no_such(name: str, names: tuple[str, ...], file: Path) -> ChoiceError:
    if name in {rule.name for rule in read_rules(None, features_of_profile(None))}:
        advice = "It is built in: write a rule of the same name, or built_in = false at the top of your file."
    else:
        listed = f"It has {', '.join(names)}." if names else "It has none yet."
        advice = nearest(name, names) or listed
    return ChoiceError(f"has no rule {name!r}", file=file, advice=advice)
