"""A lesson of every other kind, by the course it belongs to. `voice`, `film`, `deck` and `handout` are files beside this one."""

from typing import Any

from cms.demo.content import callout, heading, paragraph, points


def choice(prompt: str, explanation: str, *choices: str, right: int) -> tuple[str, dict[str, Any]]:
    told = [{"text": text, "is_right": number == right} for number, text in enumerate(choices)]
    return ("choice", {"prompt": prompt, "explanation": explanation, "choices": told})


def truth(prompt: str, explanation: str, *, is_true: bool) -> tuple[str, dict[str, Any]]:
    return ("truth", {"prompt": prompt, "explanation": explanation, "is_true": is_true})


def fill(prompt: str, explanation: str, *accepted: str) -> tuple[str, dict[str, Any]]:
    return ("fill", {"prompt": prompt, "explanation": explanation, "accepted": "\n".join(accepted)})


LESSONS: dict[str, list[dict[str, Any]]] = {
    "tea": [
        {
            "slug": "bubbles",
            "title": "看一壶水烧开",
            "kind": "video",
            "film": "tea-3-bubbles",
            "preview": True,
            "intro": "十四秒，从鱼眼看到腾波。",
            "body": [paragraph("今晚烧水的时候蹲下来看一次，看完再泡茶。")],
        },
        {
            "slug": "again",
            "title": "两晚一起回听",
            "kind": "clips",
            "clips": [("tea-1-water", "水：先尝一口"), ("tea-2-heat", "火候：看气泡")],
            "intro": "两条语音，洗完一只盖碗的工夫就听完了。",
            "body": [callout("听到哪一条想起自己写的三个字，就去群里再写一遍。")],
        },
        {
            "slug": "quiz",
            "title": "小测：水和火候",
            "kind": "quiz",
            "questions": [
                choice(
                    "壶底冒出鱼眼一样的小泡，水大约几度？",
                    "鱼眼八十，珍珠九十，翻滚才是一百。",
                    "60 度",
                    "80 度",
                    "100 度",
                    right=1,
                ),
                truth("岩茶怕烫，要等水凉一凉再泡。", "反过来：怕烫的是绿茶，岩茶怕凉。", is_true=False),
                fill("泡茶之前，先____一口你家的水。", "水从哪里来，茶味就从哪里来。", "尝", "喝"),
            ],
            "intro": "三道题。错了没关系，答完就看得到为什么。",
            "body": [],
        },
        {
            "slug": "notes",
            "title": "泡茶手记（可以打印）",
            "kind": "file",
            "handout": "tea-notes",
            "intro": "一张纸，十二杯茶。贴在烧水壶旁边。",
            "body": [points("怎么用", "一杯一行", "三个字写在最后", "写满一张，拍照发到群里")],
        },
    ],
    "tang": [
        {
            "slug": "rain-slowly",
            "title": "《夜雨寄北》四页慢读",
            "kind": "slides",
            "voice": "poem-1-rain",
            "deck": "poem-1-slides",
            "slide_lines": "0:00\n0:06\n0:16\n0:33",
            "intro": "周老师讲到哪一句，课件就翻到哪一页。",
            "body": [
                heading("跟着念"),
                paragraph("第一遍听老师念，第二遍自己念，第三遍闭上眼睛。"),
            ],
        },
    ],
}
