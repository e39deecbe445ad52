"""Choosing sites, as a problem of numbers: no pipelines, operations or federations here.

    problem     what is to be chosen, what a choice costs, and what is forbidden
    solve       the best choice, by the way that suits the problem
    reduce      the problem made smaller first

    total       the least total:    narrow (eliminate, elimination_order, fans) for what is exact
                                    messages and branch, or tight (ascent, pairs, linear, simplex,
                                    program) with the extra `solver`, for all else
    makespan    the least makespan: branch, and program with the extra
    greedy      good choices: forward, by single moves (moves), and by many at once (shake)

`dfm.compiler.place` states the problem of a plan and reads the choice back. The files that need
numpy and HiGHS are imported only when they are there and needed.
"""
