"""SIGKILL, of each kind of process."""

from __future__ import annotations

import os
import signal
from time import sleep

import pytest

from bench.installation import Installation
from bench.steady import NOT_ANSWERED
from tests.chaos.story import steady

pytestmark = pytest.mark.chaos


def test_one_web_process(turret: Installation) -> None:
    with steady(turret) as story:
        os.kill(turret.children(turret.pid("granian"))[-1], signal.SIGKILL)
        sleep(8)
    assert not story.watch.failing()


def test_the_web_server(turret: Installation) -> None:
    with steady(turret) as story:
        os.kill(turret.pid("granian"), signal.SIGKILL)
        sleep(8)
    assert not story.watch.failing()
    assert story.client.seen[NOT_ANSWERED]


def test_a_worker(turret: Installation) -> None:
    with steady(turret) as story:
        for worker in turret.pids("rqworker events"):
            os.kill(worker, signal.SIGKILL)
            sleep(5)
    assert not story.watch.failing()


def test_the_worker_of_topics(turret: Installation) -> None:
    with steady(turret) as story:
        os.kill(turret.pid("rqworker topics"), signal.SIGKILL)
        sleep(5)
    assert not story.watch.failing()


def test_cron(turret: Installation) -> None:
    with steady(turret) as story:
        os.kill(turret.pid("rqcron"), signal.SIGKILL)
        sleep(5)
    assert not story.watch.failing()
