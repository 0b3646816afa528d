from cms.models.articles import ArticlePage
from cms.models.courses import CourseIndex, CoursePage
from cms.models.home import SchoolHome
from cms.models.instructors import InstructorPage
from cms.models.landing import LandingPage
from cms.models.lessons import LessonPage
from cms.models.parcels import Parcel
from cms.models.passages import Passage, Place
from cms.models.schedule import FailedRun
from cms.models.shared import SharedText
from cms.models.subjects import Subject

__all__ = [
    "ArticlePage",
    "CourseIndex",
    "CoursePage",
    "FailedRun",
    "InstructorPage",
    "LandingPage",
    "LessonPage",
    "Parcel",
    "Passage",
    "Place",
    "SchoolHome",
    "SharedText",
    "Subject",
]
