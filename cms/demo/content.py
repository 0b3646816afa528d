"""What the demo school teaches. Written for it; free to ship under the project's licence."""

from typing import Any

TIERS: list[dict[str, Any]] = [
    {
        "slug": "pangting",
        "name": "旁听",
        "rank": 0,
        "promise": "先听听合不合口味。",
        "benefits": [("课程", "每门第一讲"), ("直播", "没有"), ("学习群", "没有"), ("回放", "没有")],
        "plans": {},
    },
    {
        "slug": "tongchuang",
        "name": "同窗",
        "rank": 10,
        "promise": "想听的都有，听过的找得回。",
        "benefits": [("课程", "全部"), ("直播", "可听可问"), ("学习群", "不限"), ("回放", "有")],
        "plans": {"month": 3900, "quarter": 9900, "year": 29800},
    },
    {
        "slug": "rushi",
        "name": "入室",
        "rank": 20,
        "promise": "老师先答你的问题，一年见一次面。",
        "benefits": [("课程", "全部"), ("直播", "可听，提问优先"), ("学习群", "另有小班"), ("回放", "有")],
        "plans": {"month": 12800, "quarter": 34800, "year": 128000},
    },
]

COHORTS = {
    "茶课一班": ("每晚七点，一人一杯", ["xiaohe@example.com"]),
    "茶课二班": ("周末慢慢泡", ["tingsong@example.com"]),
    "唐诗七班": ("一周只读一首", ["xiaohe@example.com"]),
}


def heading(text: str) -> tuple[str, str]:
    return ("heading", text)


def paragraph(text: str) -> tuple[str, str]:
    return ("paragraph", f"<p>{text}</p>")


def quote(text: str, source: str = "") -> tuple[str, dict[str, str]]:
    return ("quote", {"text": text, "source": source})


def points(title: str, *lines: str) -> tuple[str, dict[str, Any]]:
    return ("points", {"title": title, "points": list(lines)})


def callout(text: str) -> tuple[str, str]:
    return ("callout", text)


