#!/bin/bash
#SBATCH --nodes=2 --gpus-per-node=8
HEAD=$(getent hosts "$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n1)" | awk '{ print $1 }' | tail -n1)
srun torchrun --nnodes=2 --nproc_per_node=8 --rdzv_id=42 --rdzv_endpoint=$HEAD:29500 /home/me/all_reduce_bench.py
sbatch next.sh --model_name_or_path acme/llama-8b --per_device_train_batch_size 4
