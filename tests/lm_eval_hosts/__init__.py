"""lm-eval's own tasks as hosts of the method, on small rows made here: does `--model lbt` leave them as they are?

    make lm-eval-hosts                                           # all, without and with a chat template; the table
    python -m tests.lm_eval_hosts gsm8k boolq                    # these
    python -m tests.lm_eval_hosts --docs docs/lm-eval.md         # writes the list of tested tasks

For each holds: the teacher is sent the prompts that lm-eval sends itself; the task's metrics on the chosen replies are
those of its own run on the same replies; a right reply that the teacher had is never lost. Tasks of log-likelihoods get
the teacher's, choice by choice.
"""
