"""What comes by mail is for each person to say, but for money and the account."""

import re
from datetime import time
from email import message_from_bytes
from email.policy import default

import pytest
from django.core import signing
from django.test import Client
from racing import at_once

from notify import tokens
from notify.models import SWITCHABLE, Kind, Wishes
from notify.services import send_due, switch_off, wish

SETTINGS = "/me/notifications/settings/"
ALL = [kind.value for kind in SWITCHABLE]
NIGHT = {"is_quiet": "on", "quiet_from": "22:00", "quiet_to": "08:00", "mails": ALL}


def shown(page):
    return page.content.decode()


@pytest.mark.django_db(transaction=True)
class TestSwitchedOff:
    def test_what_ben_switched_off_is_there_to_read_and_does_not_come_by_mail(
        self, ben, tell_of_homework, it_is, mailoutbox, do_tasks
    ):
        it_is("12:00")
        switch_off(person=ben, kinds=["learning"])
        message = tell_of_homework(ben)
        do_tasks()
        send_due()
        assert not mailoutbox
        assert ben.messages.get() == message

    def test_what_he_switches_off_at_night_does_not_come_in_the_morning(self, ben, tell_of_homework, it_is, mailoutbox):
        it_is("23:30")
        tell_of_homework(ben, 1)
        tell_of_homework(ben, 2, kind=Kind.LIVE)
        switch_off(person=ben, kinds=["learning"])
        it_is("08:00", day=2)
        send_due()
        assert [mail.subject for mail in mailoutbox] == ["作业收下了：水2"]
        it_is("12:00", day=2)
        send_due()
        assert len(mailoutbox) == 1

    def test_money_comes_whatever_the_row_says(self, ben, tell_of_tea, mailoutbox, do_tasks):
        switch_off(person=ben, kinds=list(Kind))
        tell_of_tea(ben)
        do_tasks()
        assert len(mailoutbox) == 1

    @pytest.mark.postgres
    def test_of_two_kinds_switched_off_at_once_both_are(self, ben):
        acts = [lambda kind=kind: switch_off(person=ben, kinds=[kind]) for kind in ALL]
        assert at_once(*acts) == []
        assert Wishes.of(ben).no_mail == sorted(ALL)


class TestSettings:
    def test_who_never_said_anything_has_a_quiet_night_and_all_mail(self, login, ben):
        page = shown(login(ben).get(SETTINGS))
        assert 'value="22:00"' in page
        assert 'value="08:00"' in page
        assert page.count("checked") == 1 + len(ALL)
        assert "关不掉" in page

    def test_ben_keeps_his_own_hours_and_kinds(self, login, ben):
        said = NIGHT | {"quiet_from": "23:15", "quiet_to": "07:00", "mails": ["live"]}
        page = login(ben).post(SETTINGS, said, follow=True)
        assert "已保存" in shown(page)
        wishes = Wishes.of(ben)
        assert (wishes.quiet_from, wishes.quiet_to) == (time(23, 15), time(7))
        assert set(wishes.no_mail) == set(ALL) - {"live"}
        assert 'value="23:15"' in shown(page)

    def test_saying_it_twice_changes_nothing(self, login, ben):
        for _ in range(2):
            assert login(ben).post(SETTINGS, NIGHT).status_code == 302
        assert Wishes.objects.get().person == ben

    def test_without_quiet_hours_their_times_are_kept_for_another_day(self, login, ben):
        wish(wishes=Wishes(person=ben, quiet_from=time(21)))
        login(ben).post(SETTINGS, {"quiet_from": "", "quiet_to": "nonsense", "mails": ALL})
        wishes = Wishes.of(ben)
        assert (wishes.is_quiet, wishes.quiet_from) == (False, time(21))

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"quiet_from": ""}, "两头都要填"),
            ({"quiet_to": ""}, "两头都要填"),
            ({"quiet_from": "", "quiet_to": ""}, "两头都要填"),
            ({"quiet_to": "22:00"}, "同一个时刻"),
            ({"quiet_to": "25:00"}, "时间写成 22:00 这样"),
            ({"quiet_from": "晚上"}, "时间写成 22:00 这样"),
            ({"mails": ["money"]}, "没有这一类通知"),
            ({"mails": ["nothing"]}, "没有这一类通知"),
        ],
    )
    def test_what_makes_no_sense_is_answered_with_a_sentence_and_nothing_changes(self, login, ben, wrong, sentence):
        page = login(ben).post(SETTINGS, NIGHT | wrong)
        assert page.status_code == 400
        assert sentence in shown(page)
        assert not Wishes.objects.exists()

    def test_a_stranger_goes_to_the_door(self, client, db):
        for answer in (client.get(SETTINGS), client.post(SETTINGS, NIGHT)):
            assert answer.url.startswith("/accounts/login/")


