"""Messages reach a real webhook and a real mail server; what does not arrive is told by its kind alone."""

import logging

import pytest
from tests.unit.services.channels import mailbox, webhook

from powertheft.services.apprise_messenger import AppriseMessenger
from powertheft.services.console_messenger import ConsoleMessenger

SUBJECT, TEXT = "powertheft, critical: hits fell", "Hits fell\nSince: 3 May 2026\nAct here: /monitoring/"


def test_a_message_reaches_the_webhook_and_the_mail_as_it_was_worded():
    with webhook() as (hook, posted), mailbox() as (mail, mails):
        assert AppriseMessenger([hook, mail]).tell(SUBJECT, TEXT) == []
    assert [(one["title"], one["message"]) for one in posted] == [(SUBJECT, TEXT)]
    (arrived,) = mails
    assert (arrived["subject"], arrived["to"]) == (SUBJECT, "ravi@utility.example")
    words = arrived.get_body(("plain", "html")).get_content()
    assert all(line in words for line in TEXT.split("\n"))


def test_a_channel_that_refuses_is_told_by_its_kind_with_what_to_check_and_the_others_have_the_message(caplog):
    caplog.set_level(logging.DEBUG)
    with webhook(answer=500) as (bad, _), webhook() as (good, posted):
        failed = AppriseMessenger([bad, "none-of-any-kind", good]).tell(SUBJECT, TEXT)
    assert len(posted) == 1
    assert failed[0].startswith("channel 1 (json webhook): check its address")
    assert failed[1].startswith("channel 2 (unknown): its address is none that apprise knows")
    said = f"{failed}{AppriseMessenger([bad])!r}{caplog.text}"
    assert "sesame" not in said
    assert "127.0.0.1" not in str(failed)


def test_a_server_that_is_not_there_is_a_message_that_did_not_arrive():
    with webhook() as (hook, _), mailbox() as (mail, _):
        addresses = [hook, mail]
    failed = AppriseMessenger(addresses).tell(SUBJECT, TEXT)
    assert [one.partition(":")[0] for one in failed] == ["channel 1 (json webhook)", "channel 2 (mail)"]


def test_without_a_channel_the_message_stands_in_the_workers_lines(caplog):
    with caplog.at_level(logging.WARNING, logger="powertheft"):
        assert ConsoleMessenger().tell(SUBJECT, TEXT) == ()
    assert SUBJECT in caplog.text
    assert "Act here: /monitoring/" in caplog.text


@pytest.mark.parametrize("address", ["json://localhost/x", "mailtos://a:b@c.d", "slack://a/b/c"])
def test_what_is_written_of_the_messenger_names_kinds_alone(address):
    assert address.partition("://")[2] not in repr(AppriseMessenger([address]))
