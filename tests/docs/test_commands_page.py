"""docs/commands.md names every command and option, with an example that the command takes."""

import re
import shlex

import click
import pytest

from powertheft.cli.main import COMMANDS, powertheft

ROW = re.compile(r"^\| `(--[\w-]+)` \|(.*?)\| (.*?) \| `(.*?)` \|$", re.MULTILINE)


def command(name: str) -> click.Command:
    found: click.Command = powertheft
    for word in name.split():
        assert isinstance(found, click.Group)
        inner = found.get_command(click.Context(found), word)
        assert inner is not None
        found = inner
    return found


def names_below(name: str) -> list[str]:
    group = command(name)
    if not isinstance(group, click.Group):
        return [name]
    return [*([name] if group.invoke_without_command else []), *(f"{name} {inner}" for inner in group.commands)]


# A group of commands (dataset, key) has a section for each of its own; rules does something by itself too.
NAMES = [inner for name in COMMANDS for inner in names_below(name)]


def options(name: str) -> dict[str, click.Option]:
    return {max(option.opts, key=len): option for option in command(name).params if isinstance(option, click.Option)}


def section(pages: dict[str, str], name: str) -> str:
    page = pages["docs/commands.md"]
    assert f"\n## `{name}`\n" in page
    return page.split(f"\n## `{name}`\n")[1].split("\n## ")[0]


def example(text: str) -> list[str]:
    found = re.search(r"^    powertheft (.+)$", text, flags=re.MULTILINE)
    assert found
    return shlex.split(found[1])


def test_the_page_has_the_commands_in_the_order_of_the_work(pages: dict[str, str]) -> None:
    described = re.findall(r"^## `(.+)`$", pages["docs/commands.md"], flags=re.MULTILINE)
    assert described == NAMES
    assert list(COMMANDS) == powertheft.list_commands(click.Context(powertheft))


@pytest.mark.parametrize("name", NAMES)
def test_a_command_is_described_with_all_its_options_and_no_other(name: str, pages: dict[str, str]) -> None:
    described = [row[0] for row in ROW.findall(section(pages, name))]
    assert described == list(options(name))


@pytest.mark.parametrize("name", NAMES)
def test_the_arguments_of_a_command_are_named(name: str, pages: dict[str, str]) -> None:
    arguments = [parameter for parameter in command(name).params if isinstance(parameter, click.Argument)]
    assert all(f"{argument.human_readable_name}" in pages["docs/commands.md"] for argument in arguments)


@pytest.mark.parametrize("name", NAMES)
def test_the_defaults_and_choices_of_options_are_those_of_the_code(name: str, pages: dict[str, str]) -> None:
    rows = {row[0]: row for row in ROW.findall(section(pages, name))}
    for title, option in options(name).items():
        _, default, meaning, _ = rows[title]
        expected = str(option.default) if option.show_default else ""
        assert default.strip() == ("required" if option.required else expected), title
        if isinstance(option.type, click.Choice):
            unnamed = [choice for choice in option.type.choices if f"`{choice}`" not in meaning]
            assert not unnamed or "as for" in meaning, title


@pytest.mark.parametrize("name", NAMES)
def test_a_command_takes_its_examples(name: str, pages: dict[str, str]) -> None:
    text = section(pages, name)
    words = name.split()
    called, arguments = example(text)[: len(words)], example(text)[len(words) :]
    assert called == words
    given = [row[3] for row in ROW.findall(text)]
    for further in ["", *given]:
        command(name).make_context(name, [*arguments, *shlex.split(further)])
    assert all(further.startswith(title) for title, *_, further in ROW.findall(text))


def test_the_exit_codes_are_those_of_the_command_line(pages: dict[str, str]) -> None:
    codes = re.findall(r"^\| (\d+) \|", pages["docs/commands.md"], flags=re.MULTILINE)
    assert codes == ["0", "1", "2", "130"]
