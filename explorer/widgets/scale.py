"""From a slider's whole-number positions to values and back: whole numbers, a linear range, or decades."""

from dataclasses import dataclass
from math import floor, isfinite, log10

from PySide6.QtCore import QCoreApplication

from explorer.style.numbers import number, parse, plain

_LOG_STEPS = 20  # positions a decade


@dataclass(frozen=True)
class Scale:
    """The values from low to high. kind: "int", "float" (multiples of `step`) or "log" (low > 0, three digits)."""

    low: float
    high: float
    kind: str = "float"
    step: float = 0.01

    def __post_init__(self) -> None:
        if self.kind not in ("int", "float", "log"):
            raise ValueError(f"A scale is of kind int, float or log, not “{self.kind}”.")
        if not (isfinite(self.low) and isfinite(self.high) and self.low < self.high):
            raise ValueError(f"A scale needs a lower and a higher limit, not {self.low} and {self.high}.")
        if (self.kind == "log" and self.low <= 0) or (self.kind == "float" and self.step <= 0):
            raise ValueError("A log scale needs a limit above 0, a linear one a step above 0.")

    @property
    def positions(self) -> int:
        """The last position; the first is 0."""
        if self.kind == "int":
            return int(self.high) - int(self.low)
        if self.kind == "log":
            return max(round((log10(self.high) - log10(self.low)) * _LOG_STEPS), 1)
        return max(round((self.high - self.low) / self.step), 1)

    def position(self, value: float) -> int:
        """The nearest position; a value out of range is at the nearer end."""
        value = min(max(value, self.low), self.high)
        if self.kind == "log":
            share = (log10(value) - log10(self.low)) / (log10(self.high) - log10(self.low))
        else:
            share = (value - self.low) / (self.high - self.low)
        return round(share * self.positions)

    def value(self, position: int) -> float:
        """The value there, an int on an int scale. The ends are exact, the others rounded to be read easily."""
        if self.kind == "int":
            return int(self.low) + position
        if position <= 0 or position >= self.positions:
            return self.low if position <= 0 else self.high
        share = position / self.positions
        if self.kind == "log":
            value = float(f"{10 ** (log10(self.low) + share * (log10(self.high) - log10(self.low))):.2e}")
        else:
            value = round(self.low + position * self.step, self._decimals)
        return min(max(value, self.low), self.high)

    def text(self, value: float) -> str:
        """As it stands beside the slider; an exact number that was typed shows more digits than a position's."""
        if self.kind == "int":
            return plain(value, 0)
        if value == 0:
            return plain(0)
        if self.kind == "log":
            shortest = next((d for d in range(1, 6) if float(f"{value:.{d - 1}e}") == value), 6)
            exponent = floor(log10(abs(value)))
            return number(value, max(shortest, exponent + 1) if 0 <= exponent < 4 else shortest)
        decimals = self._decimals
        while round(value, decimals) != value and decimals < 6:
            decimals += 1
        return plain(value, decimals)

    def read(self, text: str, name: str) -> float:
        """The value that a person typed. Raises ValueError with one sentence that names the limits."""
        try:
            value = parse(text)
        except ValueError:
            value = None
        whole = self.kind == "int"
        if value is None or not self.low <= value <= self.high or (whole and value != int(value)):
            sentence = (
                QCoreApplication.translate("Scale", "{name} must be a whole number from {low} to {high}.")
                if whole
                else QCoreApplication.translate("Scale", "{name} must be a number from {low} to {high}.")
            )
            raise ValueError(sentence.format(name=name, low=self.text(self.low), high=self.text(self.high)))
        return int(value) if whole else value

    @property
    def _decimals(self) -> int:
        return next((d for d in range(12) if abs(round(self.step, d) - self.step) < 1e-12 * self.step + 1e-15), 12)
