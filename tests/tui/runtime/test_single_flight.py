"""One reading at a time, and the newest question answered."""

from __future__ import annotations

from tui.runtime.single_flight import SingleFlight


def test_questions_during_a_reading_become_one_more() -> None:
    started: list[int] = []
    flight = SingleFlight(lambda: started.append(len(started)))
    for _ in range(5):
        flight.ask()
    assert started == [0]
    assert not flight.landed()  # stale: another one is on its way
    assert started == [0, 1]
    assert flight.landed()
    assert started == [0, 1]
    flight.ask()
    assert started == [0, 1, 2]
