"""Questions to stores that may never answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from time import monotonic
from typing import Generic, TypeVar

from django.db import connections

T = TypeVar("T")


class Probe(Generic[T]):
    """A question, asked by one thread at a time however many want to know.

    An answer is good for `lasting` seconds. A thread that hangs keeps the next from starting.
    """

    def __init__(self, question: Callable[[], T], *, patience: float, lasting: float = 0.0) -> None:
        self._question = question
        self._patience = patience
        self._lasting = lasting
        self._mutex = threading.Lock()
        self._begun = 0.0
        self._answer: Future[T] | None = None

    def ask(self) -> Callable[[], T]:
        """Begin to ask, unless somebody is at it or has an answer that is still good.

        What is returned waits for the answer. It raises TimeoutError `patience` seconds after the
        question, or what the question raised.
        """
        with self._mutex:
            answer = self._answer
            if answer is None or (answer.done() and monotonic() - self._begun >= self._lasting):
                self._begun, self._answer = monotonic(), Future()
                answer = self._answer
                threading.Thread(target=self._run, args=[answer], daemon=True).start()
            deadline = self._begun + self._patience
        return lambda: answer.result(max(0.0, deadline - monotonic()))

    def _run(self, answer: Future[T]) -> None:
        try:
            answer.set_result(self._question())
        except BaseException as error:
            answer.set_exception(error)
        finally:
            connections.close_all()
