"""繁體中文: what Django writes differently (01月5日)."""

MONTH_DAY_FORMAT = "n月j日"
