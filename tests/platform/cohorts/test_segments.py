"""Sorting cohorts: by tag, by course, by a saved segment."""

import pytest
from django.db import IntegrityError

from cohorts.models import Cohort, Segment, Tag
from cohorts.services import save_segment


def names(cohorts):
    return sorted(cohort.name for cohort in cohorts)


@pytest.fixture
def north(db):
    return Tag.objects.create(name="北方")


@pytest.fixture
def early(db):
    return Tag.objects.create(name="早读")


@pytest.fixture
def far(db, north, early):
    """Has both tags and takes no course."""
    far = Cohort.objects.create(name="远方群")
    far.tags.set([north, early])
    return far


def test_cohorts_are_found_by_any_of_several_tags_and_each_once(cohort, other_cohort, far, north, early):
    cohort.tags.add(north)
    assert names(Cohort.objects.tagged([north, early])) == ["晨茶群", "远方群"]
    assert names(Cohort.objects.tagged([early])) == ["远方群"]
    assert names(Cohort.objects.tagged([])) == []


def test_cohorts_are_found_by_the_course_they_take(course, other_course, cohort, other_cohort, far):
    assert names(Cohort.objects.learning([course])) == ["夜茶群", "晨茶群"]
    assert names(Cohort.objects.learning([other_course])) == []


def test_a_segment_finds_who_has_the_tag_and_takes_the_course_and_who_is_named(
    course, cohort, other_cohort, far, north
):
    cohort.tags.add(north)
    named = Cohort.objects.create(name="点名群")
    segment = save_segment(name=" 北方  茶课 ", tags=[north], courses=[course], cohorts=[named])
    assert segment.name == "北方 茶课"
    assert names(Cohort.objects.in_segment(segment)) == ["晨茶群", "点名群"]
    other_cohort.tags.add(north)
    assert "夜茶群" in names(Cohort.objects.in_segment(segment))


def test_a_segment_without_a_rule_is_who_it_names(cohort, other_cohort):
    assert names(Cohort.objects.in_segment(save_segment(name="两个", cohorts=[cohort]))) == ["晨茶群"]
    assert names(Cohort.objects.in_segment(save_segment(name="没有"))) == []


def test_saving_under_a_name_that_is_taken_replaces_the_choice(course, cohort, far, north):
    save_segment(name="常用", tags=[north])
    again = save_segment(name="常用", courses=[course])
    assert Segment.objects.get() == again
    assert names(Cohort.objects.in_segment(again)) == ["晨茶群"]


def test_a_closed_cohort_is_no_longer_open(cohort, far):
    Cohort.objects.filter(pk=far.pk).update(closed_at="2026-01-01T00:00Z")
    assert names(Cohort.objects.open()) == ["晨茶群"]


def test_a_tag_has_one_name(north):
    with pytest.raises(IntegrityError):
        Tag.objects.create(name="北方")
