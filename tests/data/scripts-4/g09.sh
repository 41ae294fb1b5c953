#!/bin/bash
#SBATCH --ntasks=1
#SBATCH --gres=gpu:4
project_root=/home/me/train
script="$project_root/grpo.py"
model_name="Qwen/Qwen3-4B"
num_processes=4
bs=1
use_vllm=1
use_bf16=1
use_fp16=0
wandb_entity="${WANDB_ENTITY:-}"
set -- \
    accelerate launch \
    --num_processes "$num_processes" \
    "$script" \
    --model_name "$model_name" \
    --per_device_train_batch_size "$bs" \
    --gradient_accumulation_steps 8 \
    --learning_rate 2e-6 \
    --num_generations 8 \
    --max_completion_length 2048 \
    --no_eval
[ -n "$wandb_entity" ]    && set -- "$@" --wandb_entity "$wandb_entity"
[ "$use_bf16" = "1" ]     && set -- "$@" --bf16
[ "$use_fp16" = "1" ]     && set -- "$@" --fp16
[ "$use_vllm" = "1" ]     && set -- "$@" --use_vllm
exec "$@"
