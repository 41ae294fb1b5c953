#!/bin/bash
#SBATCH --job-name=tune
#SBATCH --gres=gpu:8
source before.sh
export version=V21
torchrun --nproc_per_node=8 \
    --rdzv-id "${SLURM_ARRAY_TASK_ID:-0}" \
    --rdzv-endpoint=localhost:0 \
    ../ehr/scripts/tune_model.py \
    --n_epochs 10 \
    --n_trials 25 \
    --max_seq_length 4096 \
    --data_dir "${home}/data" \
    --model_dir "${home}/mdls" \
    --model_version llama-orig \
    --model_name "meta-llama/Llama-3.2-1B" \
    --wandb_project ${version}
source after.sh
