"""A cohort that takes the lesson at an hour of its own hears a recording then, and is told that it is one."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cohorts.models import Cohort, Seat
from courses.access import lesson_access, may_fetch_media
from live.errors import BadInput, NoAccess
from live.models import Broadcast, Event, Ticket
from live.services.listening import may_still_listen
from live.services.relaying import post, set_hour
from live.services.tickets import issue_ticket, redeem

pytestmark = pytest.mark.once


@pytest.fixture
def hour(broadcast):
    """A day after the lesson begins."""
    return broadcast.lesson.starts_at + timedelta(days=1)


@pytest.fixture
def held(olga, broadcast, cohort, hour):
    """ben's cohort hears the recording a day later."""
    set_hour(broadcast=broadcast, cohorts=Cohort.objects.filter(pk=cohort.pk), by=olga, starts_at=hour)
    return broadcast


@pytest.fixture
def come(held, monkeypatch):
    """The lesson has been taught and the hour has come."""

    def come(state="ended"):
        Broadcast.objects.update(state=state)
        held.relays.exclude(starts_at=None).update(starts_at=timezone.now() - timedelta(minutes=1))
        held.refresh_from_db()

    return come


def ticket(person, broadcast, cohort=None):
    return issue_ticket(person=person, broadcast=broadcast, part="listen", cohort_id=cohort and cohort.pk)


def test_its_members_are_kept_out_of_the_live_lesson_by_every_door(login, ben, bob, held, cohort, other_cohort):
    Broadcast.objects.update(state="live")
    client, lesson = login(ben), held.lesson
    page = client.get(f"/live/{lesson.pk}/").content.decode()
    assert "是录播" in page
    assert "data-room" not in page
    for outlet in ("log.json", "hls/live.m3u8", "sofar/0/"):
        assert client.get(f"/live/{lesson.pk}/{outlet}").status_code == 403
    assert client.post(f"/live/{lesson.pk}/chat/", {"text": "好"}, "application/json").status_code == 403
    for where in (None, cohort):
        with pytest.raises(NoAccess, match="是录播"):
            ticket(ben, held, where)
    assert not may_fetch_media(ben, str(lesson.pk))
    assert ticket(bob, held, other_cohort)


def test_after_the_hour_the_replay_opens_and_says_what_it_is(login, ben, held, cohort, come):
    come()
    page = login(ben).get(f"/live/{held.lesson_id}/").content.decode()
    assert "录播" in page
    assert "放给你们群" in page
    assert 'data-state="ended"' in page
    assert login(ben).get(f"/live/{held.lesson_id}/log.json?cohort={cohort.pk}").status_code == 200
    assert may_fetch_media(ben, str(held.lesson_id))


def test_an_hour_that_comes_before_the_lesson_has_ended_waits_for_the_recording(login, ben, held, come):
    come(state="live")
    assert "录音一好" in login(ben).get(f"/live/{held.lesson_id}/").content.decode()
    assert not lesson_access(ben, held.lesson).allowed


def test_who_sits_in_another_cohort_too_hears_it_live_there_and_only_there(ben, held, cohort, other_cohort):
    Seat.objects.create(cohort=other_cohort, person=ben)
    assert ticket(ben, held, other_cohort)
    from live.access import cohorts_of

    assert cohorts_of(ben, held) == [other_cohort]


def test_those_who_teach_and_run_the_school_are_not_kept_waiting(ada, olga, held, cohort):
    Seat.objects.create(cohort=cohort, person=ada)
    Seat.objects.create(cohort=cohort, person=olga)
    assert ticket(ada, held)
    assert ticket(olga, held)


def test_who_may_not_listen_at_all_is_told_that_and_not_an_hour(login, dan, held):
    assert "已经到期" in login(dan).get(f"/live/{held.lesson_id}/").content.decode()


def test_who_was_already_inside_is_shown_out_and_cannot_come_back(
    olga, ben, bob, broadcast, cohort, other_cohort, hour
):
    visit = redeem(ticket=ticket(ben, broadcast, cohort), part="listen")
    waiting, other = ticket(ben, broadcast), ticket(bob, broadcast, other_cohort)
    set_hour(broadcast=broadcast, cohorts=Cohort.objects.filter(pk=cohort.pk), by=olga, starts_at=hour)
    assert not may_still_listen(visit=visit)
    left = Ticket.objects.filter(used_at=None)
    assert [one.person for one in left] == [bob]
    assert waiting != other


def test_the_cohort_goes_back_to_the_live_lesson(login, ada, ben, held, cohort):
    answer = login(ada).post(f"/live/{held.lesson_id}/relay/", {"how": "live", "one": cohort.pk}, follow=True)
    assert "改回听直播" in answer.content.decode()
    assert lesson_access(ben, held.lesson).allowed


def test_what_the_host_writes_to_all_has_no_row_for_a_cohort_that_hears_it_later(ada, held, other_cohort):
    sent = post(broadcast=held, by=ada, text="水开了")
    assert [row.cohort for row in sent.deliveries.all()] == [other_cohort]


def test_the_host_sets_the_hour_on_the_relay_page(login, ada, held, cohort, other_cohort, hour):
    page, when = f"/live/{held.lesson_id}/relay/", timezone.localtime(hour).strftime("%Y-%m-%dT%H:%M")
    said = login(ada).post(page, {"how": "hour", "q": "夜茶", "starts_at": when}, follow=True).content.decode()
    assert "1 群改为到点放录音" in said
    assert held.relays.get(cohort=other_cohort).starts_at
    for bad, sentence in (("soon", "写明日期"), ("2020-01-01T10:00", "之后")):
        assert sentence in login(ada).post(page, {"how": "hour", "starts_at": bad}, follow=True).content.decode()


def test_an_hour_before_the_lesson_begins_is_refused(olga, broadcast, cohort):
    with pytest.raises(BadInput, match="开讲之后"):
        set_hour(
            broadcast=broadcast,
            cohorts=Cohort.objects.all(),
            by=olga,
            starts_at=broadcast.lesson.starts_at - timedelta(minutes=1),
        )


def test_a_teacher_sets_no_hour_for_a_cohort_beyond_her_reach(ada, olga, broadcast, cohort, hour):
    far = Cohort.objects.create(name="远方群")
    broadcast.relays.create(cohort=far)
    assert set_hour(broadcast=broadcast, cohorts=Cohort.objects.filter(pk=far.pk), by=ada, starts_at=hour) == 0
    assert not Event.objects.exists()
