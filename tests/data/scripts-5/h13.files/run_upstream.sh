#!/usr/bin/env bash
set -euo pipefail
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
TASK="${OAT_TASK:-countdown}"
case "$TASK" in
  countdown) DATA="$ROOT/data/easy3" ;;
  coloring) DATA="$ROOT/data/colors" ;;
  *)
    echo "use countdown or coloring" >&2
    exit 1
    ;;
esac
GPUS="${OAT_GPUS:-4}"
STAGE="${OAT_STAGE:-2}"
OFFLOAD="${OAT_OFFLOAD:-0}"
cmd=(python -m oat_zero.train_math
  --critic_type drgrpo
  --gpus "$GPUS"
  --gradient-checkpointing
  --bf16
  --learning_rate 1e-6
  --pretrain "${OAT_BASE:-acme/Qwen2.5-1.5B-Instruct}"
  --zero-stage "$STAGE"
  --prompt_max_length 256
  --generate_max_length 512
  --train_batch_size 128
  --train_batch_size_per_device 1
  --rollout_batch_size 128
  --rollout_batch_size_per_device 16
)
if [[ "$OFFLOAD" == "1" ]]; then
  cmd+=(--adam_offload)
fi
if [[ "${OAT_WB:-1}" == "1" ]]; then
  cmd+=(
    --use-wb
    --wb_project "oat-$TASK"
  )
fi
if [[ -z "${SMOKE:-}" ]]; then
  exec "${cmd[@]}"
fi
setsid bash -lc 'exec "$@"' _ "${cmd[@]}" &
