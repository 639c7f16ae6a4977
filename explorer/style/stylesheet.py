"""One Qt style sheet for the whole window, its colours and sizes from the theme."""

from dataclasses import asdict
from pathlib import Path
from string import Template

from explorer.style.theme import Theme

_SHEET = Template("""
QWidget { color: $ink; font-size: ${font_px}px; }
QMainWindow, QDialog, QMessageBox { background: $background; }
QMainWindow::separator { background: transparent; width: 8px; height: 8px; }
QMainWindow::separator:hover { background: $selection; }
QSplitter::handle { background: transparent; }
QSplitter::handle:hover { background: $selection; }
QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: none; }

QFrame[card="true"] { background: $panel; border: ${hairline}px solid $line; border-radius: 10px; }
QFrame[card="true"][note="true"] { background: $note_background; border-color: $note_line; }
QFrame[separator="true"] { background: $line; border: none; max-height: ${hairline}px; min-height: ${hairline}px; }

QLabel { background: transparent; border: none; }
QLabel[role="brand"] { font-size: ${brand_px}px; font-weight: bold; }
QLabel[role="title"] { font-size: ${title_px}px; font-weight: bold; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="small"] { color: $muted; font-size: ${small_px}px; }
QLabel[role="sentence"] { font-size: ${title_px}px; }
QLabel[role="value"] { font-weight: bold; }
QLabel[role="status"] { color: $backward_text; font-size: ${status_px}px; }
QLabel[role="status"][direction="forward"] { color: $forward_text; }
QLabel[role="status"][direction="none"] { color: $muted; }
QLabel[role="error"] { color: $fail_text; }
QLabel:disabled { color: $disabled; }

QLabel[badge] {
    font-size: ${small_px}px; padding: ${button_pad}px 10px; border-radius: 6px;
    color: $muted; background: $trough; border: ${hairline}px solid $line;
}
QLabel[badge="ok"] { color: $ok_text; background: $ok_background; border-color: $ok_line; }
QLabel[badge="fail"] { color: $fail_text; background: $fail_background; border-color: $fail_line; font-weight: bold; }
QLabel[badge="running"] { color: $ink; background: $panel; }

QPushButton, QToolButton {
    background: $panel; border: ${hairline}px solid $line; border-radius: 6px; padding: ${button_pad}px 12px;
}
QToolButton { padding: ${button_pad}px 7px; }
QPushButton:hover, QToolButton:hover { background: $background; border-color: $node_outline; }
QPushButton:pressed, QToolButton:pressed { background: $trough; }
QPushButton:checked, QToolButton:checked { background: $selection; border-color: $control; }
QPushButton:default { border-color: $control; }
QPushButton:disabled, QToolButton:disabled { color: $disabled; background: $background; }
QPushButton:focus, QToolButton:focus { border: 2px solid $focus; padding: ${button_pad_in}px 11px; }
QToolButton:focus { padding: ${button_pad_in}px 6px; }
QPushButton[flat="true"], QToolButton[autoRaise="true"] { background: transparent; border-color: transparent; }
QPushButton[flat="true"]:hover, QToolButton[autoRaise="true"]:hover { background: $trough; }
QPushButton[flat="true"]:focus, QToolButton[autoRaise="true"]:focus { border: 2px solid $focus; }
QToolButton::menu-indicator { image: none; }
QPushButton[heading="true"], QPushButton[heading="true"]:focus { padding: 0; }
QPushButton[heading="true"]:checked { background: transparent; border-color: transparent; }
QPushButton[heading="true"]:focus { border: 2px solid $focus; }
QPushButton[fold="true"] { text-align: left; font-weight: bold; font-size: ${title_px}px; padding: 1px 1px; }
QPushButton[fold="true"]:focus { padding: 0px 0px; }
QPushButton[fold="true"]:checked { background: transparent; border-color: transparent; }

QWidget[segmented="true"] { background: $trough; border-radius: 8px; }
QPushButton[segment="true"] {
    background: transparent; border: 2px solid transparent; border-radius: 6px; padding: 2px 6px;
}
QPushButton[segment="true"]:hover { background: $line; }
QPushButton[segment="true"]:checked {
    background: $panel; border-color: $panel; color: $ink; font-weight: bold;
}
QPushButton[segment="true"]:focus { border: 2px solid $focus; padding: 2px 6px; }
QPushButton[segment="true"]:disabled { color: $disabled; }

QLineEdit, QPlainTextEdit, QTextEdit {
    background: $panel; border: ${hairline}px solid $line; border-radius: 6px; padding: 3px 6px;
    selection-background-color: $selection; selection-color: $ink;
}
QLineEdit:hover, QPlainTextEdit:hover { border-color: $node_outline; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus { border: 2px solid $focus; padding: 2px 5px; }
QLineEdit[invalid="true"] { border: 2px solid $fail; background: $fail_background; }
QLineEdit:disabled, QPlainTextEdit:disabled { color: $disabled; background: $background; }

QComboBox {
    combobox-popup: 0;
    background: $panel; border: ${hairline}px solid $line; border-radius: 6px; padding: ${combo_pad}px 8px;
}
QComboBox:hover { border-color: $node_outline; }
QComboBox::drop-down { border: none; width: 22px; }
QComboBox::down-arrow { image: url("$icons/arrow_down.svg"); width: ${arrow_px}px; height: ${arrow_px}px; }
QComboBox:focus { border: 2px solid $focus; padding: ${combo_pad_in}px 7px; }
QComboBox:disabled { color: $disabled; background: $background; }
QSpinBox, QDoubleSpinBox {
    background: $panel; border: ${hairline}px solid $line; border-radius: 6px; padding: 3px 6px;
    selection-background-color: $selection; selection-color: $ink;
}
QSpinBox:hover, QDoubleSpinBox:hover { border-color: $node_outline; }
QSpinBox:focus, QDoubleSpinBox:focus { border: 2px solid $focus; padding: 2px 5px; }
QSpinBox:disabled, QDoubleSpinBox:disabled { color: $disabled; background: $background; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { border: none; background: transparent; width: 18px; }
QAbstractSpinBox::up-arrow { image: url("$icons/arrow_up.svg"); width: ${arrow_px}px; height: ${arrow_px}px; }
QAbstractSpinBox::down-arrow { image: url("$icons/arrow_down.svg"); width: ${arrow_px}px; height: ${arrow_px}px; }
QComboBox QAbstractItemView {
    background: $panel; border: ${hairline}px solid $line; padding: 4px; outline: none;
    selection-background-color: $selection; selection-color: $ink;
}
QComboBox QAbstractItemView::item { padding: 4px 6px; border-radius: 4px; }

QSlider { min-height: ${slider_px}px; }
QSlider::groove:horizontal { height: ${groove_px}px; background: $groove; border-radius: ${groove_round}px; }
QSlider::sub-page:horizontal { background: $control; border-radius: ${groove_round}px; }
QSlider::handle:horizontal {
    width: ${handle_px}px; height: ${handle_px}px; margin: -${handle_out}px 0;
    background: $panel; border: 2px solid $control; border-radius: ${handle_round}px;
}
QSlider::handle:horizontal:hover { background: $selection; }
QSlider::handle:horizontal:focus { background: $selection; border: 3px solid $focus; margin: -${handle_focus}px 0;
    border-radius: ${handle_focus_round}px; }
QSlider::sub-page:horizontal:disabled { background: $disabled; }
QSlider::handle:horizontal:disabled { border-color: $disabled; }

QCheckBox, QRadioButton { spacing: 7px; background: transparent; border-radius: 4px; padding: 1px 2px; }
QCheckBox:focus, QRadioButton:focus { border: 2px solid $focus; padding: 0; }
QCheckBox::indicator, QRadioButton::indicator {
    width: ${box_px}px; height: ${box_px}px; border: ${outline}px solid $node_outline; background: $panel;
}
QCheckBox::indicator { border-radius: 4px; }
QRadioButton::indicator { border-radius: ${box_round}px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { border-color: $control; }
QCheckBox::indicator:checked { background: $control; border-color: $control; image: url("$icons/$tick"); }
QRadioButton::indicator:checked { border: ${radio_px}px solid $control; width: ${hole_px}px; height: ${hole_px}px; }
QCheckBox::indicator:disabled { border-color: $line; background: $background; }
QCheckBox::indicator:checked:disabled { border-color: $disabled; background: $disabled; }
QCheckBox:disabled, QRadioButton:disabled { color: $disabled; }

QToolTip { color: $ink; background: $panel; border: 1px solid $node_outline; padding: 4px 6px; }

QMenuBar { background: $panel; border-bottom: ${hairline}px solid $line; }
QMenuBar::item { background: transparent; padding: 5px 9px; border-radius: 5px; }
QMenuBar::item:selected { background: $trough; }
QMenu { background: $panel; border: ${hairline}px solid $line; padding: 5px; }
QMenu::item { padding: 5px 26px 5px 24px; border-radius: 5px; }
QMenu::item:selected { background: $selection; }
QMenu::item:disabled { color: $disabled; }
QMenu::separator { height: ${hairline}px; background: $line; margin: 5px 8px; }
QToolBar {
    background: $panel; border: none; border-bottom: ${hairline}px solid $line; spacing: 8px; padding: 8px 12px;
}
QToolBar[rail="true"] { background: $background; border: none; padding: 4px 2px; spacing: 4px; }
QToolBar[rail="true"] QToolButton { background: $panel; border: ${hairline}px solid $line; padding: 0; }
QToolBar[rail="true"] QToolButton:checked { background: $selection; border-color: $control; }
QToolBar[rail="true"] QToolButton:focus { border: 2px solid $focus; }
QWidget[drawer="true"] { background: $background; border: ${hairline}px solid $node_outline; border-radius: 10px; }
QStatusBar { background: $panel; border-top: ${hairline}px solid $line; }
QStatusBar::item { border: none; }

QDockWidget { titlebar-close-icon: none; titlebar-normal-icon: none; }
QDockWidget::title { background: $background; padding: 4px 8px; }
QHeaderView { background: $panel; border: none; }
QHeaderView::section {
    background: $panel; color: $muted; border: none; border-bottom: ${hairline}px solid $line; padding: 3px 6px;
}
QTableView, QTreeView, QListView {
    background: $panel; border: none; gridline-color: $grid;
    selection-background-color: $selection; selection-color: $ink;
}
QTableView:focus, QTreeView:focus, QListView:focus { border: 2px solid $focus; border-radius: 4px; }
QTabBar::tab { background: transparent; color: $muted; padding: 5px 12px; border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: $ink; border-bottom-color: $control; }
QTabBar::tab:focus { border-bottom: 3px solid $focus; }
QTabWidget::pane { border: none; }
QProgressBar { background: $groove; border: none; border-radius: ${groove_round}px; min-height: ${groove_px}px;
    max-height: ${groove_px}px; }
QProgressBar::chunk { background: $muted; border-radius: ${groove_round}px; }

QScrollBar:vertical { background: transparent; width: 10px; margin: 1px; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 1px; }
QScrollBar::handle { background: $line; border-radius: 4px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::handle:hover { background: $node_outline; }
QScrollBar::handle:disabled { background: transparent; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
""")


