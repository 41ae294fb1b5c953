#!/bin/bash
#SBATCH --nodes=1 --gres=gpu:a100:8
set -euo pipefail
ROOT="${ROOT:-${SLURM_SUBMIT_DIR:-$PWD}}"
export OAT_GPUS="${OAT_GPUS:-8}"
export OAT_TASK="${OAT_TASK:-countdown}"
exec "${ROOT}/run_upstream.sh"
