"""Numbers are given out once."""

from __future__ import annotations

import pytest
from django.db import transaction

from people.models import NumberSequence
from people.numbers import next_company_id, take_next
from tests.factories import people

pytestmark = pytest.mark.django_db


def test_each_sequence_counts_from_one_for_itself():
    assert [take_next("a"), take_next("a"), take_next("b"), take_next("a")] == [1, 2, 1, 3]


def test_company_ids_grow_past_four_digits():
    NumberSequence.objects.update_or_create(name="company ID", defaults={"last": 9_998})
    assert [next_company_id() for _ in range(3)] == ["MA9999", "MA10000", "MA10001"]
    assert people.person().company_id == "MA10002"


def test_a_company_id_is_never_reused():
    gone = people.person()
    number = gone.company_id
    gone.emailaddress_set.all().delete()
    gone.delete()
    assert people.person().company_id != number


def test_a_number_of_a_change_that_failed_may_be_given_again():
    before = take_next("a")
    with transaction.atomic():
        take_next("a")
        transaction.set_rollback(True)
    assert take_next("a") == before + 1


@pytest.mark.django_db(transaction=True)
def test_a_number_is_taken_only_inside_a_transaction():
    with pytest.raises(transaction.TransactionManagementError):
        take_next("a")
