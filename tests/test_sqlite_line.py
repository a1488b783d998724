"""Transactions of one process take turns in the order of asking, and leave the line however they end."""

from __future__ import annotations

import threading

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import Team, User
from tests.factories import make_team
from wireflow_ui.sqlite.base import Line, line_of

embedded = pytest.mark.skipif(connection.vendor != "sqlite", reason="the line is for SQLite alone")


def is_free() -> bool:
    line = line_of(str(connection.settings_dict["NAME"]))
    taken = line.take(0)
    if taken:
        line.leave()
    return taken


def test_the_line_is_handed_over_in_the_order_of_asking():
    line, order = Line(), []
    assert line.take(0)

    def stand(number: int) -> None:
        assert line.take(5)
        order.append(number)
        line.leave()

    threads = []
    for number in range(10):
        threads.append(threading.Thread(target=stand, args=(number,)))
        threads[-1].start()
        while len(line._waiting) <= number:
            pass
    line.leave()
    for thread in threads:
        thread.join()
    assert order == list(range(10))


def test_who_gave_up_waiting_is_not_handed_the_turn():
    line = Line()
    assert line.take(0)
    assert not line.take(0.01)
    line.leave()
    assert line.take(0)


@embedded
@pytest.mark.django_db(transaction=True)
def test_a_transaction_holds_the_line_until_it_ends_well():
    with transaction.atomic():
        make_team()
        assert not is_free()
        with transaction.atomic():
            make_team()
        assert not is_free()
    assert is_free()
    assert Team.objects.count() == 2


@embedded
@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_breaks_off_leaves_the_line():
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("a@example.org")
        User.objects.create_user("a@example.org")
    assert is_free()
    assert User.objects.count() == 0


@embedded
@pytest.mark.django_db(transaction=True)
def test_a_connection_closed_in_a_transaction_leaves_the_line():
    with pytest.raises(RuntimeError), transaction.atomic():
        connection.close()
        raise RuntimeError
    assert is_free()


@embedded
@pytest.mark.django_db(transaction=True)
def test_many_threads_that_write_all_get_their_turn():
    def write() -> None:
        try:
            for _ in range(5):
                with transaction.atomic():
                    make_team()
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Team.objects.count() == 40
    assert is_free()
