"""Pages of the demo school beside its courses. What they show of others is named by slug, and looked up when they are made."""

from typing import Any

from cms.demo.content import callout, heading, paragraph, points, quote


def faq(title: str, *pairs: tuple[str, str]) -> tuple[str, dict[str, Any]]:
    asked = [{"question": question, "answer": f"<p>{answer}</p>"} for question, answer in pairs]
    return ("faq", {"title": title, "questions": asked})


def steps(title: str, *pairs: tuple[str, str]) -> tuple[str, dict[str, Any]]:
    return ("steps", {"title": title, "steps": [{"title": what, "text": how} for what, how in pairs]})


def table(caption: str, *rows: tuple[str, ...]) -> tuple[str, dict[str, Any]]:
    facts = {"first_row_is_table_header": True, "first_col_is_header": True, "table_header_choice": "both"}
    return ("table", facts | {"table_caption": caption, "data": [list(row) for row in rows]})


INSTRUCTORS: list[dict[str, Any]] = [
    {
        "slug": "shen",
        "title": "沈若谷",
        "user": "shen@example.com",
        "line": "武夷山人，做茶二十六年。不卖茶，只教泡。",
        "bio": [
            paragraph("桐木关一间小茶厂的第三代，十二岁开始跟着祖父看火。三十八岁把茶厂交给弟弟，自己下山教人泡茶。"),
            quote("茶是做给人喝的，不是做给人看的。", "沈若谷"),
            points("在这里可以跟他学", "听水，看火", "用家里的壶泡好一杯茶", "每月一次，直播里同泡一壶"),
        ],
    },
    {
        "slug": "zhou",
        "title": "周怀瑾",
        "user": "zhou@example.com",
        "line": "教了三十年语文，退休以后只带人念诗。",
        "bio": [
            paragraph("在同一所中学的同一间教室里教了三十年。他说，学生忘了课文没有关系，下雨的时候想起一句就好。")
        ],
    },
]

ARTICLES: list[dict[str, Any]] = [
    {
        "slug": "begin",
        "title": "第一次来，从哪里开始",
        "intro": "先听一讲不要钱的，再决定。",
        "body": [
            paragraph("书院不大，三位老师，三门课。每门课都有一讲可以试听，不用注册。"),
            steps(
                "头三个晚上",
                ("试听一讲", "挑一位声音顺耳的老师，从第一讲开始。"),
                ("做一件小事", "每讲后面都有一件今晚能做的事，做完才算听完。"),
                ("进群说三个字", "群里不打卡，只说最先想到的三个字。"),
            ),
            ("lesson", "tea/water"),
            heading("三门课，各要多少时间"),
            table(
                "一周大约要多久",
                ("课", "每周", "什么时候"),
                ("一盏茶的功夫", "三个晚上，每晚十五分钟", "水开的时候"),
                ("把唐诗读慢", "一个晚上，半小时", "睡前"),
                ("听懂孩子没说出口的话", "两个晚上，每晚十分钟", "孩子睡了以后"),
            ),
            ("instructor", "shen"),
            callout("哪一晚没空，就跳过去。语音都在，回来从断的那一条接着听。"),
            faq(
                "常有人问",
                ("手机锁屏了还能听吗？", "能。直播和课都可以锁屏听，别的应用响起来会自己停。"),
                ("买了会员还要买课吗？", "不用，同窗会员可以听所有的课。"),
                ("可以退吗？", "订单那一页写着还能不能退、退多少，按一下就退。"),
            ),
            ("courses", ("三门课", ["tea", "tang", "children"])),
        ],
    },
]

CAMPAIGN: dict[str, Any] = {
    "slug": "winter",
    "title": "冬夜同泡一壶茶",
    "promise": "十二个晚上，和两个班的人一起，把水烧上。",
    "cloth": "tea",
    "action": "去看这门课",
    "action_page": "tea",
    "in_days": 21,
    "body": [
        paragraph("天冷了，正好学泡茶。这一期每晚七点开口，讲十五分钟，泡一杯；没赶上的，语音都留着。"),
        points("十二个晚上以后", "分得清六类茶", "不看温度计也知道水几度", "有一套自己的晚间泡法"),
        ("instructor", "shen"),
        ("courses", ("这一期的课", ["tea"])),
        ("plans", {"title": "同窗可以听全部的课"}),
        faq(
            "报名之前",
            ("没有茶具行吗？", "行。有烧水壶和杯子就能开始。"),
            ("每晚都要准时到吗？", "不用。直播会变成语音，第二天接着听。"),
        ),
    ],
}
