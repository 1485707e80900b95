"""A property that is worked out when it is first asked for, and kept.

`functools.cached_property` without the lock it has before Python 3.12, which costs a message's twenty properties as
much as reading its header. Two threads that ask at once both work it out, and come to the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

V = TypeVar("V")


class once(Generic[V]):
    """`@once` above a method of a class whose values have a `__dict__`."""

    def __init__(self, method: Callable[[Any], V]) -> None:
        self._method = method
        self._name = method.__name__
        self.__doc__ = method.__doc__

    @overload
    def __get__(self, instance: None, owner: type[Any]) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type[Any]) -> V: ...

    def __get__(self, instance: object | None, owner: type[Any]) -> V | Self:
        if instance is None:
            return self
        value = instance.__dict__[self._name] = self._method(instance)
        return value
