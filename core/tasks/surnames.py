"""Surname → nationality, letter by letter: sequences of different lengths."""

import numpy as np

from core.choices import Choices
from core.maths.streams import stream
from core.tasks.base import Data, Stock, Task
from core.tasks.splits import parted
from core.tasks.words import one_hot

# Common surnames, in the letters a to z.
SURNAMES = {
    "Arabic": "haddad mansour khoury nasser saleh hassan hussein khalil farah awad shadid bishara sayegh najjar "
    "qasim rahman tannous zaman hakimi darwish",
    "Chinese": "wang li zhang liu chen yang zhao huang zhou wu xu sun hu zhu gao lin he guo ma luo",
    "English": "smith jones taylor brown williams wilson johnson davies robinson wright thompson evans walker white "
    "roberts green hall wood jackson clarke",
    "French": "martin bernard dubois durand leroy moreau lefebvre fournier girard bonnet lambert fontaine rousseau "
    "chevalier gauthier perrin boucher marchand dupont lacroix",
    "German": "mueller schmidt schneider fischer weber meyer wagner becker schulz hoffmann koch bauer richter klein "
    "wolf schroeder neumann schwarz zimmermann krueger",
    "Greek": "papadopoulos pappas georgiou nikolaidis economou antoniou dimitriou vlachos karagiannis christou "
    "konstantinou makris ioannou alexiou papageorgiou stavropoulos theodorou samaras kostas angelopoulos",
    "Italian": "rossi russo ferrari esposito bianchi romano colombo ricci marino greco bruno gallo conti costa "
    "giordano mancini rizzo lombardi moretti barbieri",
    "Japanese": "sato suzuki takahashi tanaka watanabe ito yamamoto nakamura kobayashi kato yoshida yamada sasaki "
    "yamaguchi matsumoto inoue kimura hayashi shimizu saito",
    "Russian": "ivanov smirnov kuznetsov popov vasiliev petrov sokolov mikhailov novikov fedorov morozov volkov "
    "alekseev lebedev semyonov egorov pavlov kozlov stepanov orlov",
    "Spanish": "garcia gonzalez rodriguez fernandez lopez martinez sanchez perez gomez jimenez ruiz hernandez diaz "
    "moreno alvarez romero alonso gutierrez navarro torres",
}
NATIONALITIES = tuple(SURNAMES)
LETTERS = tuple("abcdefghijklmnopqrstuvwxyz")
# one of each nationality in turn, so that every nationality has its share of any part
NAMES = tuple(zip(*(names.split() for names in SURNAMES.values()), strict=True))
NAMES = tuple((name, nationality) for row in NAMES for nationality, name in enumerate(row))
LONGEST = max(len(name) for name, _ in NAMES)


def _make(experiment: Choices) -> Data:
    """Each letter one-hot, padded with zeros to T; y_t = the nationality, at every step that a name has.

    Longer names are cut after T letters. Which names, the seed draws.
    """
    return _pick(experiment, stream(experiment.data_seed, "data").integers(len(NAMES), size=experiment.batch))


def _pick(experiment: Choices, chosen: np.ndarray) -> Data:
    steps = experiment.steps
    codes = np.full((steps, len(chosen)), -1)
    for sample, number in enumerate(chosen):
        read = NAMES[number][0][:steps]
        codes[: len(read), sample] = [LETTERS.index(letter) for letter in read]
    present = codes >= 0
    nationality = np.array([NAMES[number][1] for number in chosen])
    nationality = np.where(present, nationality, -1)
    labels = tuple(LETTERS[code] if code >= 0 else "" for code in codes[:, 0])
    return Data(
        one_hot(codes, len(LETTERS)),
        one_hot(nationality, len(NATIONALITIES)),
        np.asarray(present.any(axis=1)),
        "categorical",
        LETTERS,
        NATIONALITIES,
        labels,
        present=present,
        counted=present,
    )


SURNAME = Task(
    "surname",
    "Surname → nationality",
    "Read a surname letter by letter and say which language it comes from; lengths differ.",
    _make,
    natural=lambda experiment: {"loss_at": "last", "steps": LONGEST},
    stock=Stock(lambda experiment, split: parted(len(NAMES), split), _pick),
)