@pytest.mark.django_db(transaction=True)
class TestTheMail:
    @pytest.fixture
    def mail(self, ben, tell_of_homework, it_is, mailoutbox, do_tasks):
        it_is("12:00")
        tell_of_homework(ben)
        do_tasks()
        return mailoutbox[0]

    @pytest.fixture
    def address(self, mail):
        found = re.fullmatch(r"<http://127\.0\.0\.1:8000(/\S+)>", mail.extra_headers["List-Unsubscribe"])
        return found[1]

    def test_ends_with_the_way_to_the_settings(self, mail):
        assert mail.body.endswith("http://127.0.0.1:8000" + SETTINGS)
        assert mail.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    def test_of_money_says_nothing_of_the_kind(self, ben, tell_of_tea, mailoutbox, do_tasks):
        tell_of_tea(ben)
        do_tasks()
        assert "List-Unsubscribe" not in mailoutbox[0].extra_headers
        assert SETTINGS not in mailoutbox[0].body

    def test_carries_the_header_so_that_a_mail_program_reads_it(self, mail):
        read = message_from_bytes(mail.message().as_bytes(), policy=default)
        assert read["List-Unsubscribe"].strip() == mail.extra_headers["List-Unsubscribe"]

    def test_is_ended_by_one_click_without_signing_in_and_without_a_form(self, ben, address):
        program = Client(enforce_csrf_checks=True)
        for _ in range(2):  # a mail program may ask twice
            answer = program.post(address, {"List-Unsubscribe": "One-Click"})
            assert answer.status_code == 200
        assert Wishes.of(ben).no_mail == ["learning"]
        assert not answer.cookies

    def test_is_not_ended_by_whoever_only_looks(self, client, ben, address):
        page = shown(client.get(address))
        assert "不再寄" in page
        assert "学习" in page
        assert ben.email not in page
        assert not Wishes.objects.exists()
        client.head(address)
        assert not Wishes.objects.exists()

    def test_is_ended_by_the_button_of_that_page_once_and_it_says_so_afterwards(self, client, ben, address):
        assert "好，不寄了" in shown(client.post(address))
        assert "好，不寄了" in shown(client.get(address))

    def test_leaves_what_else_somebody_wished(self, client, ben, address):
        wish(wishes=Wishes(person=ben, quiet_from=time(21), no_mail=["live"]))
        client.post(address)
        wishes = Wishes.of(ben)
        assert (wishes.quiet_from, wishes.no_mail) == (time(21), ["learning", "live"])

    def test_with_a_false_token_ends_nothing_and_says_so(self, client, ben, address):
        elsewhere = signing.dumps([ben.pk, ["learning"]], salt="somewhere.else")
        strange = [signing.dumps(value, salt=tokens.SALT) for value in (ben.pk, [], ["x", ["live"]], [None, None])]
        for token in (address.split("/")[-2][:-1], "x", elsewhere, *strange):
            for ask in (client.get, client.post):
                page = ask(f"/me/notifications/off/{token}/")
                assert page.status_code == 404
                assert "什么也没有改" in shown(page)
        assert not Wishes.objects.exists()

    def test_of_somebody_who_left_ends_nothing(self, client, cat, address):
        token = tokens.make(cat, ["learning"])
        cat.delete()
        assert client.post(f"/me/notifications/off/{token}/").status_code == 404

    def test_never_ends_mails_of_money_even_with_a_token_that_says_so(self, client, ben, mail):
        client.post(f"/me/notifications/off/{tokens.make(ben, ['money', 'live'])}/")
        assert Wishes.of(ben).no_mail == ["live"]
