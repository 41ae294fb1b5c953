#!/bin/bash
#SBATCH --gres=gpu:h100:4
ROOT_DIR="${SLURM_SUBMIT_DIR:-$(pwd)}"
cd "$ROOT_DIR"
GRPO_CONFIG="configs/tiny_aya_grpo.yaml"
NUM_GPUS="${SLURM_GPUS_ON_NODE:-}"
if [[ -z "$NUM_GPUS" && -n "${CUDA_VISIBLE_DEVICES:-}" ]]; then
  IFS=',' read -r -a CUDA_DEVICES <<< "$CUDA_VISIBLE_DEVICES"
  NUM_GPUS="${#CUDA_DEVICES[@]}"
fi
NUM_GPUS="${NUM_GPUS:-1}"
if [[ "$NUM_GPUS" -gt 1 ]]; then
  ./wix/bin/python -m torch.distributed.run \
    --standalone \
    --nproc_per_node="$NUM_GPUS" \
    -m train.grpo \
    --config "$GRPO_CONFIG"
else
  ./wix/bin/python -m train.grpo --config "$GRPO_CONFIG"
fi
sbatch ./scripts/test_grpo.sh
