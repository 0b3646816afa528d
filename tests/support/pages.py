"""Pages as their editors put them into the tree."""


def publish(parent, page):
    """Below another one, and out."""
    parent.add_child(instance=page)
    return again(page)


def again(page):
    """What was changed on it is out, too."""
    page.save_revision().publish()
    page.refresh_from_db()
    return page
