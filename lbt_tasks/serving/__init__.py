"""vLLM servers for teacher and students: the commands that start them, and the roles that use them.

    lbt serve teacher_and_students

`servers` reads the file, `cli` prints or becomes a server. How to use it: docs/vllm.md.
"""
