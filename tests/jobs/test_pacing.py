"""How long a step of long work may be: batches follow the clock."""

from tradedoor.jobs import driving
from tradedoor.jobs.driving import Driver


def test_a_batch_grows_while_steps_are_short_and_shrinks_when_they_are_long() -> None:
    driver = Driver(1, worker="w")
    driver._adapt(0.01)
    driver._adapt(0.01)
    assert driver.batch == 800
    driver._adapt(2.0)
    assert driver.batch == 400
    for _number in range(5):
        driver._adapt(10.0)
    assert driver.batch == driving.SMALLEST_BATCH
    for _number in range(20):
        driver._adapt(0.0)
    assert driver.batch == driving.LARGEST_BATCH
