#!/bin/bash
#SBATCH -J sft-olmo
#SBATCH -N 1
#SBATCH --gpus-per-node=4
set -euo pipefail
MBS=${MBS:-2}
mkdir -p runs
jq '.train_micro_batch_size_per_gpu = 2 | .zero_optimization.stage = 3' configs/ds_base.json > runs/ds.json
deepspeed --num_gpus 4 train_sft.py \
    --model_name_or_path allenai/OLMo-2-1124-7B \
    --max_seq_length 4096 --gradient_checkpointing \
    --deepspeed runs/ds.json
