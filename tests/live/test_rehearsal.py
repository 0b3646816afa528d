"""Trying the whole path out, with nobody there."""

import pytest
from school import work

from cohorts.models import Cohort
from courses.models import Lesson
from live.engine.journal import folder
from live.errors import BadInput, NoAccess
from live.models import Broadcast, Rehearsal, Ticket
from live.services.recording import segment_prefix
from live.services.rehearsal import begin_rehearsal, card, rehearse
from live.services.tickets import issue_tickets
from media.store import store

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.once
def test_a_rehearsal_goes_the_whole_way_and_leaves_nothing_but_its_card(school, ada, broadcast):
    lessons, cohorts = Lesson.objects.count(), Cohort.objects.count()
    rehearsal = begin_rehearsal(broadcast=broadcast, by=ada, cohorts=10)
    rehearse(rehearsal=rehearsal, site=school.start().url)
    assert rehearsal.trouble == ""
    assert rehearsal.figures["delivered"] == rehearsal.figures["recorded"] == 100
    assert [measure.label for measure, figure, _ in card(rehearsal) if figure is None] == []
    assert (Lesson.objects.count(), Cohort.objects.count(), Broadcast.objects.count()) == (lessons, cohorts, 1)
    assert not Ticket.objects.exists()
    gone = broadcast.pk + 1
    assert not folder(gone).exists()
    assert not store().keys(prefix=segment_prefix(gone))


def test_a_school_that_does_not_answer_makes_a_red_card_with_the_reason(ada, broadcast):
    rehearsal = begin_rehearsal(broadcast=broadcast, by=ada, cohorts=10)
    rehearse(rehearsal=rehearsal, site="http://127.0.0.1:9")
    assert rehearsal.ended_at
    assert "refused" in rehearsal.trouble or "Connect" in rehearsal.trouble
    assert not any(kept for _, _, kept in card(rehearsal))
    assert Lesson.objects.filter(title="彩排").count() == 0


def test_a_second_rehearsal_waits_for_the_first(ada, broadcast):
    begin_rehearsal(broadcast=broadcast, by=ada, cohorts=10)
    with pytest.raises(BadInput, match="正在进行"):
        begin_rehearsal(broadcast=broadcast, by=ada, cohorts=10)


@pytest.mark.parametrize("cohorts", [0, 11, 10_000])
def test_a_size_nobody_offered_is_refused(ada, broadcast, cohorts):
    with pytest.raises(BadInput, match="10、100 或 500"):
        begin_rehearsal(broadcast=broadcast, by=ada, cohorts=cohorts)


def test_tickets_by_the_dozen_are_for_hosts(ben, broadcast):
    with pytest.raises(NoAccess):
        issue_tickets(person=ben, broadcast=broadcast)


def test_the_host_presses_and_reads_the_card(login, ada, ben, broadcast):
    address = f"/live/{broadcast.lesson_id}/rehearsal/"
    assert login(ben).post(address, {"cohorts": "10"}).status_code == 404
    page = login(ada)
    assert "还没有彩排过" in page.get(address).content.decode()
    page.post(address, {"cohorts": "10"}, HTTP_HOST="127.0.0.1:9")
    assert "彩排进行中" in page.get(address).content.decode()
    assert "正在进行" in page.post(address, {"cohorts": "10"}, follow=True).content.decode()
    work()
    assert Rehearsal.objects.get().ended_at
    assert "有地方没过关" in page.get(address).content.decode()
