#!/bin/bash
# An array job of 16 parts of one run:  sbatch --array=1-16 configs/cluster/slurm.sh lbt_tasks/qa RUN http://gpu1:8000/v1
# Given again it goes on with what is left. RUN is on a file system that all nodes share; options stand below.
#SBATCH --job-name=lbt-scale
#SBATCH --cpus-per-task=1
#SBATCH --mem=4G
#SBATCH --time=24:00:00
#SBATCH --requeue
set -euo pipefail
task=$1 run=$2 server=$3
shift 3
exec lbt scale "$task" --out "$run" --server "$server" --teacher "${TEACHER:?the teacher, as its server knows it}" \
  --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" "$@"
