"""What the inspector says of saturation: how many units are saturated at a step, at how many steps the chosen one."""

from __future__ import annotations

from core.analysis.saturation import END, FLAT, gates, saturation
from core.arithmetic.nodes import Node
from explorer.panels.inspector.arithmetic_view import Entry
from explorer.panels.inspector.node_page import tr
from explorer.session.progress import Progress


def saturation_entries(node: Node, record: str, unit: int, there: Progress) -> tuple[Entry, ...]:
    """Of an activation or a gate, or of what it is made of; empty for any other record, and until the step is
    computed. The chosen unit's other steps are counted once the gradient has come here, since all of them are computed
    by then."""
    scan = node.trace.scan_named(node.part)
    if scan is None or not there.forward:
        return ()
    found = saturation(node.trace, scan)
    made_of_it = [each.out for each in scan.cell.graph if record in each.inputs[:1]]
    if record in scan.cell.recurrent_states:  # its gradient also passes by the slope, from step to step
        made_of_it = []
    made = next((name for name in (record, *made_of_it) if name in found.flat), None)
    if made is None:
        return ()
    flat, counted = found.flat[made][:, node.sample], found.counted[:, node.sample]
    if made in gates(scan):
        head = tr("Saturated, within {end} of 0 or 1:").format(end=f"{END:g}")
    else:
        head = tr("Saturated, a slope below {flat}:").format(flat=f"{FLAT:g}")
    here = tr("{n} of {units} units").format(n=int(flat[node.t - 1].sum()), units=flat.shape[1])
    entries = [Entry("head", head), Entry("line", tr("at t = {t}").format(t=node.t), value=here)]
    if there.backward:
        steps = tr("at {n} of {steps} steps").format(n=int(flat[counted, unit].sum()), steps=int(counted.sum()))
        entries.append(Entry("line", tr("unit {i}").format(i=unit + 1), value=steps))
    return tuple(entries)
