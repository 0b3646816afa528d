"""The pieces editors build pages from."""

from cms.blocks.bodies import Pieces, Text
from cms.blocks.cards import CourseCards, CourseChooser, InstructorCard, LessonCard, PlanCards
from cms.blocks.links import Button
from cms.blocks.pictures import SHOWN_AS, Gallery, Picture
from cms.blocks.shared import Shared
from cms.blocks.words import Faq, KeyPoints, Quote, Steps, Table

__all__ = [
    "SHOWN_AS",
    "Button",
    "CourseCards",
    "CourseChooser",
    "Faq",
    "Gallery",
    "InstructorCard",
    "KeyPoints",
    "LessonCard",
    "Picture",
    "Pieces",
    "PlanCards",
    "Quote",
    "Shared",
    "Steps",
    "Table",
    "Text",
]
