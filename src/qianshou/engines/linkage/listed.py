"""Which files one department lists side by side: what tells two children from one misspelt.

A department hardly ever lists a child twice. So where one lists both of two files, they are two
children nearly always, however alike they look; where none does, each file is what the other
lacks. And a file that two departments list twice, under two names, holds two children. Names,
dates and numbers have no part in who lists whom, so their slips cannot mislead it.
"""

import numpy as np

from qianshou.engines.linkage.coded import Bools, Ints, where
from qianshou.engines.linkage.prepare import Prepared

# So many departments that list a file under two names do not all err.
_ENOUGH = 2
# Departments in a word.
_BITS = 62


def tells(data: Prepared) -> bool:
    """Tell whether who lists whom says anything: children's rows, of two departments or more."""
    return data.spec.minors and data.spec.mode == "both" and len(data.sources.values) > 1


def met(labels: Ints, sources: Ints, *, pairs: tuple[Ints, Ints]) -> Bools:
    """Tell which pairs of rows belong to two files that one department lists both.

    Of a pair within one file only its own two rows are asked about.
    """
    a, b = pairs
    one, other = labels[a], labels[b]
    result: Bools = (sources[a] == sources[b]) & (sources[a] >= 0)
    apart = where(one != other)
    one, other = one[apart], other[apart]
    found = np.zeros(len(apart), np.bool_)
    # A bit for each department, a word at a time: who lists a file is looked up, never searched.
    for first in range(0, int(sources.max(initial=-1)) + 1, _BITS):
        lists = np.zeros(len(labels), np.int64)
        here = where((sources >= first) & (sources < first + _BITS))
        np.bitwise_or.at(lists, labels[here], np.int64(1) << (sources[here] - first))
        found |= (lists[one] & lists[other]) != 0
    result[apart[found]] = True
    return result


def twice(files: Ints, departments: Ints) -> Ints:
    """Give the place of one pair of each file that two departments list under two names.

    Of pairs within one file whose names differ: the file, and the department that lists both.
    """
    listing = np.unique(np.stack([files, departments], axis=1), axis=0)
    owners, count = np.unique(listing[:, 0], return_counts=True)
    places = np.flatnonzero(np.isin(files, owners[count >= _ENOUGH]))
    result: Ints = places[np.unique(files[places], return_index=True)[1]]
    return result
