# The commands `inspect` and `lbt`, with the code grader's client; containers for programs are started by a Docker Engine
# outside:   docker build -t lbt . && docker run --rm -v "$PWD:/work" lbt lbt report logs
FROM debian:bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-venv && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /opt/lbt
COPY . /src
RUN /opt/lbt/bin/pip install --no-cache-dir --disable-pip-version-check --constraint /src/constraints.txt \
    /src/sandbox "/src[sandbox,report]" openai

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3 ca-certificates && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/lbt /opt/lbt
ENV PATH=/opt/lbt/bin:$PATH
WORKDIR /work
CMD ["lbt", "--help"]
