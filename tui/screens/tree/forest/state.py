"""What is open in the tree, and the few moves that change it. Every move loads a page or two and rebuilds the lines.

The tree never has more than about MAX_LINES lines, whatever the log holds: a node shows a stretch of its children between
"… n earlier" and "… n more", and opening one thing folds the largest other that the cursor is not in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from engine.errors import NotFound
from store.base import ids
from store.processes.forest import FIRST, LAST, AncestorLine, ForestRow, HostRow, Key
from tui.screens.tree.forest.focus import Focus
from tui.screens.tree.forest.members import Listed, Members, Row, Source, Stored, Window
from tui.screens.tree.forest.nodes import MAX_LINES, Kind, Node, TreeLine, hang, keep_short, lines_of

PAGE = 200
"""Children loaded at a time."""
WINDOW = 800
"""Longest stretch of children that is loaded; further pages push out the other end."""
SMALL = 60
"""Families of this size are loaded whole around a process that is looked for."""
AROUND = 10
"""Siblings on each side of it in larger ones."""
NEAR = 20
"""Ancestors whose siblings are loaded too; further up only the line itself is."""
LEVELS = 120
"""Ancestors that are opened above a process."""
THROUGH = 10
"""Only children that opening their parent opens too."""
OPENED = 200
"""Nodes that a focus opens at once."""
LOADED = 20_000
"""Nodes in memory before those of folded branches are let go."""


class ForestState:
    """The tree of one case."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.focus: Focus | None = None
        self.top = Node(None, open=True)
        self.lines: list[TreeLine] = []
        self._where: dict[int, int] = {}
        self._hosts: dict[int, HostRow] = {}
        self._places: dict[int, int] = {}
        self._made: dict[int, Node] = {}
        self._ready: dict[int, ForestRow] = {}
        self.load()

    def load(self) -> None:
        """Start anew: the hosts, closed, unless there is only one."""
        self._hosts = {row.id: row for row in self.source.hosts()}
        self._places = {number: place for place, number in enumerate(self._hosts)}
        self._made = {}
        self.top = Node(None, open=True, total=len(self._hosts))
        self._fill(self.top)
        if len(self.top.children) == 1:
            self.top.children[0].open = True
            self._fill(self.top.children[0])
        self.rebuild()

    def rebuild(self) -> None:
        """The lines of what is open now."""
        self.lines = lines_of(self.top)
        self._where = {line.node.id: index for index, line in enumerate(self.lines) if line.kind is Kind.NODE}

    @property
    def host_ids(self) -> list[int]:
        """Ids of the hosts' rows, in order."""
        return list(self._hosts)

    def host_name(self, host_id: int) -> str:
        """As the logs tell it; "" for one that is not of this case."""
        row = self._hosts.get(ids.base(host_id))
        return "" if row is None else row.name

    def index(self, node_id: int) -> int | None:
        """The line of a host or process, None when it is not to be seen."""
        return self._where.get(node_id)

    def node(self, node_id: int) -> Node | None:
        """A node that is to be seen."""
        place = self._where.get(node_id)
        return None if place is None else self.lines[place].node

    # Moves

    def open(self, node: Node) -> None:
        """Show the children; through only children down to where there is a choice."""
        for _ in range(THROUGH):
            self._open(node)
            if len(node.children) != 1 or node.before or node.after or node.children[0].open or not node.children[0].total:
                break
            node = node.children[0]
        self._settle(node)

    def close(self, node: Node) -> None:
        """Hide the children. What was open below is open again the next time."""
        node.open = False
        self.rebuild()

    def open_below(self, node: Node, lines: int = OPENED) -> None:
        """Open everything under a node, level by level, up to about so many lines."""
        level, left = [node], lines
        while level and left > 0:
            below = []
            for one in level:
                if one.total and left > 0:
                    self._open(one, min(PAGE, left))
                    left -= len(one.children)
                    below += one.children
            level = below
        self._settle(node)

    def close_below(self, node: Node) -> None:
        """Fold everything under a node, so that it opens one level at a time again."""
        node.children, node.open, node.before, node.after, node.others = [], False, 0, 0, 0
        self.rebuild()

    def more(self, line: TreeLine) -> int:
        """Do what a "…" line offers. Returns the id that the cursor goes to."""
        node = line.node
        if line.kind is Kind.GAP:
            row = node.row
            assert isinstance(row, ForestRow)
            self.reveal(row.parent)
            return row.parent
        if line.kind is Kind.OTHERS:
            self.close_below(node)
            node.whole = True
            self.open(node)
            return node.id
        if line.kind is Kind.EARLIER:
            fresh = self._nodes(node, self._members(node).earlier(node.children[0].key if node.children else LAST, PAGE))
            goal = fresh[-1] if fresh else node
            node.children[:0] = fresh
            node.before = max(node.before - len(fresh), 0) if fresh else 0
            node.after += len(node.children[WINDOW:])
            del node.children[WINDOW:]
        else:
            fresh = self._nodes(node, self._members(node).later(node.children[-1].key if node.children else FIRST, PAGE))
            goal = fresh[0] if fresh else node
            node.children += fresh
            node.after = max(node.after - len(fresh), 0) if fresh else 0
            out = max(len(node.children) - WINDOW, 0)
            node.before += out
            del node.children[:out]
        self._settle(goal)
        return goal.id

    def reveal(self, process_id: int) -> int:
        """Open everything above a process and return its line. Raises NotFound."""
        if process_id in self._hosts:
            return self._show_host(process_id)
        line = self.source.line(process_id, LEVELS, NEAR, SMALL, AROUND)
        host = self._hosts.get(ids.base(ids.host_of(process_id)))
        if host is None:
            raise NotFound(f"Process {process_id} is not in this case.")
        node = self._ensure(self.top, host, Window([host], self._places[host.id]))
        self._prime(line)
        for place, (row, stretch) in enumerate(zip(line.rows, line.stretches, strict=True)):
            node.open = True
            if place == 0 and not line.complete:
                node = self._cut(node, row)
            else:
                node = self._ensure(node, row, Window(stretch.rows, stretch.before))
        self._settle(node)
        return self._where[node.id]

    def _prime(self, line: AncestorLine) -> None:
        """Among chosen children: load the rows of all stretches along the line at once."""
        if self.focus is None:
            return
        self._ready.update((row.id, row) for row in line.rows)
        wanted: list[int] = []
        for row in line.rows[-NEAR:]:
            wanted += Listed(self.focus.kept.get(row.parent, ()), self._chosen_rows).ids_around(row.key, SMALL, AROUND)
        self._chosen_rows(wanted)

    def _show_host(self, host_id: int) -> int:
        host = self._hosts[host_id]
        self._settle(self._ensure(self.top, host, Window([host], self._places[host_id])))
        return self._where[host_id]

    def set_focus(self, focus: Focus | None, stay: int | None = None) -> None:
        """Keep only what leads to the targets (None: everything), and go on showing `stay` where that is possible."""
        self.focus = focus
        self._ready = {}
        if focus is not None:
            first = focus.walk[:OPENED]
            self._ready = {row.id: row for row in self.source.rows([number for number in first if number not in self._hosts])}
        self.load()
        if focus is not None:
            for number in focus.walk[:OPENED]:
                node = self._made.get(number)
                if node is not None and number in focus.kept:
                    self._open(node)
            self._ready = {}
            self.rebuild()
            self._settle(self.lines[0].node if self.lines else self.top)
        if stay is not None and (focus is None or stay in focus.targets):
            with suppress(NotFound):
                self.reveal(stay)

    def repaint(self) -> None:
        """Load the rows that are to be seen again: verdicts or scores are others now."""
        seen = [line.node for line in self.lines if line.kind is Kind.NODE]
        fresh: dict[int, Row] = {row.id: row for row in self.source.hosts()}
        fresh.update((row.id, row) for row in self.source.rows([node.id for node in seen if node.id not in fresh]))
        for node in seen:
            node.row = fresh.get(node.id, node.row)

    def reload(self, source: Source, stay: int | None) -> None:
        """The case has grown or was linked again: what was open and is still there is opened again."""
        opened = [line.node.id for line in self.lines if line.kind is Kind.NODE and line.node.open]
        self.source, self.focus, self._ready = source, None, {}
        self.load()
        for number in opened[:OPENED]:
            node = self._made.get(number)
            if node is not None:
                self._open(node)
        self.rebuild()
        if stay is not None:
            with suppress(NotFound):
                self.reveal(stay)

    # How

    def _members(self, node: Node) -> Members:
        if self.focus is not None and not node.whole and node.id in self.focus.kept:
            load = self._host_rows if node.row is None else self._chosen_rows
            return Listed(self.focus.kept[node.id], load)
        if node.row is None:
            return Listed([self._key(row) for row in self._hosts.values()], self._host_rows)
        return Stored(self.source, node.id, node.total)

    def _host_rows(self, wanted: Sequence[int]) -> Sequence[Row]:
        return [self._hosts[number] for number in wanted]

    def _chosen_rows(self, wanted: Sequence[int]) -> Sequence[Row]:
        missing = [number for number in wanted if number not in self._ready]
        if missing:
            self._ready.update((row.id, row) for row in self.source.rows(missing))
        return [self._ready[number] for number in wanted if number in self._ready]

    def _nodes(self, parent: Node, rows: Iterable[Row]) -> list[Node]:
        known = {child.id: child for child in parent.children}
        out = []
        for row in rows:
            node = known.get(row.id)
            if node is None:
                node = self._made[row.id] = Node(row, parent, self._key(row), parent.depth + 1, row.children)
            out.append(node)
        return out

    def _key(self, row: Row) -> Key:
        return row.key if isinstance(row, ForestRow) else (self._places[row.id], row.id)

    def _fill(self, node: Node, limit: int | None = None) -> None:
        """Load the first children: a page of them, or `limit`."""
        members = self._members(node)
        node.children = self._nodes(node, members.later(FIRST, PAGE if limit is None else limit))
        self._count(node, members, 0)

    def _count(self, node: Node, members: Members, before: int) -> None:
        node.before = before
        node.after = max(members.total - before - len(node.children), 0)
        node.others = max(node.total - members.total, 0)

    def _open(self, node: Node, limit: int | None = None) -> None:
        if not node.children and node.total:
            self._fill(node, limit)
        node.open = True

    def _ensure(self, parent: Node, row: Row, stored: Window) -> Node:
        """The node of a child of `parent`; where it is not loaded, the stretch around it takes the place of the other one.

        `stored` is that stretch when all children are shown; among chosen children it is another one.
        """
        for child in parent.children:
            if child.id == row.id:
                return child
        members = self._members(parent)
        if not members.has(self._key(row)):
            parent.whole = True
            members = self._members(parent)
        near = len(stored.rows) > 1 or row.id in self._hosts
        window = members.around(self._key(row), SMALL * near, AROUND * near) if isinstance(members, Listed) else stored
        parent.children = self._nodes(parent, window.rows)
        self._count(parent, members, window.before)
        for child in parent.children:
            if child.id == row.id:
                return child
        raise NotFound("The process is gone.", remedy="The host was linked again; search for it.")

    def _cut(self, host: Node, row: ForestRow) -> Node:
        """A process so deep that the way to it is not shown."""
        for child in host.children:
            if child.id == row.id:
                return child
        node = self._made[row.id] = Node(row, host, row.key, host.depth + 1, row.children)
        hang(host, node)
        return node

    def _settle(self, keep: Node) -> None:
        """Rebuild, and fold what makes the tree too long."""
        self._ready = {}
        self.rebuild()
        if len(self.lines) > MAX_LINES:
            keep_short(self.lines, keep, MAX_LINES)
            self.rebuild()
        if len(self._made) > LOADED:
            self._let_go()

    def _let_go(self) -> None:
        """Drop what is loaded below folded nodes."""
        shown = [line.node for line in self.lines if line.kind is Kind.NODE]
        self._made = {node.id: node for node in shown}
        for node in shown:
            if not node.open:
                node.children, node.before, node.after, node.others = [], 0, 0, 0
