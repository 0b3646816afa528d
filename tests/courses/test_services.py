"""Publishing writes facts; buying a course opens exactly that course."""

import pytest

from courses.access import lesson_access, may_open
from courses.errors import AudioTaken
from courses.goods import CourseGoods
from courses.models import Course, Lesson
from courses.services import publish_course, publish_lesson, unpublish_course, unpublish_lesson
from media.models import Asset
from payments.errors import NotForSale
from payments.goods import Delivery
from payments.models import Order

pytestmark = pytest.mark.once


def facts(course, **more):
    return {"course": course, "title": "水", "url": "/w/", "position": 1, "kind": "audio", **more}


def sound(name="a"):
    return Asset.objects.create(kind="audio", title=name, key=name, mime="audio/ogg")


def order(person, course):
    return Order.objects.create(
        person=person, goods=course.goods, title=course.title, amount=19900, currency="CNY", provider="sandbox"
    )


def test_publishing_again_changes_the_course_and_makes_no_second(ada, inner, course):
    told = {"title": "茶", "url": "/t/", "instructor": ada, "price": 9900, "tier": inner, "is_free": False}
    again = publish_course(course=course, **told)
    assert (again.pk, again.title, Course.objects.count()) == (course.pk, "茶", 1)


def test_a_lessons_audio_is_guarded_by_the_lesson_from_the_moment_it_is_published(course):
    audio = sound()
    lesson = publish_lesson(**facts(course, audio=audio))
    audio.refresh_from_db()
    assert (audio.guard, audio.guarded_id) == ("lesson", str(lesson.pk))


def test_the_same_audio_is_not_taken_for_two_lessons(course):
    audio = sound()
    publish_lesson(**facts(course, audio=audio))
    with pytest.raises(AudioTaken):
        publish_lesson(**facts(course, audio=audio))


def test_what_was_recorded_live_stays_when_the_page_is_published_again(course):
    lesson = publish_lesson(**facts(course, kind="live"))
    Lesson.objects.filter(pk=lesson.pk).update(audio=sound())
    again = publish_lesson(**facts(course, kind="live", lesson=Lesson.objects.get(pk=lesson.pk), title="新题"))
    assert again.title == "新题"
    assert Lesson.objects.get(pk=lesson.pk).audio is not None


def test_what_is_taken_off_is_shut_for_members_and_open_for_its_makers(lesson, ada, ben, course):
    unpublish_lesson(lesson=lesson)
    assert not may_open(ben, lesson)
    assert may_open(ada, lesson)
    unpublish_course(course=course)
    assert not Lesson.objects.published().exists()


def test_who_buys_the_course_may_open_it_and_no_other(cat, lesson, other_course):
    goods, bought = CourseGoods(), order(cat, lesson.course)
    assert goods.quote(person=cat, ref=str(lesson.course_id)).amount == 19900
    goods.deliver(Delivery(bought.person, bought.goods, bought.source, bought.title))
    goods.deliver(Delivery(bought.person, bought.goods, bought.source, bought.title))
    assert cat.grants.count() == 1
    assert lesson_access(cat, lesson).allowed
    elsewhere = Lesson.objects.create(course=other_course, title="雨", is_published=True)
    assert not lesson_access(cat, elsewhere).allowed
    goods.withdraw(source=bought.source)
    assert not lesson_access(cat, lesson).allowed


@pytest.mark.parametrize("ref", ["0", "x", "", "999999"])
def test_what_is_not_sold_is_refused_with_a_sentence(cat, ref):
    with pytest.raises(NotForSale, match=r"停售|不单独"):
        CourseGoods().quote(person=cat, ref=ref)


def test_a_free_course_is_not_sold(cat, course):
    Course.objects.filter(pk=course.pk).update(is_free=True)
    with pytest.raises(NotForSale):
        CourseGoods().quote(person=cat, ref=str(course.pk))
