"""Where the nodes of a cell's interior lie: boxes for what is kept, signs for operations, a frame around the cell."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF

from core.interior.diagram import INPUT, Interior, Node

WIDEST, TALLEST = 340.0, 250.0  # px of a column and of a lane
LEAST_STRIP, NORM_GAP = 36.0, 5.0  # px of a strip that has its norm beside it, and between the two
LONE_STRIP = 16.0  # px of one that shares a norm with the other
BUS, BELOW = 13.0, 7.0  # px from one input's line to the next, and below the last


class CellLayout:
    """Geometry in `room`. `line`: px of a line of small text, which stands above each box; `stub_text`: px of the
    names of what comes back from outside, at the right; `norm_text`: px of a norm, for which every box has room beside
    its strips, or none has (`norm_room`: what is kept for it); `lone_text`: px of a short and small one, which stands
    alone beside both strips where there is no room for two (`lone`): the gradient's once it is there."""

    def __init__(
        self,
        interior: Interior,
        room: QRectF,
        line: float,
        stub_text: float,
        norm_text: float = 0.0,
        lone_text: float = 0.0,
    ) -> None:
        self.interior, self.room, self.line, self.stub_text = interior, room, line, stub_text
        self.stubs = stub_text + min(58.0, room.width() * 0.06) + 8.0
        stubs = self.stubs
        self.first = min(node.at[0] for node in interior.nodes)
        last = interior.columns
        self.buses = interior.buses()
        self._bus_lane = self._lane_of_buses()
        framed = any(node.at[0] == self.first for node in interior.nodes if not node.outside)  # the frame is leftmost
        before = 0.53 if framed else 0.42  # of a column, left of the middle of the first
        across = last - self.first + before + 0.42
        self.column = min((room.width() - stubs) / across, WIDEST)
        lanes, squeezed = self._lanes()
        self.lane = min((room.height() - squeezed - 4) / lanes, TALLEST)
        used = self.column * across + stubs
        self._left = room.left() + (room.width() - used) / 2 + before * self.column
        self._top = room.top() + max(0.0, (room.height() - self.lane * lanes - squeezed) / 2)
        self.box_width = min(self.column * 0.7, max(170.0, self.column * 0.62))
        self.box_height = min(max(self.lane - line - 9.0, 14.0), max(80.0, self.lane * 0.56))
        wide_enough = self.box_width - 8.0 - norm_text - NORM_GAP >= LEAST_STRIP
        high_enough = (self.box_height - 10.0) / 2 >= line * 0.72
        self.norm_room = norm_text + NORM_GAP if norm_text and wide_enough and high_enough else 0.0
        self.lone = bool(lone_text) and not self.norm_room and self._has_lone(lone_text)
        if self.lone:
            self.norm_room = lone_text + NORM_GAP - 2.0
        self.radius = min(self.box_height * 0.42, self.column * 0.2, line * 1.05)
        self.boxes = {node.name: self._box(node) for node in interior.nodes if node.form != "sign"}
        self.signs = {node.name: self._sign(node) for node in interior.nodes if self._has_sign(node)}
        self.frame = self._frame()
        spare = 0.42 * self.column - self.box_width / 2 - 2.0  # so that their names begin beyond the frame
        end = self.boxes["s"].right() + self.stubs - stub_text - 8.0
        self.stubs += max(0.0, min(self.frame.right() + 2.0 - end, spare))

    def _has_lone(self, text: float) -> bool:
        return self.box_width - 8.0 - text - NORM_GAP + 2.0 >= LONE_STRIP and self.box_height >= self.line * 0.72 + 2.0

    # --- the grid ---
    def _lane_of_buses(self) -> float:
        """The lane that the inputs' lines run in: below all operations. 0: there are none."""
        made = [node for node in self.interior.nodes if not node.outside]
        lowest = max(place[1] for node in made for place in (node.at, node.sign_at or node.at))
        return lowest + 1 if self.buses else 0.0

    @property
    def _bare_buses(self) -> bool:
        """Whether no box stands in the buses' lane, which is narrower then."""
        return bool(self._bus_lane) and all(node.at[1] != self._bus_lane for node in self.interior.nodes)

    def _lanes(self) -> tuple[float, float]:
        """How many lanes share the height, and the px of the buses' own lane."""
        if not self._bare_buses:
            return self.interior.lanes, 0.0
        return self.interior.lanes - 1, self._bus_room

    @property
    def _bus_room(self) -> float:
        """px of a lane that only inputs' lines run in, with room for what stands on the way down to them."""
        return BUS * len(self.buses) + self.line * 0.9 + BELOW

    def x(self, column: float) -> float:
        """px of a column's middle."""
        return self._left + (column - self.first) * self.column

    def y(self, lane: float) -> float:
        """px of the middle of the boxes in a lane; above them is room for a line of text."""
        middle = self._top + (lane - 0.5) * self.lane + self.line * 0.5
        if self._bare_buses and lane > self._bus_lane:
            return middle - self.lane + self._bus_room
        return middle

    def bus(self, name: str) -> float:
        """px (y) of an input's line."""
        place = self.buses.index(name)
        if self._bare_buses:
            top = self._top + (self._bus_lane - 1) * self.lane + self.line * 0.5
            return top + self._bus_room - BELOW - BUS * (len(self.buses) - place - 0.5)
        resting = next((k for k, each in enumerate(self.buses) if self._rests(each)), len(self.buses) - 1)
        gap = min(BUS, self.lane * 0.7 / max(len(self.buses), 2))
        return self.y(self._bus_lane) + (place - resting) * gap

    def _rests(self, name: str) -> bool:
        """Whether an input stands in the lane of the buses."""
        return self.interior.by_name[name].at[1] == self._bus_lane

    @property
    def trunk(self) -> float:
        """px (x) where what comes in turns down or up: just within the frame."""
        return self.x(0.5) + 0.06 * self.column

    # --- nodes ---
    def _box(self, node: Node) -> QRectF:
        width = self.box_width * (0.72 if node.name == INPUT and not self.lone else 1.0)
        return _around(QPointF(self.x(node.at[0]), self.y(node.at[1])), width, self.box_height)

    @staticmethod
    def _has_sign(node: Node) -> bool:
        return node.form == "sign" or node.sign_at is not None

    def _sign(self, node: Node) -> QRectF:
        centre = QPointF(self.x((node.sign_at or node.at)[0]), self.y((node.sign_at or node.at)[1]))
        across = 2 * self.radius
        if node.operation is not None and node.operation.kind == "complement":  # it has room for its letters
            return _around(centre, max(across, 1.8 * self.line), max(across, 1.05 * self.line))
        return _around(centre, across, across)

    def _frame(self) -> QRectF:
        """Around the operations; what only passes a state on stands outside."""
        made = [node for node in self.interior.nodes if not node.outside]
        inner = [node.at[0] for node in made if node.sign_at is None]
        last = max([*inner, *(node.sign_at[0] for node in made if node.sign_at)])
        right = self.x(last + 0.5)
        lowest = max(place[1] for node in made for place in (node.at, node.sign_at or node.at))
        bottom = self.y(lowest) + self.box_height / 2 + 12
        if self.buses:
            bottom = max(self.bus(name) for name in self.buses) + 9
        top = self.y(1) - self.box_height / 2 - self.line - 6
        return QRectF(self.x(0.5), top, right - self.x(0.5), bottom - top)

    def target(self, name: str) -> QRectF:
        """Where edges into an operation end: its sign, or its box."""
        return self.signs.get(name) or self.boxes[name]

    def source(self, name: str) -> QRectF:
        """Where edges out of a node begin: its box, or its sign where it has no box."""
        return self.boxes.get(name) or self.signs[name]

    def strips(self, name: str) -> tuple[QRectF, QRectF]:
        """A box's values and, below them, its gradient."""
        box = self.boxes[name].adjusted(4, 4, -4 - self.norm_room, -4)
        half = (box.height() - 2) / 2
        upper = QRectF(box.x(), box.y(), box.width(), half)
        return upper, QRectF(box.x(), box.y() + half + 2, box.width(), half)

    def norm_places(self, name: str) -> tuple[QRectF, QRectF]:
        """Where the norms of both stand, beside them."""
        upper, lower = self.strips(name)
        right = self.boxes[name].right() - 4.0
        if self.lone:
            left = upper.right() + NORM_GAP - 2.0
            place = QRectF(left, upper.y(), right - left, lower.bottom() - upper.y())
            return place, place
        return tuple(QRectF(each.right() + NORM_GAP, each.y(), right - each.right() - NORM_GAP, each.height())
                     for each in (upper, lower))  # type: ignore[return-value]  # fmt: skip

    def free(self) -> tuple[QRectF, ...]:
        """The corners at the lower right in which nothing stands: beside the frame, and below it."""
        room, frame, state = self.room, self.frame, self.boxes["s"]
        low = max([state.bottom(), *(box.bottom() for box in self.boxes.values() if box.right() > frame.right())]) + 16
        beside = QRectF(frame.right() + 14, low, room.right() - frame.right() - 14, room.bottom() - low)
        lower = [box.right() for box in self.boxes.values() if box.bottom() > frame.bottom() + 8]
        right = max(lower, default=room.left()) + 20
        below = QRectF(right, frame.bottom() + 8, room.right() - right, room.bottom() - frame.bottom() - 8)
        return beside, below

    def under(self, place: QPointF) -> str | None:
        """The node under a point, a sign's as well as a box's."""
        for shapes in (self.signs, self.boxes):
            for name, shape in shapes.items():
                if shape.adjusted(-2, -2, 2, 2).contains(place):
                    return name
        return None


def _around(centre: QPointF, width: float, height: float) -> QRectF:
    return QRectF(centre.x() - width / 2, centre.y() - height / 2, width, height)
