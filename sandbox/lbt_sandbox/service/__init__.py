"""The grader over HTTP: native routes, and the protocols that trainers and suites speak. The extra `[serve]` brings it.

    lbt-sandbox grade-server --port 8080
    curl -s localhost:8080/v1/run -d '{"program": "print(input())", "stdin": "hello"}'

| module | what |
|---|---|
| `native`, `sandbox_fusion`, `open_instruct` | a protocol each: a request's bytes to a job or a problem, |
| `piston`, `code_judge`, `remote_rm` | and what came of it to the reply's shape |
| `recognised` | requests whose program holds the tests, read as data |
| `admission`, `tenants` | who may run now, who waits, who is refused: without I/O |
| `gate`, `grader` | the same with an event loop and a sandbox |
| `app`, `server` | routes, and the process with its end |
"""
