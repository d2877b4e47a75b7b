"""Other packages' tasks as hosts of the method, on small rows made here: does it leave them as they are?

    make hosts                                       # every task of inspect_evals, in both ways; the table
    python -m tests.hosts gsm8k boolq                # these
    python -m tests.hosts --docs docs/any-task.md    # writes the list of tested tasks

`rows` are the data, served in place of downloads by `serving`; `cases` say what to answer; `conformance` is what has to
hold; `left_out` has a reason for every other task.
"""
