from cms.models.articles import ArticlePage
from cms.models.courses import CourseIndex, CoursePage
from cms.models.home import SchoolHome
from cms.models.lessons import LessonPage

__all__ = ["ArticlePage", "CourseIndex", "CoursePage", "LessonPage", "SchoolHome"]
