"""PANELS: the visible list of the window's panels, each with its place. A new panel is one file and one line here."""

from explorer.panels.base import Panel
from explorer.panels.chain import ChainPanel
from explorer.panels.contributions import ContributionsPanel
from explorer.panels.experiment import ExperimentPanel
from explorer.panels.inspector import InspectorPanel
from explorer.panels.norms import NormsPanel
from explorer.panels.timeline import TimelinePanel
from explorer.panels.topbar import TopBar

TOP, LEFT, CENTRE, BOTTOM, RIGHT = "top", "left", "centre", "bottom", "right"

PANELS: tuple[tuple[type[Panel], str, int], ...] = (  # class, place, share of the height in the centre
    (TopBar, TOP, 0),
    (ExperimentPanel, LEFT, 0),
    (ChainPanel, CENTRE, 52),
    (NormsPanel, CENTRE, 24),
    (ContributionsPanel, CENTRE, 24),
    (TimelinePanel, BOTTOM, 0),
    (InspectorPanel, RIGHT, 0),
)
