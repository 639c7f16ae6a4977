"""PANELS: the visible list of the window's panels, each with its place. A new panel is one file and one line here."""

from explorer.panels.attention.panel import AttentionPanel
from explorer.panels.base import Panel
from explorer.panels.cell.panel import CellPanel
from explorer.panels.chain.panel import ChainPanel
from explorer.panels.claim.panel import ClaimPanel
from explorer.panels.contributions.panel import ContributionsPanel
from explorer.panels.diagnosis.panel import DiagnosisPanel
from explorer.panels.experiment.panel import ExperimentPanel
from explorer.panels.hunt.panel import HuntPanel
from explorer.panels.inspector.panel import InspectorPanel
from explorer.panels.lesson.panel import LessonPanel
from explorer.panels.map.panel import MapPanel, PresentedMap
from explorer.panels.memory.cards import MemoryCards
from explorer.panels.memory.panel import MemoryPanel
from explorer.panels.norms.panel import NormsPanel
from explorer.panels.numbers.panel import NumbersPanel
from explorer.panels.plane.panel import PlanePanel, PresentedPlane
from explorer.panels.product.panel import ProductPanel
from explorer.panels.seeds.panel import SeedsPanel
from explorer.panels.step_back.panel import StepBackPanel
from explorer.panels.timeline.panel import TimelinePanel
from explorer.panels.topbar.panel import TopBar
from explorer.panels.training.panel import TrainingPanel
from explorer.panels.weights.panel import WeightsPanel

TOP, BELOW, ABOVE, CENTRE, BOTTOM = "top", "below the top", "above", "centre", "bottom"
LEFT, UNDER_LEFT, RIGHT = "left", "under the left", "right"  # pages of a dock; below them, in its own height
CHAIN, CELL, BOTH = "chain", "cell", "both"  # the depths at which a picture in the centre is shown
PRESENTED = "presented"  # and of one that is there only while presenting: elsewhere it is a page

# Class, place, share of the height in the centre, depth. The first picture of a depth is the one that is presented;
# where the window is too low for all of them, the last ones give way.
PANELS: tuple[tuple[type[Panel], str, int, str], ...] = (
    (TopBar, TOP, 0, BOTH),
    (ClaimPanel, BELOW, 0, BOTH),
    (LessonPanel, ABOVE, 0, BOTH),
    (HuntPanel, ABOVE, 0, BOTH),
    (DiagnosisPanel, ABOVE, 0, BOTH),
    (ExperimentPanel, LEFT, 0, BOTH),
    (WeightsPanel, UNDER_LEFT, 0, BOTH),
    (ChainPanel, CENTRE, 52, CHAIN),
    (CellPanel, CENTRE, 76, CELL),
    (AttentionPanel, CENTRE, 24, CHAIN),
    (TrainingPanel, CENTRE, 30, CHAIN),
    (NormsPanel, CENTRE, 22, CHAIN),
    (StepBackPanel, CENTRE, 18, CHAIN),
    (ContributionsPanel, CENTRE, 18, CHAIN),
    (PresentedPlane, CENTRE, 24, PRESENTED),
    (PresentedMap, CENTRE, 24, PRESENTED),
    (MemoryCards, CENTRE, 24, CELL),
    (MemoryPanel, CENTRE, 24, CELL),
    (TimelinePanel, BOTTOM, 0, BOTH),
    (InspectorPanel, RIGHT, 0, BOTH),
    (NumbersPanel, RIGHT, 0, BOTH),
    (ProductPanel, RIGHT, 0, BOTH),
    (PlanePanel, RIGHT, 0, BOTH),
    (SeedsPanel, RIGHT, 0, BOTH),
    (MapPanel, RIGHT, 0, BOTH),
)
