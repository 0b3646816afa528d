"""Who lives in the demo school. Everyone signs in with a code sent to their address."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Resident:
    email: str
    name: str
    role: str
    what: str


PEOPLE = (
    Resident("owner@example.com", "顾校长", "owner", "校长，什么都能看"),
    Resident("editor@example.com", "苏编辑", "editor", "在 /admin/ 编课程"),
    Resident("shen@example.com", "沈若谷", "instructor", "讲《一盏茶的功夫》，今晚有直播"),
    Resident("zhou@example.com", "周怀瑾", "instructor", "讲《把唐诗读慢》"),
    Resident("lin@example.com", "林静宜", "instructor", "讲《听懂孩子没说出口的话》"),
    Resident("xiaohe@example.com", "小禾", "learner", "同窗会员，在茶课一班和唐诗七班"),
    Resident("tingsong@example.com", "听松", "learner", "同窗会员，在茶课二班"),
    Resident("lapsed@example.com", "远山", "learner", "会员上个月到期了"),
    Resident("mosheng@example.com", "陌生人", "learner", "第一次来，什么都还没买"),
)
