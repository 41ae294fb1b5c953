#!/bin/bash
#SBATCH -N 1
#SBATCH --gres=gpu:8
model=${MODEL:-meta-llama/Meta-Llama-3-8B-Instruct}
whole=${BSZ:-64}
each=${SEQ:-1}
if [ -z "$CUDA_VISIBLE_DEVICES" ]; then
    gpus=$(nvidia-smi -L | wc -l)
else
    gpus=$(echo $CUDA_VISIBLE_DEVICES | awk -F, '{print NF}')
fi
nodes=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | wc -l)
accu=$(($whole / $each / $gpus / $nodes))
if [ $nodes -gt 1 ]; then
    header="srun torchrun --nnodes=$nodes --nproc-per-node=$gpus -m training.train_language_model"
else
    header="torchrun --nnodes=1 --nproc-per-node=$gpus -m training.train_language_model"
fi
arguments=(
    --do_train
    --model_name $model
    --config_overrides_json "$overrides"
    --gradient_accumulation_steps $accu
    --per_device_train_batch_size $each

    --bf16
    --optim adamw_torch
    --per_device_max_tokens 65536
    # --torch_compile
    --config_overrides "rope_theta=8000000"
)
export FSDP_SHARDING_STRATEGY=1
arguments+=( --fsdp "auto_wrap" --gradient_checkpointing $@ )
${header} "${arguments[@]}" 2>&1 | tee log
