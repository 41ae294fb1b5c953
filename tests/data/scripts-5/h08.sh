#!/bin/bash
#SBATCH --nodes=16
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=8
set -euo pipefail
module use /appl/modules
ROOT="${ROOT:-.}"
CONFIG="${CONFIG:-configs/one_b.yaml}"
SIF="${SIF:-/appl/containers/torch.sif}"
export CONFIG
ARGS=()
if [ -n "${MOST:-}" ]; then
  ARGS=(--max-steps "${MOST}")
fi
if [ -n "${RESUME:-}" ]; then
  ARGS+=(--resume "${RESUME}")
fi
if [ ! -f "${SIF}" ]; then
  echo "no container" >&2
  exit 1
fi
export TORCH_HOME="${TORCH_HOME:-/scratch/${SLURM_JOB_ACCOUNT}/${USER}/torch_home}"
cd "${ROOT}"
PORT="${PORT:-1${SLURM_JOB_ID:0-4}}"
export PORT
srun singularity run \
  "${SIF}" \
  bash -c 'python -m torch.distributed.run \
  --numa-binding=exclusive \
  --nnodes="${SLURM_JOB_NUM_NODES}" \
  --nproc_per_node=8 \
  --rdzv_endpoint="${MASTER_ADDR}:${PORT}" \
  -m training.train \
  --config "${CONFIG}" \
  "$@"' bash "${ARGS[@]}"