def stylesheet(theme: Theme) -> str:
    """The sheet for `QApplication.setStyleSheet` or a window's.

    Properties it knows: QFrame `card`, `note`, `separator`; QLabel `role` (brand, title, sentence, muted, small, value,
    error, and status with a `direction` forward, backward or none) and `badge` (ok, fail, running, none); QLineEdit
    `invalid`.
    """
    theme = theme.enlarged
    groove = max(4, round(theme.font_px / 3))
    handle = max(11, round(theme.font_px * 0.85)) | 1  # inside its border
    out, focus = (handle + 4 - groove) // 2, (handle + 6 - groove) // 2
    box = theme.font_px
    pad = round(theme.font_px * 0.4)
    return _SHEET.substitute(
        asdict(theme),
        icons=(Path(__file__).parent / "icons").as_posix(),
        tick="tick_dark.svg" if theme.dark else "tick_light.svg",
        arrow_px=theme.small_px,
        box_px=box,
        box_round=(box + 2) // 2,
        radio_px=box // 3,
        hole_px=box + 2 - 2 * (box // 3),
        brand_px=round(theme.font_px * 1.46),
        status_px=theme.font_px + 1,
        button_pad=pad,
        button_pad_in=pad - 1,
        combo_pad=pad - 1,
        combo_pad_in=pad - 2,
        groove_px=groove,
        groove_round=groove // 2,
        handle_px=handle,
        slider_px=max(20, handle + 6),
        handle_out=out,
        handle_round=(handle + 4) // 2,
        handle_focus=focus,
        handle_focus_round=(handle + 6) // 2,
    )
