"""LeetCode's node objects: from data on the way in, to data on the way out, with a cap against cycles.

    >>> to_data("list_node", from_data("list_node", [1, 2, 3], {}))
    [1, 2, 3]

A linked list is a list of values; a tree is its level order with None for a missing child and no trailing None;
a graph is an adjacency list whose nodes are numbered from 1. The classes are the program's own where it defines
`ListNode`, `TreeNode` or `Node`. Runs in the untrusted process.
"""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

NODE_LIMIT = 200_000
Namespace = Mapping[str, Any]


class ListNode:
    """A node of a singly linked list."""

    def __init__(self, val: Any = 0, next: Any = None) -> None:
        self.val, self.next = val, next


class TreeNode:
    """A node of a binary tree."""

    def __init__(self, val: Any = 0, left: Any = None, right: Any = None) -> None:
        self.val, self.left, self.right = val, left, right


class Node:
    """A node of an undirected graph."""

    def __init__(self, val: Any = 0, neighbors: Any = None) -> None:
        self.val, self.neighbors = val, [] if neighbors is None else neighbors


class TooManyNodesError(ValueError):
    """More nodes than any test has: a cycle."""

    def __init__(self) -> None:
        super().__init__(f"the structure returned has a cycle or more than {NODE_LIMIT} nodes")


def _list_from(values: list[Any], namespace: Namespace) -> Any:
    make = namespace.get("ListNode", ListNode)
    head = None
    for value in reversed(values):
        node = make(value)
        node.next = head
        head = node
    return head


def _walk(head: Any) -> Iterator[Any]:
    for _ in range(NODE_LIMIT):
        if head is None:
            return
        yield head.val
        head = head.next
    raise TooManyNodesError


def _tree_from(values: list[Any], namespace: Namespace) -> Any:
    if not values or values[0] is None:
        return None
    make = namespace.get("TreeNode", TreeNode)
    root = make(values[0])
    parents, rest = deque([root]), iter(values[1:])
    while parents:
        parent = parents.popleft()
        for side in ("left", "right"):
            value = next(rest, None)
            if value is not None:
                setattr(parent, side, make(value))
                parents.append(getattr(parent, side))
    return root


def _tree_to(root: Any) -> list[Any]:
    values: list[Any] = []
    level = deque([root])
    while level:
        node = level.popleft()
        values.append(None if node is None else node.val)
        if node is not None:
            level += (node.left, node.right)
        if len(values) > NODE_LIMIT:
            raise TooManyNodesError
    while values and values[-1] is None:
        values.pop()
    return values


def _graph_from(neighbors: list[list[int]], namespace: Namespace) -> Any:
    make = namespace.get("Node", Node)
    nodes = [make(number + 1) for number in range(len(neighbors))]
    for node, numbers in zip(nodes, neighbors, strict=True):
        node.neighbors = [nodes[number - 1] for number in numbers]
    return nodes[0] if nodes else None


def _graph_to(start: Any) -> list[list[int]]:
    seen: dict[int, list[int]] = {}
    waiting = [] if start is None else [start]
    while waiting:
        node = waiting.pop()
        if node.val not in seen:
            seen[node.val] = [neighbor.val for neighbor in node.neighbors]
            waiting += node.neighbors
        if len(seen) > NODE_LIMIT:
            raise TooManyNodesError
    return [seen[number] for number in sorted(seen)]


_FROM: dict[str, Callable[[Any, Namespace], Any]] = {
    "list_node": _list_from,
    "tree_node": _tree_from,
    "graph_node": _graph_from,
}
_TO: dict[str, Callable[[Any], Any]] = {
    "list_node": lambda head: list(_walk(head)),
    "tree_node": _tree_to,
    "graph_node": _graph_to,
}


def from_data(converter: str, data: Any, namespace: Namespace) -> Any:
    """The object that a converter makes of plain data; what is no list stays as it is."""
    if type(data) is not list:
        return data
    if converter.endswith("_list"):
        return [from_data(converter.removesuffix("_list"), item, namespace) for item in data]
    return _FROM[converter](data, namespace) if converter in _FROM else data


def to_data(converter: str, value: Any) -> Any:
    """The plain data of an object; an empty list for None."""
    if converter.endswith("_list"):
        return [to_data(converter.removesuffix("_list"), item) for item in value]
    if isinstance(value, (list, tuple)):  # the program answered with plain values already
        return value
    return _TO[converter](value) if converter in _TO else value


_HINTS = (("ListNode", "list_node"), ("TreeNode", "tree_node"), ("'Node'", "graph_node"), ("[Node]", "graph_node"))


def _by_hint(hint: Any) -> str:
    text = hint if isinstance(hint, str) else getattr(hint, "__name__", "") if isinstance(hint, type) else repr(hint)
    name = next((converter for part, converter in _HINTS if part in text), "none")
    return f"{name}_list" if name != "none" and text.lower().removeprefix("typing.").startswith("list[") else name


def plan(function: Callable[..., Any], given: Mapping[str, str]) -> dict[str | int, str]:
    """Which converter belongs to which argument (by name and by position) and to "return".

    Args:
        function: The entry point; its type hints decide where nothing is given.
        given: `Problem.converters`.
    """
    if given:
        return {int(key) if key.isdigit() else key: value for key, value in given.items()} | _names(function, given)
    hints: Mapping[str, Any] = getattr(function, "__annotations__", {})
    if not any("Node" in str(hint) for hint in hints.values()):
        return {}
    chosen: dict[str | int, str] = {name: _by_hint(hint) for name, hint in hints.items()}
    return chosen | {at: chosen[name] for at, name in enumerate(_parameters(function)) if name in chosen}


def _names(function: Callable[..., Any], given: Mapping[str, str]) -> dict[str | int, str]:
    return {at: given[name] for at, name in enumerate(_parameters(function)) if name in given}


def _parameters(function: Callable[..., Any]) -> list[str]:
    try:
        return list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return []
