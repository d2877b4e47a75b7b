# The commands `inspect` and `lbt`, with the code grader's client; containers for programs are started by a Docker Engine
# outside:   docker build -t lbt . && docker run --rm -v "$PWD:/work" lbt lbt report logs
FROM python:3.12-slim
COPY . /src
RUN pip install --no-cache-dir --constraint /src/constraints.txt /src/sandbox "/src[sandbox,report]" openai
WORKDIR /work
CMD ["lbt", "--help"]