COURSES: list[dict[str, Any]] = [
    {
        "slug": "tea",
        "title": "一盏茶的功夫",
        "promise": "十二个晚上，一只盖碗，在家泡出不苦不涩的一杯茶。",
        "subjects": ["茶"],
        "instructor": "shen@example.com",
        "teacher": "武夷山人，做茶二十六年，桐木关一间小茶厂的第三代。不卖茶，只教泡。",
        "cloth": "tea",
        "price": "199",
        "outcomes": "分得清六类茶，各用多热的水\n用家里的壶，不买新器也能泡好\n一套十五分钟的晚间泡法",
        "about": [
            paragraph(
                "泡茶这件事，难的不是手艺，是慢不下来。这门课每晚只讲一件小事：水、火候、时间、器皿，一样一样来。"
            ),
            paragraph("你不需要买任何东西。家里有烧水壶，有杯子，就可以开始。"),
        ],
        "cohorts": ["茶课一班", "茶课二班"],
        "lessons": [
            {
                "slug": "water",
                "title": "先认识你家的水",
                "kind": "audio",
                "voice": "tea-1-water",
                "preview": True,
                "intro": "同一包茶叶，换了水，就像换了一个人说话。",
                "body": [
                    heading("今晚的三杯水"),
                    paragraph("自来水放一夜，纯净水现开，山泉水滤一遍。三只一样的杯子，同样的茶叶，同样的时间。"),
                    points("记住这几条", "先尝水，再泡茶", "有一点甜的水配绿茶", "发涩的水烧开以后放一放"),
                    callout("写下最先想到的三个字，发到群里。不必求对，只要诚实。"),
                ],
            },
            {
                "slug": "heat",
                "title": "火候：看气泡，不看温度计",
                "kind": "audio",
                "voice": "tea-2-heat",
                "intro": "鱼眼、珍珠、腾波，眼睛比温度计更早知道。",
                "homework": {
                    "homework_prompt": "今晚烧一壶水，不看温度计，只看气泡。拍下你认为该下茶的那一刻，写三句话：看见了什么，听见了什么，茶汤入口是什么味道。",
                    "homework_voice": True,
                    "homework_shows_best": True,
                },
                "body": [
                    heading("三种气泡"),
                    paragraph(
                        "壶底冒出小泡，像鱼眼，是八十度，绿茶可以下了。连成串，像珍珠，是九十度。水面翻起来，才是岩茶要的那一百度。"
                    ),
                    quote("其沸如鱼目，微有声，为一沸。", "陆羽《茶经》"),
                ],
            },
            {
                "slug": "live",
                "title": "今晚同泡一壶",
                "kind": "live",
                "in_minutes": 30,
                "intro": "直播：把水烧上，跟着沈老师从第一泡喝到第三泡。",
                "body": [paragraph("准备：一只盖碗或任何有盖的杯子，五克乌龙，一壶刚开的水。")],
            },
        ],
    },
    {
        "slug": "tang",
        "title": "把唐诗读慢",
        "promise": "一周只读一首，读到它跟你有关。",
        "subjects": ["古诗"],
        "instructor": "zhou@example.com",
        "teacher": "中学教了三十年语文，退休以后只带人念诗。",
        "cloth": "poem",
        "price": "129",
        "outcomes": "会用自己的话把一首诗讲给家里人听\n听得出平仄里的快慢\n背下十二首，不靠死记",
        "about": [paragraph("这里不讲考点。一首诗先念三遍，再说说雨是怎么下的，人是怎么想的，最后再念一遍。")],
        "cohorts": ["唐诗七班"],
        "lessons": [
            {
                "slug": "rain",
                "title": "夜雨寄北：雨是怎么变暖的",
                "kind": "audio",
                "voice": "poem-1-rain",
                "preview": True,
                "intro": "同样的巴山夜雨，在诗里出现了两次。第一次是冷的，第二次是暖的。",
                "body": [
                    quote("君问归期未有期，巴山夜雨涨秋池。\n何当共剪西窗烛，却话巴山夜雨时。", "李商隐《夜雨寄北》"),
                    paragraph("他没有停在眼前的雨里。他走到将来，回过头来看今晚，今晚就不那么难熬了。"),
                ],
            },
            {
                "slug": "snow",
                "title": "问刘十九：一句没说完的邀请",
                "kind": "text",
                "intro": "火炉是红的，酒是绿的，天要下雪了。你来不来？",
                "body": [
                    quote("绿蚁新醅酒，红泥小火炉。\n晚来天欲雪，能饮一杯无？", "白居易《问刘十九》"),
                    heading("二十个字，三样颜色"),
                    paragraph("绿的酒沫，红的炉火，还没有落下来的白雪。前三句都是摆设，只有最后一句是事：来不来。"),
                    paragraph("把它念慢。念到「无」字，声音往上走，停住。那个停住的地方，就是刘十九站在门口的样子。"),
                ],
            },
            {
                "slug": "live",
                "title": "共读《山居秋暝》",
                "kind": "live",
                "in_minutes": 60 * 24,
                "intro": "直播：空山新雨后，我们一起念，念到月亮出来。",
                "body": [],
            },
        ],
    },
    {
        "slug": "children",
        "title": "听懂孩子没说出口的话",
        "promise": "十个家里常见的晚上，换一种说法。",
        "subjects": ["亲子"],
        "instructor": "lin@example.com",
        "teacher": "学校心理老师，两个孩子的妈妈。",
        "cloth": "child",
        "price": "",
        "outcomes": "孩子说「随便」的时候，知道他在说什么\n少说一句「快点」\n吵完以后，知道怎么开口",
        "about": [paragraph("每一讲都是一个真实的晚上，和一句可以换掉的话。这门课只给会员，不单卖。")],
        "cohorts": [],
        "lessons": [
            {
                "slug": "listen",
                "title": "今晚只做一件事：听",
                "kind": "audio",
                "voice": "parent-1-listen",
                "preview": True,
                "intro": "他说的第二句话，往往才是真正的原因。",
                "body": [
                    points("今晚试一试", "他说完，用你的话再说一遍", "问一句：我听得对吗", "不评价，不建议，也不安慰")
                ],
            },
            {
                "slug": "whatever",
                "title": "他说「随便」的时候",
                "kind": "text",
                "intro": "「随便」不是没想法，是怕说了没用。",
                "body": [
                    heading("三种「随便」"),
                    paragraph("一种是累了，别再问。一种是说过没用，不如不说。还有一种，是你猜猜看。"),
                    paragraph("分不清的时候，先停三秒。停的时候脸上不要有答案。"),
                    callout("今晚把「你想吃什么」换成「面条和米饭，你选哪个」。"),
                ],
            },
        ],
    },
]

ARTICLE: dict[str, Any] = {
    "slug": "slow",
    "title": "为什么我们把课讲得这样短",
    "intro": "一讲半分钟到二十分钟，够洗完一只杯子，也够想一晚上。",
    "body": [
        paragraph("书院刚开的时候，一讲是一个小时。老师讲得满头是汗，后台的数字却说，大多数人听到第九分钟就走了。"),
        paragraph("我们起先以为是大家没有耐心。后来一位学员留言说：不是不想听，是孩子醒了。"),
        heading("短，是为了能接着听"),
        paragraph(
            "人的晚上是碎的。水开了，门铃响了，孩子做了噩梦。所以我们把一讲切成一条一条的语音，"
            "每条说一件事，说完就停。你回来的时候，从断的那一条接着听，什么也没有丢。"
        ),
        heading("短，不等于少"),
        paragraph("沈老师讲水，只讲了半分钟，留的功课却要泡三杯茶、写三个字。功课做完，那半分钟就变成了一个晚上。"),
        quote("少则得，多则惑。", "《老子》"),
        paragraph("所以这里的课都很短。剩下的时间，是留给你的。"),
    ],
}
