"""People: who can sign in, invitations, roles. Rule of the room: knows the use cases only."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from powertheft.actions import accounts
from powertheft.api.access import current_house, needs
from powertheft.api.services import services
from powertheft.api.shapes import Asked, Paging, Part, Told, Word, nothing, part_of

pages = APIBlueprint("accounts", __name__, url_prefix="/accounts", tag="Accounts")


class AccountTold(Told):
    """Somebody who can sign in."""

    name: str
    full_name: str
    roles: list[str]
    is_active: bool
    created_at: datetime
    created_by: str
    signed_in_at: datetime | None


class AccountPart(Part):
    """Accounts by name."""

    items: list[AccountTold]


class RolesAsked(Asked):
    """The roles that somebody is to have."""

    roles: list[Word]


class InvitationTold(Told):
    """The path of a link under the address of the pages; it is told now and never again, and works once, for a day."""

    path: str


@pages.get("")
@needs("account.manage")
@pages.input(Paging, location="query")
@pages.output(AccountPart)
def list_accounts(query_data: Paging) -> Mapping[str, Any]:
    """List everybody who has or had access."""
    people, _ = accounts.list_accounts(services().store, current_house().actor)
    return part_of(people, query_data)


@pages.post("/invitations")
@needs("account.manage")
@pages.input(RolesAsked)
@pages.output(InvitationTold, status_code=201)
def invite(json_data: RolesAsked) -> dict[str, Any]:
    """Make a link by which somebody new gets these roles."""
    token = accounts.invite(services().store, current_house().actor, json_data.roles)
    return {"path": f"/join/{token}"}


@pages.put("/<name>/roles")
@needs("account.manage")
@pages.input(RolesAsked)
@pages.output(AccountTold)
def change_roles(name: str, json_data: RolesAsked) -> Any:
    """Give somebody other roles; the last administrator stays one."""
    _check_known(name)
    return accounts.change_roles(services().store, current_house().actor, name, json_data.roles)


@pages.post("/<name>/deactivate")
@needs("account.manage")
@pages.output({}, status_code=204)
def deactivate(name: str) -> ResponseReturnValue:
    """Close an account: its sessions end, and its tokens open nothing."""
    _check_known(name)
    accounts.set_active(services().store, current_house().actor, name, active=False)
    return nothing()


@pages.post("/<name>/activate")
@needs("account.manage")
@pages.output({}, status_code=204)
def activate(name: str) -> ResponseReturnValue:
    """Open a closed account again."""
    _check_known(name)
    accounts.set_active(services().store, current_house().actor, name, active=True)
    return nothing()


def _check_known(name: str) -> None:
    people, _ = accounts.list_accounts(services().store, current_house().actor)
    if name not in {one.name for one in people}:
        raise NotFound(f"nobody signs in as {name!r}\nThe accounts are listed under /accounts.")
