#!/bin/bash -l
#SBATCH --nodes=1 --ntasks=1
#SBATCH --gres=gpu:4
whole=${WHOLE:-64}
each=${EACH:-2}
gpus=$(jq -n "[$CUDA_VISIBLE_DEVICES] | length")
torchrun --nnodes=${SLURM_NNODES} --nproc-per-node=$gpus chess_finetune.py \
    --batch_size_per_device $each \
    --gradient_accumulation_steps $(($whole / $each / $gpus)) $@
