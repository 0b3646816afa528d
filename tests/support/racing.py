"""Several who act at one moment."""

import threading

from django.db import connection


def at_once(*acts):
    """Each in a thread of its own, begun together; what went wrong in any."""
    wrong, ready = [], threading.Barrier(len(acts))

    def run(act):
        try:
            ready.wait(30)
            act()
        except Exception as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong
