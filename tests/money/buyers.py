"""A process of buyers: each buys, pays and is heard of, as the web server would do it for them.

`python tests/money/buyers.py GOODS PERSON…` prints one JSON line a buyer: what became of them and how long it took.
"""

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "platform"), str(ROOT / "tests/support")]
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"

import django

django.setup()

from django.db import connection
from tills import charge, notify

from accounts.models import User
from payments import services
from payments.errors import SoldOut
from payments.providers.sandbox import desk, post

AT_ONCE = 8
post.send = lambda url, body: notify(body).status_code == 200


def buy(goods, person):
    began = time.monotonic()
    try:
        order = services.place_order(person=User.objects.get(pk=person), goods=goods)
        desk.settle(charge=charge(order), pay=True)
        services.refresh(order=order)  # as the page does that people come back to
        order.refresh_from_db()
        became = order.state
    except SoldOut:
        became = "sold out"
    except Exception as error:  # told, so that the test sees it
        became = repr(error)
    finally:
        connection.close()
    return {"person": person, "became": became, "seconds": round(time.monotonic() - began, 3)}


def main(goods, *people):
    notify(b"{}")  # whatever is loaded on first use is loaded now
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for told in pool.map(lambda person: buy(goods, int(person)), people):
            print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
