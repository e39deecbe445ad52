"""Costs that were learned: what finished jobs took, kept per federation, and what follows from it.

    runs        what one job told, as values
    store       where that is kept: one SQLite file per federation
    history     the last runs of each operation at each site, and of each link, in memory
    fit         a line through measurements, that a slow run does not bend
    speeds      how much slower each site is than the others, from what ran at several
    book        answers to what the compiler asks (`dfm.compiler.learned`)
    declared    the same as `compute_cost` and `send_cost`, for a federation file

Nothing here runs jobs or plans; `dfm.session.learning` brings the two together.
"""
